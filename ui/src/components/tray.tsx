import type { ComponentChildren } from 'preact';
import { isFull, type Picks } from '../picks.ts';
import { TASTE_LABEL } from './taste-buttons.tsx';

/** What is chosen, at the lower edge of the window, and what can be done with it. */
export function Tray({ picks, children }: { picks: Picks; children: ComponentChildren }) {
  return (
    <section class="tray" aria-label="Your choice">
      <p class="tray-words" role="status">
        {describe(picks)}
        {isFull(picks) && ' There is no room for more.'}
      </p>
      <div class="tray-actions">{children}</div>
    </section>
  );
}

function describe({ like, dislike }: Picks): string {
  if (like.length + dislike.length === 0) return 'Nothing is chosen';
  const disliked = `${dislike.length} disliked`;
  if (like.length === 0) return `${disliked}. Choose “${TASTE_LABEL.like}” on a paper too, to see others like it.`;
  return dislike.length === 0 ? `${like.length} liked` : `${like.length} liked, ${disliked}`;
}
