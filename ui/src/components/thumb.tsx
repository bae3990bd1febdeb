import type { Taste } from '../picks.ts';

/** Up for what is liked, down for what is not. */
export function Thumb({ taste }: { taste: Taste }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" class={`icon thumb thumb-${taste}`}>
      <path d="M7.5 10.5 11.3 3a2.4 2.4 0 0 1 2.4 2.4V9h4.9a2 2 0 0 1 2 2.3l-1.2 7.5a2 2 0 0 1-2 1.7H7.5ZM7.5 10.5v10H4v-10Z" />
    </svg>
  );
}
