import { useLocation } from 'preact-iso';
import { K_STEP, readRefinement, type Search, searchHref } from '../search-url.ts';

const FIELDS = [
  { name: 'from', label: 'From year', pattern: '\\d{4}', size: 6 },
  { name: 'to', label: 'To year', pattern: '\\d{4}', size: 6 },
  { name: 'category', label: 'Category', pattern: undefined, size: 10 },
  { name: 'author', label: 'Author', pattern: undefined, size: 16 },
] as const;

/** Which papers may be results, and whether each is to say why it is one. Open where something is set. */
export function RefineForm({ search }: { search: Search }) {
  const { route } = useLocation();
  const { refinement, why } = search;
  const isSet = why || Object.values(refinement).some((value) => value !== '');

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const given = Object.fromEntries([...data].map(([name, value]) => [name, String(value)]));
    route(searchHref({ ...search, k: K_STEP, refinement: readRefinement(given), why: data.has('why') }));
  }

  return (
    <details class="refine" open={isSet}>
      <summary>Refine</summary>
      {/* A new address brings a new form: what it shows is what was asked. */}
      <form key={searchHref(search)} class="refine-form" aria-label="Refine" onSubmit={submit}>
        {FIELDS.map(({ name, label, pattern, size }) => (
          <label key={name} class="refine-field">
            <span>{label}</span>
            <input name={name} defaultValue={refinement[name]} pattern={pattern} size={size} autocomplete="off" />
          </label>
        ))}
        <label class="refine-check">
          <input type="checkbox" name="why" defaultChecked={why} />
          <span>Say why</span>
        </label>
        <button type="submit" class="button">
          Apply
        </button>
      </form>
    </details>
  );
}
