import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { keepAsked } from './history-memory.ts';
import { type Picks, readPicks, withPicks } from './picks.ts';
import { useHistoryMemory } from './use-history-memory.ts';
import { useReplace } from './use-replace.ts';

export interface PicksHere {
  picks: Picks;
  /** What was chosen when this place was come to: a list goes by it until it is asked anew. */
  asked: Picks;
  /** Changes the choice, and with it the address of this place. */
  choose: (picks: Picks) => void;
  /** An address of the page, with the choice carried along. */
  carried: (href: string) => string;
}

/** The choice lives in the address alone, and goes from place to place with every link; back too, see `useKeptPicks`. */
export function usePicks(): PicksHere {
  const { url } = useLocation();
  const memory = useHistoryMemory();
  const replace = useReplace();
  const picks = useMemo(() => readPicks(url), [url]);

  function choose(next: Picks): void {
    keepAsked(memory, picks);
    replace(withPicks(url, next));
  }

  return { picks, asked: memory.asked.get(memory.entry()) ?? picks, choose, carried: (href) => withPicks(href, picks) };
}
