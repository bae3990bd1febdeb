/** The requests with several seeds that the strategies are compared on, and the classifier that is one of them. */
import { describe, expect, it } from 'vitest';
import { trainLinear, withProducts } from '#dist/bench/quality/strategies/linear.js';
import { drawTasks, type Interest } from '#dist/bench/quality/strategies/tasks.js';
import { dot } from '#dist/recommend/dot.js';

function interest(id: string, relevant: number, irrelevant = 0): Interest {
  const of = (name: string, count: number, grade: number) =>
    Array.from({ length: count }, (_, i) => [`${id}-${name}${i}`, grade] as const);
  return { id, own: `${id}-own`, judgements: new Map([...of('yes', relevant, 1), ...of('no', irrelevant, 0)]) };
}

describe('drawTasks', () => {
  const interests = [interest('a', 6, 3), interest('b', 4), interest('c', 1)];
  const tasks = drawTasks(interests, { name: 'set', seed: 1, draws: 3 });

  it('makes the cases that an interest has papers enough for, each so many times', () => {
    const casesOf = (id: string) =>
      tasks.filter((task) => task.interest === id && !task.case.includes('+')).map((task) => task.case);
    expect(casesOf('a')).toEqual(Array.from({ length: 3 }, () => ['1', '2', '3', '5', '1 − 3', '3 − 3']).flat());
    expect(casesOf('b')).toEqual(Array.from({ length: 3 }, () => ['1', '2', '3']).flat());
    expect(casesOf('c')).toEqual([]);
  });

  it('leaves something to be found, and nothing that is given or asks', () => {
    for (const { likes, dislikes, own, judgements } of tasks) {
      for (const id of [...likes, ...dislikes, ...own]) expect(judgements.has(id)).toBe(false);
      expect([...judgements.values()].some((grade) => grade > 0)).toBe(true);
      expect(new Set([...likes, ...dislikes]).size).toBe(likes.length + dislikes.length);
    }
  });

  it('takes the likes of a mixed request from both interests, which leave one each to be found', () => {
    const mixed = tasks.filter((task) => task.case === '3 + 3');
    expect(mixed.length).toBeGreaterThan(0);
    for (const { likes, judgements } of mixed) {
      for (const id of ['a', 'b']) {
        expect(likes.filter((like) => like.startsWith(`${id}-yes`))).toHaveLength(3);
        expect([...judgements].some(([found, grade]) => grade > 0 && found.startsWith(`${id}-`))).toBe(true);
      }
    }
  });

  it('draws the same for the same seed, and another for another', () => {
    expect(drawTasks(interests, { name: 'set', seed: 1, draws: 3 })).toEqual(tasks);
    expect(drawTasks(interests, { name: 'set', seed: 2, draws: 3 })).not.toEqual(tasks);
  });
});

describe.each(['logistic', 'hinge'] as const)('trainLinear (%s)', (loss) => {
  it('finds what separates the liked from the rest, not what they share', () => {
    const shared = 0.8;
    const own = Math.sqrt(1 - shared * shared);
    const [x, y, z] = [Float32Array.of(shared, own, 0), Float32Array.of(shared, 0, own), Float32Array.of(shared, 0, -own)];
    const direction = trainLinear(withProducts([x, x, y, z]), [1, 1, -1, -1], { loss, l2: 0.01 });
    expect(dot(direction, x)).toBeGreaterThan(dot(direction, y));
    expect(direction[1]).toBeGreaterThan(3 * Math.abs(direction[0] ?? 0));
    expect(Math.abs(direction[2] ?? 1)).toBeLessThan(1e-3);
  });
});
