import { paperPath } from '../api.ts';
import type { Paper, Why } from '../wire.ts';
import { ClampedAbstract } from './clamped-abstract.tsx';
import { PaperFacts } from './paper-facts.tsx';
import { type Scale, ScoreBadge } from './score-badge.tsx';

interface Props {
  paper: Paper;
  level: 2 | 3;
  titleId: string;
  /** Its place in a ranking; `best` is the highest score of the list. */
  standing?: { rank: number; score: number; best: number; scale: Scale };
  /** Ids of other versions of the same work. */
  versions?: string[];
  why?: Why | undefined;
}

export function PaperCard({ paper, level, titleId, standing, versions = [], why }: Props) {
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
      {versions.length > 0 && (
        <p class="card-versions">
          Also as{' '}
          {versions.map((id, i) => (
            <span key={id}>
              {i > 0 && ', '}
              <a href={paperPath(id)}>{id}</a>
            </span>
          ))}
        </p>
      )}
      {why !== undefined && why.terms.length > 0 && <p class="card-terms">Shared words: {why.terms.join(', ')}</p>}
      <ClampedAbstract
        key={why === undefined ? 'plain' : 'why'}
        text={paper.abstract}
        mark={why?.match?.hit.field === 'abstract' ? why.match.hit : undefined}
      >
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
