import { MODES, type Mode, type Search, searchHref } from '../search-url.ts';

const LABELS: Record<Mode, { text: string; title: string }> = {
  hybrid: { text: 'Hybrid', title: 'Meaning and keywords together' },
  dense: { text: 'Meaning', title: 'By embedding only: finds other words for the same thing' },
  lexical: { text: 'Keywords', title: 'By BM25 only: finds these very words' },
};

/** How to rank. Links, not radio buttons: each way is an address of its own. */
export function ModeNav({ search }: { search: Search }) {
  return (
    <nav class="modes" aria-label="Ranking">
      <ul>
        {MODES.map((mode) => (
          <li key={mode}>
            <a
              href={searchHref({ ...search, mode })}
              title={LABELS[mode].title}
              aria-current={mode === search.mode ? 'true' : undefined}
            >
              {LABELS[mode].text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
