import type { Paper, Answer as Ranking } from '@paperkin/client';
import { client, type Load } from '../api.ts';
import { Failure } from '../components/notice.tsx';
import { PaperDetail } from '../components/paper-detail.tsx';
import { SimilarPapers } from '../components/similar-papers.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useAnswer } from '../use-answer.ts';
import { useHistoryMemory, useLanding } from '../use-history-memory.ts';
import { useTitle } from '../use-title.ts';
import { NotFound } from './not-found.tsx';

const SIMILAR_K = 10;
const MISSING = 'No such paper';

const loadPaper: Load<string, Paper> = (id, signal) => client.papers.get(id, { signal });
const loadSimilar: Load<string, Ranking> = (id, signal) => client.similar(id, { k: SIMILAR_K }, { signal });

/** `rest` is what the router found after `/papers`, still percent-encoded. */
export function PaperPage({ rest = '' }: { rest?: string }) {
  const id = decode(rest.slice(1));
  return <OnePaper key={id} id={id} />;
}

function OnePaper({ id }: { id: string }) {
  const memory = useHistoryMemory();
  const paper = useAnswer(id, loadPaper, memory.papers);
  const similar = useAnswer(id, loadSimilar, memory.rankings);
  const missing = paper.error?.status === 404;
  useTitle(missing ? MISSING : (paper.data?.title ?? 'Paper'));
  // A link to `#similar` waits for the list too, so that the page is long enough to scroll there.
  useLanding(id, paper.data !== undefined && !similar.pending);

  if (missing) return <NotFound title={MISSING} detail={`There is no paper with the id “${id}” here.`} />;
  return (
    <div class="page">
      {paper.error !== undefined && <Failure error={paper.error} retry={paper.retry} />}
      {paper.slow && <Skeleton label="Loading the paper" count={1} />}
      {paper.data !== undefined && (
        <>
          <PaperDetail paper={paper.data} />
          <SimilarPapers answer={similar} />
        </>
      )}
    </div>
  );
}

/** An address typed by hand may not be valid percent-encoding; then it is the id as it stands. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
