/** The reader's key, where the service asks for one: kept by this tab alone, and gone with it. */
const NAME = 'api-key';

export function keepApiKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function keptApiKey(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? undefined;
  } catch {
    // Storage can be forbidden; the page then asks without a key.
    return undefined;
  }
}
