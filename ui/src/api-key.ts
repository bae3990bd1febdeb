/** The reader's key, where the service asks for one: kept by this tab alone, and gone with it. */
const NAME = 'api-key';

export function keepApiKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function hasApiKey(): boolean {
  return sessionStorage.getItem(NAME) !== null;
}

/** Headers of every request to the API. */
export function authorization(): Record<string, string> {
  const key = sessionStorage.getItem(NAME);
  return key === null ? {} : { authorization: `Bearer ${key}` };
}
