import { useContext, useLayoutEffect } from 'preact/hooks';
import { type HistoryMemory, HistoryMemoryContext } from './history-memory.ts';

export function useHistoryMemory(): HistoryMemory {
  const memory = useContext(HistoryMemoryContext);
  if (memory === undefined) throw new Error('useHistoryMemory needs a HistoryMemoryContext.Provider above it');
  return memory;
}

/**
 * Puts the reader where they belong on a page whose content comes later: back where they were, or at the top.
 * @param screen what is on show; the reader is moved when it changes, not when more of the same arrives
 */
export function useLanding(screen: string, complete: boolean): void {
  const memory = useHistoryMemory();
  useLayoutEffect(() => memory.land(complete), [memory, screen, complete]);
}
