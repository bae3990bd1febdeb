import { useEffect } from 'preact/hooks';
import { focusedPaper, focusPaper } from './components/paper-list.tsx';
import { SEARCH_BOX_ID } from './components/search-form.tsx';
import { pressTaste } from './components/taste-buttons.tsx';

/** `/` goes to the search box, `j` and `k` from paper to paper: the keys readers know from other feeds. `+` and `-` are its toggles. */
export function useShortcuts(): void {
  useEffect(() => {
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    const box = document.getElementById(SEARCH_BOX_ID);
    if (!(box instanceof HTMLInputElement)) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === 'j') focusPaper(focusedPaper() + 1);
  else if (event.key === 'k') focusPaper(Math.max(focusedPaper() - 1, 0));
  else if (event.key === '+') pressTaste('like');
  else if (event.key === '-') pressTaste('dislike');
}
