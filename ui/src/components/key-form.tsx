import { keepApiKey, keptApiKey } from '../api-key.ts';

/** Asks for a key, and then for everything on the page anew. */
export function KeyForm() {
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get('key');
    keepApiKey(String(key).trim());
    location.reload();
  }

  return (
    <form class="key-form" aria-label="Key" onSubmit={submit}>
      <p class="key-hint">
        {keptApiKey() === undefined ? 'Papers are shown to those who have a key.' : 'The key that was given is not known here.'} It
        is kept until this tab is closed.
      </p>
      <label class="refine-field">
        <span>Key</span>
        <input name="key" type="password" required size={32} autocomplete="off" />
      </label>
      <button type="submit" class="button">
        Use it
      </button>
    </form>
  );
}
