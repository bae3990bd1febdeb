/** Clients that search and write while embedding fails: each must be answered 200, or told to come again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, describeReply, isComeAgain, isStored, type Reply } from './client.ts';
import type { World } from './world.ts';

/** So many searches and as many writes side by side. */
const CLIENTS = 2;
const PAUSE_MS = 20;

export interface MixedLoad {
  /** Resolves when every request was answered. */
  stop(): Promise<{ answered: number; faults: string[] }>;
}

export function askAndWrite(url: string, { ledger, draw }: World): MixedLoad {
  const client = connect(url);
  const faults: string[] = [];
  let answered = 0;
  let stopped = false;
  const judge = (what: string, reply: Reply) => {
    if (reply.status === 200) answered++;
    else if (!isComeAgain(reply)) faults.push(`${what} was answered ${describeReply(reply)}`);
  };
  const search = async () => {
    judge('a search', await client.send('POST', '/v1/search', { q: draw().title, mode: 'dense' }));
  };
  const write = async () => {
    const id = ledger.newId();
    const text = draw();
    ledger.send(id, text);
    const reply = await client.upsert([{ id, ...text }], { wait: true });
    if (isStored(reply)) ledger.acknowledge(id);
    judge('a write', reply);
  };
  const clients = [search, write].flatMap((request) =>
    Array.from({ length: CLIENTS }, async () => {
      while (!stopped) {
        await request().catch((error: unknown) => faults.push(`a request was not answered: ${String(error)}`));
        await sleep(PAUSE_MS);
      }
    }),
  );
  return {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return { answered, faults };
    },
  };
}
