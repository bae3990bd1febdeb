import type { Paper } from '@paperkin/client';
import { formatAuthorCount, formatAuthorNames, formatDate } from '../format.ts';
import { Tags } from './tags.tsx';

interface Props {
  paper: Paper;
  maxNames: number;
  maxTags: number;
}

/** Date, author count, venue and categories in one line, the names below; what is not known takes no room. */
export function PaperFacts({ paper, maxNames, maxTags }: Props) {
  const authorCount = formatAuthorCount(paper);
  const names = formatAuthorNames(paper, maxNames);
  return (
    <div class="facts">
      <div class="facts-line">
        <ul class="facts-list">
          {paper.publishedAt !== null && (
            <li>
              <time dateTime={paper.publishedAt}>{formatDate(paper.publishedAt)}</time>
            </li>
          )}
          {authorCount !== null && <li>{authorCount}</li>}
          {paper.venue !== null && <li>{paper.venue}</li>}
        </ul>
        <Tags tags={paper.categories} atMost={maxTags} />
      </div>
      {names !== null && <p class="facts-names">{names}</p>}
    </div>
  );
}
