import { useEffect, useState } from 'preact/hooks';

/** Below this a skeleton is a flicker, not information. */
const SLOW_AFTER_MS = 150;

/** True once `pending` has lasted long enough to deserve a skeleton. */
export function useSlow(pending: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!pending) return undefined;
    const timer = setTimeout(() => setSlow(true), SLOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [pending]);
  return slow && pending;
}
