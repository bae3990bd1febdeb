import { useLocation } from 'preact-iso';
import { readSearch } from '../search-url.ts';
import { useHistoryMemory } from '../use-history-memory.ts';
import { FeedPage } from './feed-page.tsx';
import { ResultsPage } from './results-page.tsx';

/** `/` is two pages: the latest papers, or with `?q=` the ones that match. */
export function Home() {
  const { url } = useLocation();
  const memory = useHistoryMemory();
  const search = readSearch(url);
  return search.q === '' ? <FeedPage key={memory.entry()} /> : <ResultsPage search={search} />;
}
