import type { Paper } from '@paperkin/client';
import { PaperFacts } from './paper-facts.tsx';
import { TasteButtons } from './taste-buttons.tsx';

/** Some papers have thousands of authors. */
const MAX_NAMES = 40;
const MAX_TAGS = 20;

/** One paper in full. */
export function PaperDetail({ paper }: { paper: Paper }) {
  const link = webLink(paper.url);
  return (
    <article class="detail" aria-labelledby="content">
      <h1 id="content" class="detail-title" tabIndex={-1}>
        {paper.title}
      </h1>
      <PaperFacts paper={paper} maxNames={MAX_NAMES} maxTags={MAX_TAGS} />
      {paper.abstract === '' ? (
        <p class="detail-missing">No abstract is known.</p>
      ) : (
        <p class="detail-abstract">{paper.abstract}</p>
      )}
      <div class="detail-actions">
        {link !== null && (
          <a class="button button-primary" href={link.href} rel="noreferrer">
            Read it at {link.hostname.replace(/^www\./, '')}
          </a>
        )}
        <TasteButtons paperId={paper.id} titleId="content" />
      </div>
      <dl class="detail-record">
        <dt>Id</dt>
        <dd>{paper.id}</dd>
        {paper.source !== null && (
          <>
            <dt>Source</dt>
            <dd>{paper.source}</dd>
          </>
        )}
      </dl>
    </article>
  );
}

/** Imported records are not ours: a `javascript:` link must not become one. */
function webLink(url: string | null): URL | null {
  if (url === null || !URL.canParse(url)) return null;
  const link = new URL(url);
  return link.protocol === 'https:' || link.protocol === 'http:' ? link : null;
}
