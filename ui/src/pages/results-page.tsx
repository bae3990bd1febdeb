import type { Answer as Ranking, SearchRequest } from '@paperkin/client';
import { client, type Load } from '../api.ts';
import { ModeNav } from '../components/mode-nav.tsx';
import { RankedPapers } from '../components/ranked-papers.tsx';
import { RefineForm } from '../components/refine-form.tsx';
import { ResultsCount } from '../components/results-count.tsx';
import type { Scale } from '../components/score-badge.tsx';
import { type Mode, type Search, searchFeedParams, searchHref, searchRequest } from '../search-url.ts';
import { useAnswer } from '../use-answer.ts';
import { useFeedLinks } from '../use-feed-links.ts';
import { useHistoryMemory, useLanding } from '../use-history-memory.ts';
import { useTitle } from '../use-title.ts';

const SCALE: Record<Mode, Scale> = { hybrid: 'fusion', dense: 'cosine', lexical: 'bm25' };

const loadRanking: Load<SearchRequest, Ranking> = (request, signal) => client.search(request, { signal });

export function ResultsPage({ search }: { search: Search }) {
  const { q, mode } = search;
  const memory = useHistoryMemory();
  const answer = useAnswer(searchRequest(search), loadRanking, memory.rankings);
  useTitle(q);
  useFeedLinks('search', searchFeedParams(search));
  useLanding(memory.entry(), answer.data !== undefined);

  return (
    <section aria-labelledby="content" class="page">
      <div class="results-head">
        <h1 id="content" class="results-title" tabIndex={-1}>
          <span class="visually-hidden">Papers for </span>
          {q}
        </h1>
        <div class="results-bar">
          <ResultsCount answer={answer} />
          <ModeNav search={search} />
        </div>
        <RefineForm search={search} hrefOf={searchHref} />
      </div>
      <RankedPapers
        search={search}
        hrefOf={searchHref}
        answer={answer}
        screen={`${mode} ${q}`}
        scale={SCALE[mode]}
        advice="No paper comes near this. Try other words, fewer of them, or another way of ranking."
      />
    </section>
  );
}
