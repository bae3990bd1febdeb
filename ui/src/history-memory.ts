/**
 * What each entry of the browser's history looked like: its answers, scroll position and focus.
 * Going back then shows the page as it was left, at once; a new visit always asks the server.
 * Browsers restore scrolling by themselves only when the content is there already, which it never is here.
 */
import type { Answer, Paper, PaperBatch } from '@paperkin/client';
import { createContext } from 'preact';
import type { Picks } from './picks.ts';

export interface FeedSoFar {
  papers: Paper[];
  nextCursor: string | null;
}

export interface HistoryMemory {
  /** Name of the current entry; stays with it for the life of the tab. */
  entry(): string;
  /** Answers by entry and question. */
  readonly rankings: Map<string, Answer>;
  readonly papers: Map<string, Paper>;
  readonly seeds: Map<string, PaperBatch>;
  readonly feeds: Map<string, FeedSoFar>;
  /** By entry: what was chosen before the reader changed it there. */
  readonly asked: Map<string, Picks>;
  /** Called when a screen appears (`complete: false`) and when its content has arrived (`true`). */
  land(complete: boolean): void;
}

interface Place {
  scrollY: number;
  focusId: string;
}

/** Entries whose answers are kept; older ones are asked for again. */
const MAX_ANSWERS = 50;

const RELOAD_KEY = 'paperkin-place';

export function openHistoryMemory(): HistoryMemory {
  const places = new Map<string, Place>();
  let settled: string | undefined;
  let count = 0;
  history.scrollRestoration = 'manual';

  function entry(): string {
    const known = entryOf(history.state);
    if (known !== undefined) return known;
    count += 1;
    // Not crypto.randomUUID: it is missing on a page served over plain HTTP.
    const made = `${Date.now().toString(36)}-${count}`;
    history.replaceState({ entry: made }, '');
    return made;
  }

  function note(change: Partial<Place>): void {
    // Between leaving one entry and landing on the next the browser reports positions of neither.
    if (settled === undefined || entryOf(history.state) !== settled) return;
    places.set(settled, { scrollY, focusId: '', ...places.get(settled), ...change });
  }

  addEventListener('scroll', () => note({ scrollY }), { passive: true });
  addEventListener('focusin', ({ target }) => note({ focusId: target instanceof HTMLElement ? target.id : '' }));
  // A reload loses this memory but not the name of the entry.
  addEventListener('pagehide', () => keepForReload(entry(), scrollY));

  function land(complete: boolean): void {
    const here = entry();
    const place = places.get(here) ?? placeBeforeReload(here);
    if (place === undefined) landFresh(complete, settled === undefined);
    else if (complete) {
      scrollTo(0, place.scrollY);
      if (place.focusId !== '') document.getElementById(place.focusId)?.focus({ preventScroll: true });
    }
    if (!complete) return;
    settled = here;
    note({ scrollY });
  }

  return { entry, land, rankings: new Map(), papers: new Map(), seeds: new Map(), feeds: new Map(), asked: new Map() };
}

/** To be called before the choice of this entry changes: what it had at first is what its list goes by. */
export function keepAsked(memory: HistoryMemory, picks: Picks): void {
  const here = memory.entry();
  if (!memory.asked.has(here)) remember(memory.asked, here, picks);
}

/** Adds to one of the memory's maps and drops what is oldest. */
export function remember<T>(answers: Map<string, T>, key: string, answer: T): void {
  answers.delete(key);
  answers.set(key, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= MAX_ANSWERS) break;
    answers.delete(oldest);
  }
}

function landFresh(complete: boolean, firstLanding: boolean): void {
  const target = location.hash === '' ? null : document.getElementById(location.hash.slice(1));
  if (target !== null && complete) {
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  } else if (!complete) {
    scrollTo(0, 0);
    // The link that was followed is gone, and focus with it: put it where the new content is.
    if (!firstLanding && document.activeElement === document.body) {
      document.querySelector('main')?.focus({ preventScroll: true });
    }
  }
}

function entryOf(state: unknown): string | undefined {
  const isOurs = typeof state === 'object' && state !== null && 'entry' in state;
  return isOurs && typeof state.entry === 'string' ? state.entry : undefined;
}

function keepForReload(entry: string, scrollY: number): void {
  try {
    sessionStorage.setItem(RELOAD_KEY, `${entry} ${scrollY}`);
  } catch {
    // Storage can be forbidden; a reload then starts at the top.
  }
}

function placeBeforeReload(here: string): Place | undefined {
  try {
    const [entry, scrollY] = (sessionStorage.getItem(RELOAD_KEY) ?? '').split(' ');
    return entry === here ? { scrollY: Number(scrollY), focusId: '' } : undefined;
  } catch {
    return undefined;
  }
}

export const HistoryMemoryContext = createContext<HistoryMemory | undefined>(undefined);
