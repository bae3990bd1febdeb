import type { Answer as Ranking } from '@paperkin/client';
import type { Answer } from '../use-answer.ts';
import { Failure, Notice } from './notice.tsx';
import { PaperIds } from './paper-ids.tsx';
import { listed, PaperList } from './paper-list.tsx';
import { Skeleton } from './skeleton.tsx';

export function SimilarPapers({ answer: { data, error, slow, retry } }: { answer: Answer<Ranking> }) {
  const { folded = [] } = data?.seeds ?? {};
  return (
    <section class="similar" aria-labelledby="similar">
      <h2 id="similar" class="section-title" tabIndex={-1}>
        Similar papers
      </h2>
      {folded.length > 0 && (
        <p class="results-note">
          Left out, being other versions of this paper: <PaperIds ids={folded} />
        </p>
      )}
      {error !== undefined && <Failure error={error} retry={retry} />}
      {slow && <Skeleton label="Loading similar papers" count={3} />}
      {data?.results.length === 0 && (
        <Notice title="None yet">
          <p>No other paper is near this one.</p>
        </Notice>
      )}
      {data !== undefined && <PaperList level={3} papers={data.results.map(listed)} />}
    </section>
  );
}
