/** Clients that search, and write too, while something fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect, describeReply, isComeAgain, isStored, type Reply } from './client.ts';
import type { World } from './world.ts';

/** So many of each kind side by side. */
const CLIENTS = 2;
const PAUSE_MS = 20;

export interface MixedLoad {
  /** Resolves when every request was answered. */
  stop(): Promise<{ answered: number; faults: string[] }>;
}

/** Where what embeds for them fails: each must be answered 200, or told to come again. */
export function askAndWrite(url: string, world: World): MixedLoad {
  const client = connect(url);
  return startClients(
    [() => search(client, world), () => write(client, world)],
    (reply) => reply.status === 200 || isComeAgain(reply),
  );
}

/** Searches alone, where nothing that they need fails: each must be answered 200. */
export function ask(url: string, world: World): MixedLoad {
  const client = connect(url);
  return startClients([() => search(client, world)], (reply) => reply.status === 200);
}

function search(client: Client, { draw }: World): Promise<Reply> {
  return client.send('POST', '/v1/search', { q: draw().title, mode: 'dense' });
}

async function write(client: Client, { ledger, draw }: World): Promise<Reply> {
  const id = ledger.newId();
  const text = draw();
  ledger.send(id, text);
  const reply = await client.upsert([{ id, ...text }], { wait: true });
  if (isStored(reply)) ledger.acknowledge(id);
  return reply;
}

function startClients(requests: readonly (() => Promise<Reply>)[], isRight: (reply: Reply) => boolean): MixedLoad {
  const faults: string[] = [];
  let answered = 0;
  let stopped = false;
  const judge = (reply: Reply) => {
    if (reply.status === 200) answered++;
    if (!isRight(reply)) faults.push(`a request was answered ${describeReply(reply)}`);
  };
  const clients = requests.flatMap((request) =>
    Array.from({ length: CLIENTS }, async () => {
      while (!stopped) {
        await request()
          .then(judge)
          .catch((error: unknown) => faults.push(`a request was not answered: ${String(error)}`));
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
