/** More is asked than can be answered: who waits for his answer gets it, who does not wait is told to come again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Admission } from '#dist/http/admission.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { problemOf } from '../support/wire.ts';

const WINDOW_MS = 100;

/** Requests that come and end in even steps, of a service that answers `capacity` a window. */
function simulate(admission: Admission, { windows, capacity }: { windows: number; capacity: number }) {
  let now = 0;
  let underWay = 0;
  return {
    /** @returns how many were let in, of so many that came in each window, and the most that were under way. */
    run(came: number, count = windows) {
      let admitted = 0;
      let most = 0;
      const steps = Math.max(came, capacity);
      for (let step = 0; step < count * steps; step++) {
        now += WINDOW_MS / steps;
        const share = (rate: number) => Math.floor(((step + 1) * rate) / steps) - Math.floor((step * rate) / steps);
        for (let i = 0; i < share(came); i++) {
          if (!admission.begin(now)) continue;
          admitted++;
          underWay++;
          most = Math.max(most, underWay);
        }
        for (let i = 0; i < share(capacity) && underWay > 0; i++) {
          admission.end();
          underWay--;
        }
      }
      return { admitted, most };
    },
    underWay: () => underWay,
  };
}

describe('what is let in', () => {
  it('is everything that a service can answer', () => {
    const service = simulate(new Admission({ most: 128, few: 4 }), { windows: 100, capacity: 70 });
    expect(service.run(70)).toMatchObject({ admitted: 7_000 });
  });

  it('is as much as is answered, and few at a time, where five times as much comes; and everything again afterwards', () => {
    const service = simulate(new Admission({ most: 128, few: 4 }), { windows: 100, capacity: 70 });
    service.run(350, 5);
    const overloaded = service.run(350);
    expect(overloaded.admitted).toBeGreaterThan(0.95 * 7_000);
    // The queue of the first windows has run empty by then.
    expect(service.run(350, 10).most).toBeLessThanOrEqual(4);
    service.run(0, 1);
    service.run(20, 10);
    expect(service.run(20, 10)).toMatchObject({ admitted: 200 });
  });

  it('is never more than the limit', () => {
    const service = simulate(new Admission({ most: 10, few: 4 }), { windows: 1, capacity: 1 });
    expect(service.run(500)).toMatchObject({ admitted: 10, most: 10 });
  });

  it('is everybody of many who wait for their answer before they ask again', () => {
    const admission = new Admission({ most: 128, few: 4 });
    let refused = 0;
    // A hundred clients at a service that answers one every millisecond or so.
    for (let i = 0; i < 100; i++) if (!admission.begin(0)) refused++;
    for (let now = 1; now < 5_000; now++) {
      admission.end();
      if (!admission.begin(now)) refused++;
    }
    expect(refused).toBe(0);
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
