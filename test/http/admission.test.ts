/** More is asked than can be answered: who waits for his answer gets it, who does not wait is told to come again. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Admission } from '#dist/http/admission.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { problemOf } from '../support/wire.ts';

const WINDOW_MS = 100;

interface Outcome {
  answered: number;
  refused: number;
  /** At work at a time, at most. */
  most: number;
  /** In line at a time, at most. */
  inLine: number;
}

interface Service {
  /** Requests a window that it is asked and that it can answer. @returns what became of those that came. */
  run(load: { came: number; capacity: number; windows: number }): Promise<Outcome>;
  dropped: number[];
}

/** Answers the oldest first; what it is told to drop ends at once. */
function simulate(limits: { most: number; few: number }): Service {
  const dropped: number[] = [];
  const queue: number[] = [];
  let now = 0;
  let next = 0;
  let inLine = 0;
  const admission = new Admission<number>(limits, (request) => {
    dropped.push(request);
    queue.splice(queue.indexOf(request), 1);
    admission.end(request);
  });
  return {
    dropped,
    async run({ came, capacity, windows }) {
      const result = { answered: 0, refused: 0, most: 0, inLine: 0 };
      const steps = Math.max(came, capacity);
      for (let step = 0; step < windows * steps; step++) {
        now += WINDOW_MS / steps;
        const share = (rate: number) => Math.floor(((step + 1) * rate) / steps) - Math.floor((step * rate) / steps);
        for (let i = 0; i < share(came); i++) {
          const request = next++;
          const take = (isLetIn: boolean) => (isLetIn ? queue.push(request) : result.refused++);
          const isLetIn = admission.begin(request, now);
          if (typeof isLetIn === 'boolean') take(isLetIn);
          else {
            inLine++;
            isLetIn.then((isIn) => {
              inLine--;
              take(isIn);
            });
          }
          result.most = Math.max(result.most, queue.length);
          result.inLine = Math.max(result.inLine, inLine);
        }
        for (let i = 0; i < share(capacity); i++) {
          const request = queue.shift();
          if (request === undefined) break;
          admission.end(request);
          result.answered++;
        }
        // Those who are turned away are so some at a time.
        await setImmediate();
      }
      return result;
    },
  };
}

describe('what is let in', () => {
  it('is everything that a service can answer', async () => {
    expect(await simulate({ most: 64, few: 4 }).run({ came: 70, capacity: 70, windows: 100 })).toMatchObject({
      answered: 7_000,
      refused: 0,
    });
  });

  it('is few at a time where five times as much comes, and what waits then is dropped, the latest first to go', async () => {
    const service = simulate({ most: 64, few: 4 });
    const first = await service.run({ came: 350, capacity: 70, windows: 1 });
    expect(first.most).toBe(64);
    expect(service.dropped).toHaveLength(60);
    const oldest = Math.min(...service.dropped);
    expect(service.dropped).toEqual(Array.from({ length: 60 }, (_, i) => oldest + i));
    const overloaded = await service.run({ came: 350, capacity: 70, windows: 9 });
    expect(overloaded.most).toBe(4);
    expect(overloaded.answered).toBeGreaterThan(0.95 * 9 * 70);
  });

  it('is everything again half a second after the load has gone', async () => {
    const service = simulate({ most: 64, few: 4 });
    await service.run({ came: 350, capacity: 70, windows: 5 });
    await service.run({ came: 20, capacity: 70, windows: 6 });
    expect(await service.run({ came: 60, capacity: 20, windows: 1 })).toMatchObject({ refused: 0, most: 41 });
  });

  it('is found out by a line after a second, where those who are turned away ask again at once, and after two the next time', async () => {
    const service = simulate({ most: 64, few: 4 });
    await service.run({ came: 350, capacity: 70, windows: 1 });
    const dropped = service.dropped.length;
    const windows: Outcome[] = [];
    while (windows.length < 39) windows.push(await service.run({ came: 350, capacity: 70, windows: 1 }));
    const looks = windows.flatMap(({ inLine }, window) => (inLine > 0 ? [window + 1] : []));
    expect(looks).toHaveLength(2);
    const [first = 0, second = 0] = looks;
    // In windows, which a look may begin one late.
    for (const [waited, seconds] of [
      [first, 1],
      [second - first, 2],
    ] as const) {
      expect(waited).toBeGreaterThanOrEqual(seconds * 10);
      expect(waited).toBeLessThanOrEqual(seconds * 10 + 1);
    }
    // Nobody's work is begun for a look, and none is given up.
    expect(Math.max(...windows.map(({ most }) => most))).toBe(4);
    expect(service.dropped).toHaveLength(dropped);
    expect(windows.reduce((sum, { answered }) => sum + answered, 0)).toBeGreaterThan(0.95 * 39 * 70);
  });

  it('is everybody again, where few ask at once and ask again whatever they are told', async () => {
    const most = 64;
    const admission = new Admission<number>({ most, few: 4 }, (client) => admission.end(client));
    const clients = 32;
    const working = new Set<number>();
    const waiting = new Set<number>();
    const isAway = (client: number) => !working.has(client) && !waiting.has(client);
    let refused = 0;
    const ask = (client: number, now: number) => {
      const isLetIn = admission.begin(client, now);
      if (isLetIn === true) working.add(client);
      else if (isLetIn === false) refused++;
      else {
        waiting.add(client);
        isLetIn.then((isIn) => {
          waiting.delete(client);
          if (isIn) working.add(client);
        });
      }
    };
    // Many others come, and go.
    for (let other = clients; other <= clients + most; other++) admission.begin(other, 0);
    for (let other = clients; other <= clients + most; other++) admission.end(other);
    for (let now = 1; now < 4_000; now++) {
      for (let client = 0; client < clients; client++) if (isAway(client)) ask(client, now);
      const [oldest] = working;
      if (oldest !== undefined) {
        working.delete(oldest);
        admission.end(oldest);
      }
      await setImmediate();
      if (now === 3_000) refused = 0;
    }
    expect(refused).toBe(0);
    expect(working.size + waiting.size).toBe(clients - 1);
  });

  it('is everybody of many who wait for their answer before they ask again', () => {
    const admission = new Admission<number>({ most: 128, few: 4 }, () => expect.unreachable());
    // A hundred clients at a service that answers one every millisecond.
    for (let client = 0; client < 100; client++) expect(admission.begin(client, 0)).toBe(true);
    for (let now = 1; now < 5_000; now++) {
      admission.end(now % 100);
      expect(admission.begin(now % 100, now)).toBe(true);
    }
  });
});

describe('a service that lets few in', () => {
  let seeded: SeededApp;
  beforeAll(async () => {
    seeded = await openSeededApp({ MAX_REQUESTS: '2' });
  });
  afterAll(() => seeded.close());

  it('refuses at once what is too much, in the words of whoever is asked, and answers the rest', async () => {
    const { pids } = seeded.services.embedder;
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const asked = ['one', 'two'].map((q) => seeded.app.inject(`/v1/search?mode=dense&q=${q}`));
    const dialect = ['one', 'two'].map((q) => seeded.app.inject(`/graph/v1/paper/search?query=${q}`));
    await sleep(50);
    const refused = await seeded.app.inject('/v1/search?mode=dense&q=three');
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'overloaded' });
    expect(refused.headers['retry-after']).toBe('1');
    const inTheirWords = await seeded.app.inject('/graph/v1/paper/search?query=three');
    expect([inTheirWords.statusCode, inTheirWords.json()]).toEqual([429, { message: expect.any(String), code: '429' }]);
    // Other routes, and lists of texts, have room of their own.
    expect((await seeded.app.inject('/v1/papers?limit=1')).statusCode).toBe(200);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    for (const { statusCode } of await Promise.all([...asked, ...dialect])) expect(statusCode).toBe(200);
    expect((await seeded.app.inject('/v1/search?mode=dense&q=three')).statusCode).toBe(200);
  });
});
