import { isFull, TASTES, type Taste, tasteOf, withoutPick, withPick } from '../picks.ts';
import { usePicks } from '../use-picks.ts';
import { Thumb } from './thumb.tsx';

export const TASTE_LABEL: Record<Taste, string> = { like: 'More like this', dislike: 'Less like this' };

/** Presses a toggle of the paper that the keyboard is in; does nothing elsewhere. */
export function pressTaste(taste: Taste): void {
  document.activeElement?.closest('article')?.querySelector<HTMLElement>(`[data-taste="${taste}"]`)?.click();
}

interface Props {
  paperId: string;
  /** Element with the paper's title. */
  titleId: string;
}

/** Two toggles of which at most one is pressed: pressing the other moves the paper there, pressing again takes it back. */
export function TasteButtons({ paperId, titleId }: Props) {
  const { picks, choose } = usePicks();
  const chosen = tasteOf(picks, paperId);
  const noRoom = chosen === undefined && isFull(picks);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form
    <div class="tastes" role="group" aria-labelledby={titleId}>
      {TASTES.map((taste) => (
        <button
          key={taste}
          type="button"
          class="taste"
          data-taste={taste}
          aria-pressed={chosen === taste}
          // Stays in reach of the keyboard; the tray says why.
          aria-disabled={noRoom}
          onClick={() => noRoom || choose(chosen === taste ? withoutPick(picks, paperId) : withPick(picks, paperId, taste))}
        >
          <Thumb taste={taste} />
          {TASTE_LABEL[taste]}
        </button>
      ))}
    </div>
  );
}
