/**
 * The inverted index of the papers' texts, beside the database and after it: a cache that answers text searches as FTS5 does. Every
 * change, whichever process made it, is followed by the store's revision; as long as one is missing, the index answers nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { readIndex, writeIndex } from '../lexical/index-file.ts';
import { createInvertedIndex, type IndexContent, type InvertedIndex } from '../lexical/inverted-index.ts';
import type { TextIndexReport } from './paper-store.ts';
import { TOKENIZER } from './schema.ts';
import { createTextFollower, type TextFollower, type TextFollowerOptions } from './text-follower.ts';
import { titleHash } from './title-hash.ts';

export interface TextIndex {
  /** The index, where it holds every change that the database's open transaction sees; a few that are missing are made up for. */
  current(): InvertedIndex | undefined;
  report(): TextIndexReport;
  close(): Promise<void>;
}

export interface TextIndexOptions extends Omit<TextFollowerOptions, 'index'> {
  /** Where it is kept between two runs; null keeps it nowhere. */
  file: string | null;
  /** Hears why the file, or the index, cannot be used: FTS5 answers all the same. */
  onFault: (message: string) => void;
}

/** A search makes up for changes so long; what is left is done between searches. */
const MADE_UP_MS = 2;
/** Without searches, changes are looked for so often. */
const LOOK_MS = 1_000;
/** The file is written anew after so many changes that are so great a share of the papers: the next start reads these papers again. */
const WRITTEN_AFTER = 1_000;
const WRITTEN_SHARE = 0.05;
/** Has something of all that keys of titles do away with: where its hash is another, so are those that were kept. */
const SOME_TITLE = String.raw`Naïve \emph{β}-VAEs \& "m$^2$": PART I (extended version)`;

export function openTextIndex({ file, onFault, ...database }: TextIndexOptions): TextIndex {
  const { db, titleWeight } = database;
  /** Names all that shapes what is kept: the version of SQLite brings the tokenizer's tables of Unicode. */
  const made = [db.prepare('SELECT sqlite_version()').pluck().get(), TOKENIZER, titleWeight, titleHash(SOME_TITLE)].join(' ');
  let loaded: { index: InvertedIndex; follower: TextFollower } | undefined;
  let closed = false;
  /** Whether changes are to be followed between searches, and what is under way there. */
  let behind = true;
  let working: Promise<void> | undefined;

  function work(): void {
    if (closed) return;
    behind = true;
    working ??= workOff()
      .catch((error: unknown) => {
        loaded = undefined;
        closed = true;
        onFault(`the text index cannot be used until the next start: ${messageOf(error)}`);
      })
      .finally(() => {
        working = undefined;
      });
  }

  async function workOff(): Promise<void> {
    loaded ??= await load();
    while (behind && loaded !== undefined && !closed) {
      behind = false;
      while (!closed && !loaded.follower.follow()) await nextTurn();
      if (!closed && isWorthWriting(loaded)) await write(loaded);
    }
  }

  /** From the file, where there is one, then by what the database has. Undefined where it was closed meanwhile. */
  async function load(): Promise<typeof loaded> {
    const read = await readFile();
    const index = createInvertedIndex(read.content);
    const follower = createTextFollower({ ...database, index });
    // A file that is of no use is replaced, however few papers there are.
    if (read.damaged) follower.changed = Number.POSITIVE_INFINITY;
    for (const _ of follower.compare()) {
      await nextTurn();
      if (closed) return undefined;
    }
    return { index, follower };
  }

  async function readFile(): Promise<{ content?: IndexContent | undefined; damaged: boolean }> {
    try {
      return { content: file === null ? undefined : await readIndex(file, made), damaged: false };
    } catch (error) {
      onFault(`the text index is made anew: ${messageOf(error)}`);
      return { damaged: true };
    }
  }

  function isWorthWriting({ index, follower }: NonNullable<typeof loaded>): boolean {
    return file !== null && follower.changed >= Math.max(WRITTEN_AFTER, WRITTEN_SHARE * index.documents);
  }

  async function write({ index, follower }: NonNullable<typeof loaded>): Promise<void> {
    if (file === null) return;
    follower.changed = 0;
    try {
      await writeIndex(file, index.content(), made);
    } catch (error) {
      onFault(`the text index could not be written, the next start makes it anew: ${messageOf(error)}`);
    }
  }

  work();
  const looking = setInterval(work, LOOK_MS).unref();
  return {
    current() {
      if (loaded === undefined) return undefined;
      const { index, follower } = loaded;
      const started = performance.now();
      while (!follower.isCurrent()) {
        if (performance.now() - started > MADE_UP_MS) {
          work();
          return undefined;
        }
        follower.follow();
      }
      if (isWorthWriting(loaded)) work();
      return index;
    },
    report() {
      const { documents, sizeBytes } = loaded?.index ?? { documents: 0, sizeBytes: 0 };
      return { papers: documents, sizeBytes, current: loaded?.follower.isCurrent() ?? false };
    },
    async close() {
      closed = true;
      clearInterval(looking);
      await working;
    },
  };
}
