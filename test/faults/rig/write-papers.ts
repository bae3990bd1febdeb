/** A JSONL file of new papers and new texts for old ones, entered into the ledger as under way. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sample } from '#dist/bench/lib/random.js';
import type { Stored } from './database.ts';
import { sameText } from './texts.ts';
import type { World } from './world.ts';

export interface WrittenPapers {
  file: string;
  /** An import of the file ended well: every paper of it is stored. */
  acknowledge(): void;
  /** Papers of the file that are not stored with a vector. */
  waiting(stored: Stored): number;
}

export async function writePapers(
  { dataDir, ledger, draw, random }: World,
  { fresh, changed }: { fresh: number; changed: number },
): Promise<WrittenPapers> {
  const ids = [
    ...sample(ledger.present(), changed, random).map(([id]) => id),
    ...Array.from({ length: fresh }, () => ledger.newId()),
  ];
  const papers = ids.map((id) => ({ id, ...draw() }));
  const send = () => {
    for (const { id, ...text } of papers) ledger.send(id, text);
  };
  send();
  const file = join(dataDir, 'import.jsonl');
  await writeFile(file, papers.map((paper) => `${JSON.stringify(paper)}\n`).join(''));
  return {
    file,
    acknowledge() {
      send();
      for (const { id } of papers) ledger.acknowledge(id);
    },
    waiting: (stored) =>
      papers.filter(({ id, ...text }) => !stored.vectors.has(id) || !sameText(text, stored.papers.get(id) ?? null)).length,
  };
}
