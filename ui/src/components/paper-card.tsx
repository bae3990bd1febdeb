import type { Paper, Why } from '@paperkin/client';
import { paperPath } from '../api.ts';
import { usePicks } from '../use-picks.ts';
import { ClampedAbstract } from './clamped-abstract.tsx';
import { Marked } from './marked.tsx';
import { PaperFacts } from './paper-facts.tsx';
import { PaperIds } from './paper-ids.tsx';
import { type Scale, ScoreBadge } from './score-badge.tsx';
import { type ScorePart, ScoreParts } from './score-parts.tsx';
import { TasteButtons } from './taste-buttons.tsx';

interface Props {
  paper: Paper;
  level: 2 | 3;
  titleId: string;
  /** Its place in a ranking; `best` is the highest score of the list. */
  standing?: { rank: number; score: number; best: number; scale: Scale };
  /** Ids of other versions of the same work. */
  versions?: string[];
  why?: Why | undefined;
  /** What each seed gave to its score. */
  parts?: ScorePart[];
}

export function PaperCard({ paper, level, titleId, standing, versions = [], why, parts = [] }: Props) {
  const Heading = `h${level}` as const;
  const { carried } = usePicks();
  const href = carried(paperPath(paper.id));
  const markIn = (field: 'title' | 'abstract') => (why?.match?.hit.field === field ? why.match.hit : undefined);
  return (
    <article class="card" aria-labelledby={titleId}>
      {standing !== undefined && (
        <p class="card-rank">
          <span class="visually-hidden">Rank </span>
          {standing.rank}
        </p>
      )}
      <Heading class="card-title">
        <a id={titleId} href={href}>
          <Marked text={paper.title} mark={markIn('title')} />
        </a>
      </Heading>
      <PaperFacts paper={paper} maxNames={3} maxTags={4} />
      {versions.length > 0 && (
        <p class="card-versions">
          Also as <PaperIds ids={versions} />
        </p>
      )}
      {why !== undefined && why.terms.length > 0 && <p class="card-terms">Shared words: {why.terms.join(', ')}</p>}
      {parts.length > 0 && <ScoreParts parts={parts} />}
      <ClampedAbstract text={paper.abstract} mark={markIn('abstract')}>
        <TasteButtons paperId={paper.id} titleId={titleId} />
        <div class="card-actions">
          {standing !== undefined && <ScoreBadge {...standing} />}
          <a class="similar-link" href={`${href}#similar`} aria-describedby={titleId}>
            Similar papers
          </a>
        </div>
      </ClampedAbstract>
    </article>
  );
}
