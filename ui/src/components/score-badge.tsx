import { useId, useState } from 'preact/hooks';
import { formatScore } from '../format.ts';

/** What a score is counted in; it decides how to write it and how to explain it. */
export type Scale = 'fusion' | 'cosine' | 'bm25' | 'recommendation';

const MEANING: Record<Scale, string> = {
  fusion: 'How high this paper ranks by meaning and by keywords together; 1 is first in both.',
  cosine: 'How near this paper is in meaning: the cosine of the two embeddings, at most 1.',
  recommendation: 'How near this paper is in meaning to what you like, less a share of how near it is to what you do not.',
  bm25: 'How well its words match yours: BM25, from 0 upwards.',
};

interface Props {
  score: number;
  /** The highest score of the list: its bar is full. */
  best: number;
  scale: Scale;
}

/** A number with a bar, and what it means on hover, focus or tap. */
export function ScoreBadge({ score, best, scale }: Props) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const share = best > 0 ? Math.min(Math.max(score / best, 0), 1) : 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer may rest on the words too; keys are the button's
    <span onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        type="button"
        class="score-button"
        aria-describedby={id}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}
      >
        <span class="visually-hidden">Score </span>
        <span class="score-track" aria-hidden="true">
          <span class="score-bar" style={{ width: `${share * 100}%` }} />
        </span>
        {formatScore(score, scale === 'bm25' ? 1 : 2)}
      </button>
      <span id={id} role="tooltip" class="tooltip" hidden={!open}>
        {MEANING[scale]} The bar compares it with the best of this list.
      </span>
    </span>
  );
}
