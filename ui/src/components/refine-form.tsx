import { useLocation } from 'preact-iso';
import { isRefined, K_STEP, readRefinement, type Search } from '../search-url.ts';

const FIELDS = [
  { name: 'from', label: 'From year', pattern: '\\d{4}', size: 6 },
  { name: 'to', label: 'To year', pattern: '\\d{4}', size: 6 },
  { name: 'category', label: 'Category', pattern: undefined, size: 10 },
  { name: 'author', label: 'Author', pattern: undefined, size: 16 },
] as const;

interface Props {
  search: Search;
  /** Writes the address of a list of this kind. */
  hrefOf: (search: Search) => string;
}

/** Which papers may be results, and whether each is to say why it is one. Open where something is set. */
export function RefineForm({ search, hrefOf }: Props) {
  const { route, url } = useLocation();
  const { refinement, why } = search;

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const given = Object.fromEntries([...data].map(([name, value]) => [name, String(value)]));
    const href = hrefOf({ ...search, k: K_STEP, refinement: readRefinement(given), why: data.has('why') });
    // Asking the same again is not a step to go back over; what was no condition goes.
    if (href === url) form.reset();
    else route(href);
  }

  return (
    <details class="refine" open={why || isRefined(search)}>
      <summary>Refine</summary>
      {/* A new address brings a new form: what it shows is what was asked. */}
      <form key={JSON.stringify([refinement, why])} class="refine-form" aria-label="Refine" onSubmit={submit}>
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
