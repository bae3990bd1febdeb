import type { PaperkinError, PaperPage } from '@paperkin/client';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { client, toApiError } from './api.ts';
import { type FeedSoFar, remember } from './history-memory.ts';
import { useHistoryMemory } from './use-history-memory.ts';
import { useSlow } from './use-slow.ts';

export interface Feed {
  /** Undefined until the first page is there. */
  soFar: FeedSoFar | undefined;
  error: PaperkinError | undefined;
  pending: boolean;
  slow: boolean;
  /** Asks for the next page; after an error, for the same page again. */
  loadMore: () => void;
}

const PAGE_SIZE = 20;

/** The latest papers, page after page by the server's cursor. */
export function useFeed(): Feed {
  const memory = useHistoryMemory();
  const key = memory.entry();
  const [soFar, setSoFar] = useState(() => memory.feeds.get(key));
  const [error, setError] = useState<PaperkinError>();
  const [pending, setPending] = useState(soFar === undefined);
  const request = useRef<AbortController>();

  const loadMore = useCallback(() => {
    const controller = new AbortController();
    request.current?.abort();
    request.current = controller;
    setPending(true);
    setError(undefined);
    client.papers
      .list(pageAfter(soFar), { signal: controller.signal })
      .then(({ papers, nextCursor }) => {
        if (controller.signal.aborted) return;
        const feed = { papers: withoutRepeats([...(soFar?.papers ?? []), ...papers]), nextCursor };
        remember(memory.feeds, key, feed);
        setSoFar(feed);
      })
      .catch((reason: unknown) => {
        if (!controller.signal.aborted) setError(toApiError(reason));
      })
      .finally(() => {
        if (!controller.signal.aborted) setPending(false);
      });
  }, [memory, key, soFar]);

  useEffect(() => {
    if (soFar === undefined) loadMore();
    return () => request.current?.abort();
    // Only when the feed appears and goes: further pages are asked for by hand.
  }, []);

  return { soFar, error, pending, slow: useSlow(pending), loadMore };
}

function pageAfter(soFar: FeedSoFar | undefined): PaperPage {
  return { limit: PAGE_SIZE, ...(soFar?.nextCursor && { cursor: soFar.nextCursor }) };
}

/** Papers that arrive between two pages push others from one page to the next. */
function withoutRepeats(papers: FeedSoFar['papers']): FeedSoFar['papers'] {
  return [...new Map(papers.map((paper) => [paper.id, paper])).values()];
}
