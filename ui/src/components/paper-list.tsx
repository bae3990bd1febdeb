import type { Hit, Paper, Why } from '@paperkin/client';
import { PaperCard } from './paper-card.tsx';
import type { Scale } from './score-badge.tsx';
import type { ScorePart } from './score-parts.tsx';

export interface ListedPaper {
  paper: Paper;
  /** Absent in a list that is not a ranking. */
  ranked?: { rank: number; score: number };
  versions?: string[];
  why?: Why | undefined;
  parts?: ScorePart[] | undefined;
}

export function listed({ paper, rank, score, versions, why }: Hit): ListedPaper {
  return { paper, ranked: { rank, score }, versions, why };
}

interface Props {
  papers: ListedPaper[];
  /** Where the titles stand among the page's headings. */
  level: 2 | 3;
  scale?: Scale;
  /** The answer on show is not the one asked for last. */
  stale?: boolean;
}

export function PaperList({ papers, level, scale = 'cosine', stale = false }: Props) {
  const best = Math.max(0, ...papers.map(({ ranked }) => ranked?.score ?? 0));
  return (
    <ol class={stale ? 'papers papers-stale' : 'papers'} aria-busy={stale}>
      {papers.map(({ paper, ranked, versions = [], why, parts = [] }, index) => (
        <li key={paper.id}>
          <PaperCard
            paper={paper}
            level={level}
            titleId={titleId(index)}
            versions={versions}
            why={why}
            parts={parts}
            {...(ranked === undefined ? {} : { standing: { ...ranked, best, scale } })}
          />
        </li>
      ))}
    </ol>
  );
}

/** Puts the keyboard on the paper at `index`, counted from 0; does nothing past the end. */
export function focusPaper(index: number): void {
  document.getElementById(titleId(index))?.focus();
}

/** Index of the paper that the keyboard is in, -1 when it is elsewhere. */
export function focusedPaper(): number {
  const items = [...document.querySelectorAll('.papers > li')];
  return items.findIndex((item) => item.contains(document.activeElement));
}

const titleId = (index: number): string => `paper-title-${index + 1}`;
