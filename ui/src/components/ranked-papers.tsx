import type { Hit, Answer as Ranking } from '@paperkin/client';
import { useEffect, useRef } from 'preact/hooks';
import { isRefined, K_MAX, K_STEP, NO_REFINEMENT, type Search } from '../search-url.ts';
import type { Answer } from '../use-answer.ts';
import { useReplace } from '../use-replace.ts';
import { MoreButton } from './more-button.tsx';
import { Failure, Notice } from './notice.tsx';
import { focusPaper, listed, PaperList } from './paper-list.tsx';
import type { Scale } from './score-badge.tsx';
import type { ScorePart } from './score-parts.tsx';
import { Skeleton } from './skeleton.tsx';

interface Props {
  search: Search;
  /** Writes the address of a list of this kind. */
  hrefOf: (search: Search) => string;
  answer: Answer<Ranking>;
  /** The same for lists of which one may stand in for the next until that is there. */
  screen: string;
  scale: Scale;
  /** What is said where nothing matches. */
  advice: string;
  partsOf?: (hit: Hit) => ScorePart[];
}

const WARNINGS: Record<Ranking['warnings'][number]['code'], string> = {
  not_understood: 'The model does not understand this text well: ask in other words, or by keywords.',
  truncated: 'The text is longer than the model reads: the end of it has no part in the ranking by meaning.',
};

/** An answer as it comes: what went wrong, nothing, grey shapes, or papers and a way to more of them. */
export function RankedPapers({ search, hrefOf, answer, screen, scale, advice, partsOf }: Props) {
  const shown = useShown(screen, answer);
  const replace = useReplace();
  const askedAt = useRef<number>();

  // The keyboard goes on with the first of the results that were asked for.
  useEffect(() => {
    if (askedAt.current === undefined || answer.data === undefined) return;
    focusPaper(askedAt.current);
    askedAt.current = undefined;
  }, [answer.data]);

  function more(): void {
    askedAt.current = search.k;
    // A longer list is the same place.
    replace(hrefOf({ ...search, k: Math.min(search.k + K_STEP, K_MAX) }));
  }

  return (
    <>
      {answer.error !== undefined && <Failure error={answer.error} retry={answer.retry} />}
      {answer.data?.results.length === 0 && (
        <Notice title="Nothing matches">
          {isRefined(search) ? (
            <p>
              No paper fits the refinement. <a href={hrefOf({ ...search, k: K_STEP, refinement: NO_REFINEMENT })}>Ask without it</a>
            </p>
          ) : (
            <p>{advice}</p>
          )}
        </Notice>
      )}
      {shown?.warnings.map(({ code }) => (
        <p key={code} class="results-note">
          {WARNINGS[code]}
        </p>
      ))}
      {shown === undefined && answer.slow && <Skeleton label="Searching" />}
      {shown !== undefined && (
        <PaperList
          level={2}
          papers={shown.results.map((hit) => ({ ...listed(hit), parts: partsOf?.(hit) }))}
          scale={scale}
          stale={answer.pending}
        />
      )}
      {shown !== undefined && shown.results.length > 0 && (answer.pending || shown.nextCursor !== null) && (
        <MoreButton pending={answer.pending} onMore={more} />
      )}
    </>
  );
}

/** While a new answer is on its way: the one before, briefly; one of the same screen, until it comes. */
function useShown(screen: string, answer: Answer<Ranking>): Ranking | undefined {
  const last = useRef<string>();
  if (answer.data !== undefined) last.current = screen;
  const isSameScreen = last.current === screen;
  if (answer.data !== undefined || answer.error !== undefined) return answer.data;
  return isSameScreen || !answer.slow ? answer.previous : undefined;
}
