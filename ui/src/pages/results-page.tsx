import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { loadRanking } from '../api.ts';
import { ModeNav } from '../components/mode-nav.tsx';
import { MoreButton } from '../components/more-button.tsx';
import { Failure, Notice } from '../components/notice.tsx';
import { focusPaper, PaperList } from '../components/paper-list.tsx';
import { RefineForm } from '../components/refine-form.tsx';
import type { Scale } from '../components/score-badge.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { formatCount, formatMs } from '../format.ts';
import { K_MAX, K_STEP, type Mode, type Search, searchHref, searchPath } from '../search-url.ts';
import { useAnswer } from '../use-answer.ts';
import { useHistoryMemory, useLanding } from '../use-history-memory.ts';
import { useTitle } from '../use-title.ts';
import type { Ranking } from '../wire.ts';

const SCALE: Record<Mode, Scale> = { hybrid: 'fusion', dense: 'cosine', lexical: 'bm25' };

export function ResultsPage({ search }: { search: Search }) {
  const { q, mode, k } = search;
  const { route } = useLocation();
  const answer = useAnswer(searchPath(search), loadRanking, useHistoryMemory().rankings);
  const shown = useShown(`${mode} ${q}`, answer);
  const askedAt = useRef<number>();
  useTitle(q);
  useLanding(`${mode} ${q}`, answer.data !== undefined);

  // The keyboard goes on with the first of the results that were asked for.
  useEffect(() => {
    if (askedAt.current === undefined || answer.data === undefined) return;
    focusPaper(askedAt.current);
    askedAt.current = undefined;
  }, [answer.data]);

  function more(): void {
    askedAt.current = k;
    const href = searchHref({ ...search, k: Math.min(k + K_STEP, K_MAX) });
    // A longer list is the same place: no new step in the history, and its memory (in the state) is kept.
    const { state } = history;
    route(href, true);
    history.replaceState(state, '');
  }

  return (
    <section aria-labelledby="content" class="page">
      <div class="results-head">
        <h1 id="content" class="results-title" tabIndex={-1}>
          <span class="visually-hidden">Papers for </span>
          {q}
        </h1>
        <div class="results-bar">
          <p role="status" class="results-count">
            {answer.data !== undefined && describe(answer.data)}
          </p>
          <ModeNav search={search} />
        </div>
        <RefineForm search={search} />
      </div>
      {answer.error !== undefined && <Failure error={answer.error} retry={answer.retry} />}
      {answer.data?.results.length === 0 && (
        <Notice title="Nothing matches">
          <p>No paper comes near this. Try other words, fewer of them, or another way of ranking.</p>
        </Notice>
      )}
      {shown === undefined && answer.slow && <Skeleton label="Searching" />}
      {shown !== undefined && (
        <PaperList
          level={2}
          papers={shown.results.map(({ paper, rank, score, versions, why }) => ({ paper, ranked: { rank, score }, versions, why }))}
          scale={SCALE[mode]}
          stale={answer.pending}
        />
      )}
      {shown !== undefined && shown.results.length > 0 && hasMore(search, shown, answer.pending) && (
        <MoreButton pending={answer.pending} onMore={more} />
      )}
    </section>
  );
}

/** While a new answer is on its way: the one before, briefly; the shorter list of the same search, until it comes. */
function useShown(screen: string, answer: ReturnType<typeof useAnswer<Ranking>>): Ranking | undefined {
  const last = useRef<string>();
  if (answer.data !== undefined) last.current = screen;
  const isSameSearch = last.current === screen;
  if (answer.data !== undefined || answer.error !== undefined) return answer.data;
  return isSameSearch || !answer.slow ? answer.previous : undefined;
}

function hasMore({ k }: Search, { results }: Ranking, pending: boolean): boolean {
  return pending || (results.length >= k && k < K_MAX);
}

function describe({ results, tookMs }: Ranking): string {
  return `${formatCount(results.length, 'paper')} in ${formatMs(tookMs.total)}`;
}
