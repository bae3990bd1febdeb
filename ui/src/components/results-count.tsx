import type { Answer as Ranking } from '@paperkin/client';
import { formatCount, formatMs } from '../format.ts';
import type { Answer } from '../use-answer.ts';

/** How many papers are on show and how long it took; said aloud when a new list is there. */
export function ResultsCount({ answer: { data } }: { answer: Answer<Ranking> }) {
  return (
    <p role="status" class="results-count">
      {data !== undefined && `${formatCount(data.results.length, 'paper')} in ${formatMs(data.tookMs.total)}`}
    </p>
  );
}
