import { useEffect, useRef } from 'preact/hooks';
import { MoreButton } from '../components/more-button.tsx';
import { Failure, Notice } from '../components/notice.tsx';
import { focusPaper, PaperList } from '../components/paper-list.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useFeed } from '../use-feed.ts';
import { useLanding } from '../use-history-memory.ts';
import { useTitle } from '../use-title.ts';

export function FeedPage() {
  const { soFar, error, pending, slow, loadMore } = useFeed();
  const askedAt = useRef<number>();
  const papers = soFar?.papers ?? [];
  useTitle(undefined);
  useLanding('feed', soFar !== undefined);

  // The keyboard goes on with the first of the papers that were asked for.
  useEffect(() => {
    if (askedAt.current !== undefined) focusPaper(askedAt.current);
    askedAt.current = undefined;
  }, [papers.length]);

  function more(): void {
    askedAt.current = papers.length;
    loadMore();
  }

  return (
    <section aria-labelledby="content" class="page">
      <h2 id="content" class="section-title" tabIndex={-1}>
        Latest papers
      </h2>
      {soFar === undefined && slow && <Skeleton label="Loading the latest papers" />}
      {soFar !== undefined && papers.length === 0 && (
        <Notice title="No papers yet">
          <p>Import some, and they will be listed here.</p>
        </Notice>
      )}
      <PaperList level={3} papers={papers.map((paper) => ({ paper }))} />
      {error !== undefined && <Failure error={error} retry={loadMore} />}
      {soFar?.nextCursor && error === undefined && <MoreButton pending={pending} onMore={more} />}
    </section>
  );
}
