import { useLayoutEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { keepAsked } from './history-memory.ts';
import { readPicks, samePicks, withPicks } from './picks.ts';
import { LIKE_THESE } from './search-url.ts';
import { useHistoryMemory } from './use-history-memory.ts';

/**
 * Going back keeps the choice: what was liked on a paper's own page is still liked in the list that led to it. From one list of
 * recommendations to another, going back is undoing: each has the choice that it goes by.
 */
export function useKeptPicks(): void {
  const { url } = useLocation();
  const memory = useHistoryMemory();
  const left = useRef(url);
  left.current = url;

  useLayoutEffect(() => {
    function onReturn(): void {
      const [from, to] = [new URL(left.current, location.origin), location];
      if (from.pathname === LIKE_THESE && to.pathname === LIKE_THESE) return;
      const [kept, own] = [readPicks(from.href), readPicks(to.href)];
      if (samePicks(kept, own)) return;
      keepAsked(memory, own);
      history.replaceState(history.state, '', withPicks(to.href, kept));
    }
    // Before the router reads the address.
    addEventListener('popstate', onReturn, { capture: true });
    return () => removeEventListener('popstate', onReturn, { capture: true });
  }, [memory]);
}
