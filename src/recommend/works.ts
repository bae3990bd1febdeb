/** What is compared of stored papers when versions are folded, made once for each record that is in memory. */
import { type PaperRecord, readRecord } from '../paper.ts';
import { type WorkTraits, workTraits } from './same-work.ts';
import { shingleReader } from './shingles.ts';

export function createWorks(): (record: PaperRecord) => WorkTraits {
  const read = shingleReader();
  // As long as somebody keeps the record.
  const known = new WeakMap<PaperRecord, WorkTraits>();
  return (record) => {
    let work = known.get(record);
    if (work === undefined) {
      work = workTraits(readRecord(record), read, () => readRecord(record));
      known.set(record, work);
    }
    return work;
  };
}
