import type { Contribution, Answer as Ranking, RecommendRequest } from '@paperkin/client';
import { client, type Load } from '../api.ts';
import type { Picks } from '../picks.ts';
import { likeTheseFeedParams, likeTheseHref, recommendRequest, type Search } from '../search-url.ts';
import { useAnswer } from '../use-answer.ts';
import { useFeedLinks } from '../use-feed-links.ts';
import { useHistoryMemory, useLanding } from '../use-history-memory.ts';
import { Notice } from './notice.tsx';
import { PaperIds } from './paper-ids.tsx';
import { RankedPapers } from './ranked-papers.tsx';
import { RefineForm } from './refine-form.tsx';
import { ResultsCount } from './results-count.tsx';
import type { ScorePart } from './score-parts.tsx';
import type { Seed } from './seed-chips.tsx';

const loadRecommendation: Load<RecommendRequest, Ranking> = (request, signal) => client.recommend(request, { signal });

interface Props {
  search: Search;
  /** What the list goes by; the choice may have gone on since. */
  asked: Picks;
  seeds: Seed[];
}

/** The papers, what became of the seeds, and what each gave to a paper's score where that is asked. */
export function LikeTheseList({ search, asked, seeds }: Props) {
  const memory = useHistoryMemory();
  const answer = useAnswer(recommendRequest(search, asked), loadRecommendation, memory.rankings);
  useFeedLinks('recommend', likeTheseFeedParams(search, asked));
  useLanding(memory.entry(), answer.data !== undefined);
  const { missing = [], folded = [] } = answer.data?.seeds ?? {};

  const partOf = ({ id, list, score }: Contribution): ScorePart => {
    const seed = seeds.find((one) => one.taste === list && one.id === id);
    return { taste: list, label: id === undefined ? `“${search.q}”` : (seed?.title ?? id), score };
  };

  return (
    <>
      <div class="results-bar">
        <ResultsCount answer={answer} />
      </div>
      {missing.length > 0 && <p class="results-note">Passed over, being unknown here: {missing.join(', ')}</p>}
      {folded.length > 0 && (
        <p class="results-note">
          Left out, being other versions of what you chose: <PaperIds ids={folded} />
        </p>
      )}
      <RefineForm search={search} hrefOf={likeTheseHref} />
      {answer.error?.code === 'paper_not_found' ? (
        <Notice title="None of the liked papers is here">
          <p>They are not stored. Remove them above and choose others.</p>
        </Notice>
      ) : (
        <RankedPapers
          search={search}
          hrefOf={likeTheseHref}
          answer={answer}
          screen="like these"
          scale="recommendation"
          advice="There is no other paper to compare them with."
          partsOf={({ contributions = [] }) => (search.why ? contributions.map(partOf) : [])}
        />
      )}
    </>
  );
}
