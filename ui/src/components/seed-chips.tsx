import { useLayoutEffect, useRef } from 'preact/hooks';
import { paperPath } from '../api.ts';
import { TASTES, type Taste } from '../picks.ts';
import { usePicks } from '../use-picks.ts';
import { TASTE_LABEL } from './taste-buttons.tsx';
import { Thumb } from './thumb.tsx';

export interface Seed {
  taste: Taste;
  /** Absent for the text. */
  id?: string;
  /** Undefined until it is known. */
  title: string | undefined;
  /** Not among the papers here. */
  missing: boolean;
}

interface Props {
  seeds: Seed[];
  onRemove: (seed: Seed) => void;
  /** Where all are taken out. */
  clearHref: string;
}

/** What the list is asked with, each with a button to take it out. */
export function SeedChips({ seeds, onRemove, clearHref }: Props) {
  const removedAt = useRef<number>();
  const box = useRef<HTMLDivElement>(null);

  // The keyboard goes on with the chip that has moved up.
  useLayoutEffect(() => {
    if (removedAt.current === undefined) return;
    const buttons = box.current?.querySelectorAll<HTMLElement>('.chip-remove') ?? [];
    (buttons[Math.min(removedAt.current, buttons.length - 1)] ?? document.getElementById('content'))?.focus({
      preventScroll: true,
    });
    removedAt.current = undefined;
  }, [seeds.length]);

  return (
    <div ref={box} class="seeds">
      {TASTES.map((taste) => {
        const own = seeds.filter((seed) => seed.taste === taste);
        return (
          own.length > 0 && (
            <ul key={taste} class="chips" aria-label={TASTE_LABEL[taste]}>
              {own.map((seed) => (
                <li key={seed.id ?? ''} class={seed.missing ? 'chip chip-missing' : 'chip'}>
                  <Thumb taste={taste} />
                  <ChipTitle seed={seed} />
                  <button
                    type="button"
                    class="chip-remove"
                    aria-label={`Remove ${seed.title ?? seed.id ?? ''}`}
                    title="Remove"
                    onClick={() => {
                      removedAt.current = seeds.indexOf(seed);
                      onRemove(seed);
                    }}
                  >
                    <svg viewBox="0 0 24 24" aria-hidden="true" class="icon">
                      <path d="m7 7 10 10M17 7 7 17" />
                    </svg>
                  </button>
                </li>
              ))}
            </ul>
          )
        );
      })}
      {seeds.length > 1 && (
        <a class="seeds-clear" href={clearHref}>
          Clear all
        </a>
      )}
    </div>
  );
}

function ChipTitle({ seed: { id, title, missing } }: { seed: Seed }) {
  const { carried } = usePicks();
  if (id === undefined) return <span class="chip-title">“{title}”</span>;
  if (missing) return <span class="chip-title">{id} (unknown)</span>;
  return (
    <a class="chip-title" href={carried(paperPath(id))} title={title}>
      {title ?? '…'}
    </a>
  );
}
