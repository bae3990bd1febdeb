/** JSON of a file that may be half written or somebody else's: what cannot be parsed is undefined, for a schema to refuse. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
