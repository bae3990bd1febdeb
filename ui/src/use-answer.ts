import type { PaperkinError } from '@paperkin/client';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Load, toApiError } from './api.ts';
import { remember } from './history-memory.ts';
import { useHistoryMemory } from './use-history-memory.ts';
import { useSlow } from './use-slow.ts';

export interface Answer<T> {
  /** The answer to what is asked, once it is there. */
  data: T | undefined;
  /** While a new answer is pending: the answer to the one before, for whoever wants to keep it on show. */
  previous: T | undefined;
  error: PaperkinError | undefined;
  pending: boolean;
  slow: boolean;
  retry: () => void;
}

interface Outcome<T> {
  key: string;
  data: T | undefined;
  error: PaperkinError | undefined;
}

/**
 * Asks the API, aborts when it changes, and answers from memory when the reader comes back.
 * @param question what `load` takes; asked again when its JSON changes
 * @param remembered the history memory's map for this kind of answer
 */
export function useAnswer<Q, T>(question: Q, load: Load<Q, T>, remembered: Map<string, T>): Answer<T> {
  const key = `${useHistoryMemory().entry()} ${JSON.stringify(question)}`;
  const [outcome, setOutcome] = useState<Outcome<T>>({ key: '', data: undefined, error: undefined });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const known = remembered.get(key);
    if (known !== undefined) {
      setOutcome({ key, data: known, error: undefined });
      return undefined;
    }
    const controller = new AbortController();
    load(question, controller.signal)
      .then((data) => {
        if (controller.signal.aborted) return;
        remember(remembered, key, data);
        setOutcome({ key, data, error: undefined });
      })
      .catch((error: unknown) => {
        if (!controller.signal.aborted) setOutcome({ key, data: undefined, error: toApiError(error) });
      });
    return () => controller.abort();
    // The key has the question in it.
  }, [key, load, remembered, attempt]);

  const current = outcome.key === key ? outcome : { data: remembered.get(key), error: undefined };
  const pending = current.data === undefined && current.error === undefined;
  const retry = useCallback(() => {
    setOutcome({ key: '', data: undefined, error: undefined });
    setAttempt((n) => n + 1);
  }, []);
  return { ...current, previous: outcome.data, pending, slow: useSlow(pending), retry };
}
