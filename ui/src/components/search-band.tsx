import { useLocation } from 'preact-iso';
import { readSearch, searchHref } from '../search-url.ts';
import { SearchForm } from './search-form.tsx';

/** Questions that the bundled papers answer well. */
const EXAMPLES = ['exact diffusion inversion', 'robustness of vision transformers', 'Koopman operator', 'bilevel optimization'];

/** The search box of every page; on the front page with its title and a few ideas. */
export function SearchBand() {
  const { path, url } = useLocation();
  const search = readSearch(url);
  const isFront = path === '/' && search.q === '';
  return (
    <div class={isFront ? 'search-band search-band-front' : 'search-band'}>
      {isFront && (
        <div class="hero">
          <h1>Find the papers close to your question</h1>
          <p>Describe what interests you in your own words, or open a paper and meet its kin.</p>
        </div>
      )}
      {/* Keyed: the box must outlive the title above it, with its focus. */}
      <SearchForm key="form" search={search} />
      {isFront && (
        <nav class="examples" aria-label="Example searches">
          <span aria-hidden="true">Try</span>
          <ul>
            {EXAMPLES.map((q) => (
              <li key={q}>
                <a href={searchHref({ ...search, q })}>{q}</a>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </div>
  );
}
