/** What a command's exit code says. */
export const EXIT = { ok: 0, fault: 1, usage: 2, nothingChanged: 3 } as const;
