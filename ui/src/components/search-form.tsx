import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { K_STEP, type Search, searchHref } from '../search-url.ts';
import { useHistoryMemory } from '../use-history-memory.ts';

/** For the `/` key. */
export const SEARCH_BOX_ID = 'search-box';

export function SearchForm({ search }: { search: Search }) {
  const { route, url } = useLocation();
  const entry = useHistoryMemory().entry();
  const box = useRef<HTMLInputElement>(null);

  // The address decides what is in the box, also after going back; typing does not touch the address. A choice of papers changes it in place.
  useEffect(() => {
    if (box.current !== null) box.current.value = search.q;
  }, [entry, search.q]);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const q = box.current?.value.trim() ?? '';
    const href = searchHref({ ...search, q, k: K_STEP });
    // Asking the same again is not a step to go back over.
    if (href !== url) route(href);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not in every browser that the page is for
    <form class="search-form" role="search" action="/" onSubmit={submit}>
      <svg viewBox="0 0 24 24" aria-hidden="true" class="icon search-icon">
        <path d="M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 21 21" />
      </svg>
      <label class="visually-hidden" for={SEARCH_BOX_ID}>
        Search papers
      </label>
      <input
        ref={box}
        id={SEARCH_BOX_ID}
        type="search"
        name="q"
        placeholder="A topic or a question"
        autocomplete="off"
        autocapitalize="off"
        enterkeyhint="search"
        aria-keyshortcuts="/"
      />
      <kbd class="search-key">/</kbd>
      <button type="submit" class="button button-primary">
        Search
      </button>
    </form>
  );
}
