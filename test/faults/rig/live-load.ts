/** A client that never rests: new papers, new texts for old ones and removals, several at a time, until the service dies. */
import { type Random, randomInt } from '#dist/bench/lib/random.js';
import type { PaperId } from '#dist/paper.js';
import { connect, describeReply, isStored } from './client.ts';
import type { Ledger } from './ledger.ts';
import type { DrawText } from './texts.ts';

/** Writers side by side; a paper is one writer's, so that the order of what happens to it is known. */
const WRITERS = 3;
const MOST_PAPERS_A_REQUEST = 4;
/** Papers that a writer keeps: above it, more are removed than added. */
const PAPERS_A_WRITER = 50;

export interface LiveLoad {
  /** Resolves when no request is under way any more. */
  stop(): Promise<{ requests: number; faults: string[] }>;
}

export function startLoad(url: string, { ledger, draw, random }: { ledger: Ledger; draw: DrawText; random: Random }): LiveLoad {
  const client = connect(url);
  const faults: string[] = [];
  let requests = 0;
  let stopped = false;

  /** @returns false when the connection broke. */
  async function write(mine: PaperId[]): Promise<boolean> {
    const remove = mine.length > 0 && random() < (mine.length < PAPERS_A_WRITER ? 0.2 : 0.7);
    requests++;
    try {
      if (remove) {
        const [id = ''] = mine.splice(randomInt(random, mine.length), 1);
        ledger.send(id, null);
        const reply = await client.remove(id);
        if (reply.status === 204) ledger.acknowledge(id);
        else faults.push(`removing ${id} was answered ${describeReply(reply)}`);
        return true;
      }
      const papers = Array.from({ length: 1 + randomInt(random, MOST_PAPERS_A_REQUEST) }, () => {
        const old = mine[randomInt(random, mine.length)];
        return { id: old !== undefined && random() < 0.4 ? old : ledger.newId(), ...draw() };
      });
      const batch = [...new Map(papers.map((paper) => [paper.id, paper])).values()];
      for (const { id, ...text } of batch) ledger.send(id, text);
      const reply = await client.upsert(batch, { wait: random() < 0.4 });
      if (isStored(reply)) for (const { id } of batch) ledger.acknowledge(id);
      else faults.push(`storing ${batch.length} papers was answered ${describeReply(reply)}`);
      mine.push(...batch.map(({ id }) => id).filter((id) => !mine.includes(id)));
      return true;
    } catch (error) {
      // The service was killed: the ledger has it as under way. Anything else is a fault of the service.
      if (!stopped) faults.push(`a request broke before the service was killed: ${String(error)}`);
      return false;
    }
  }

  const old = ledger.present().map(([id]) => id);
  const writers = Array.from({ length: WRITERS }, async (_, i) => {
    const mine = old.filter((_id, place) => place % WRITERS === i);
    while (!stopped && (await write(mine)));
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(writers);
      return { requests, faults };
    },
  };
}
