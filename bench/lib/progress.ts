/** One line that rewrites itself on a terminal, and nothing elsewhere: a log file needs no progress. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001b[K`);
}

/** Ends the line of `showProgress`. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** A line about what is being done, on stderr: stdout holds the tables. */
export function say(line: string): void {
  endProgress();
  process.stderr.write(`${line}\n`);
}
