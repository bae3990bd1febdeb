import { formatScore } from '../format.ts';
import type { Taste } from '../picks.ts';
import { Thumb } from './thumb.tsx';

export interface ScorePart {
  taste: Taste;
  /** Title of the seed. */
  label: string;
  score: number;
}

/** Seeds named; the others are one line. */
const MOST = 4;

/** What each of the chosen gave to a score, the most first. */
export function ScoreParts({ parts }: { parts: ScorePart[] }) {
  const sorted = parts.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score));
  // One more is named rather than counted.
  const named = sorted.length === MOST + 1 ? sorted : sorted.slice(0, MOST);
  const others = sorted.slice(named.length);
  const widest = Math.max(...sorted.map(({ score }) => Math.abs(score)), Number.EPSILON);
  return (
    <ul class="parts" aria-label="What each of your choice gives to the score">
      {named.map(({ taste, label, score }, i) => (
        <li key={i}>
          <Thumb taste={taste} />
          <span class="part-label" title={label}>
            {label}
          </span>
          <span class="part-track" aria-hidden="true">
            <span class={`part-bar part-bar-${taste}`} style={{ width: `${(Math.abs(score) / widest) * 100}%` }} />
          </span>
          <span class="part-score">{formatScore(score)}</span>
        </li>
      ))}
      {others.length > 0 && (
        <li>
          <span class="part-label part-others">{others.length} others</span>
          <span class="part-score">{formatScore(others.reduce((sum, { score }) => sum + score, 0))}</span>
        </li>
      )}
    </ul>
  );
}
