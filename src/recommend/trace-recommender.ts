/** A recommender whose answers are spans: how they were asked for, never what for. */
import { traced } from '../tracing.ts';
import type { AskOptions, Recommender } from './recommender.ts';

export function traceRecommender(recommender: Recommender): Recommender {
  return {
    search: (query, options) =>
      traced('search', { mode: options.mode, ...asked(options) }, () => recommender.search(query, options)),
    searchWhyNot: (query, id, options) =>
      traced('why not', { mode: options.mode, ...asked(options) }, () => recommender.searchWhyNot(query, id, options)),
    similar: (id, options) => traced('similar', asked(options), () => recommender.similar(id, options)),
    similarWhyNot: (id, other, options) => traced('why not', asked(options), () => recommender.similarWhyNot(id, other, options)),
    recommend: (request, options) =>
      traced('recommend', { likes: request.like.length, dislikes: request.dislike.length, ...asked(options) }, () =>
        recommender.recommend(request, options),
      ),
  };
}

function asked({ k, offset, filter, explain }: AskOptions) {
  return { k, offset, filtered: String(filter !== undefined), explained: String(explain === true) };
}
