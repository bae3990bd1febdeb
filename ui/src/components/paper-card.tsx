import { paperPath } from '../api.ts';
import type { Paper } from '../wire.ts';
import { ClampedAbstract } from './clamped-abstract.tsx';
import { PaperFacts } from './paper-facts.tsx';
import { type Scale, ScoreBadge } from './score-badge.tsx';

interface Props {
  paper: Paper;
  level: 2 | 3;
  titleId: string;
  /** Its place in a ranking; `best` is the highest score of the list. */
  standing?: { rank: number; score: number; best: number; scale: Scale };
}

export function PaperCard({ paper, level, titleId, standing }: Props) {
  const Heading = `h${level}` as const;
  const href = paperPath(paper.id);
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
          {paper.title}
        </a>
      </Heading>
      <PaperFacts paper={paper} maxNames={3} maxTags={4} />
      <ClampedAbstract text={paper.abstract}>
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
