/** Something with many users that is replaced while they go on: each call goes to the one that is current when it begins. */
export interface Swap<T extends object> {
  /** Stands for one part of whichever is current. */
  part<K extends keyof T>(name: K): T[K];
  readonly current: T;
  /** Resolves when the last call to the one before has ended. */
  replace(next: T): Promise<void>;
}

interface Generation<T> {
  value: T;
  calls: number;
  /** Called when a replaced one has no call under way. */
  drained: (() => void) | undefined;
}

export function createSwap<T extends { [K in keyof T]: object }>(first: T): Swap<T> {
  let current: Generation<T> = { value: first, calls: 0, drained: undefined };

  function end(generation: Generation<T>): void {
    generation.calls--;
    if (generation.calls === 0) generation.drained?.();
  }

  function call(name: keyof T, property: string | symbol, args: unknown[]): unknown {
    const generation = current;
    const target = generation.value[name];
    const method = Reflect.get(target, property, target) as (...args: unknown[]) => unknown;
    generation.calls++;
    let result: unknown;
    try {
      result = method.apply(target, args);
    } catch (error) {
      end(generation);
      throw error;
    }
    if (result instanceof Promise) return ended(result, generation);
    end(generation);
    return result;
  }

  async function ended(result: Promise<unknown>, generation: Generation<T>): Promise<unknown> {
    try {
      return await result;
    } finally {
      end(generation);
    }
  }

  return {
    part<K extends keyof T>(name: K): T[K] {
      const calls = new Map<string | symbol, (...args: unknown[]) => unknown>();
      return new Proxy({} as T[K], {
        get(_, property) {
          const target = current.value[name];
          const value: unknown = Reflect.get(target, property, target);
          if (typeof value !== 'function') return value;
          let known = calls.get(property);
          if (known === undefined) {
            known = (...args) => call(name, property, args);
            calls.set(property, known);
          }
          return known;
        },
      });
    },
    get current() {
      return current.value;
    },
    async replace(next) {
      const before = current;
      current = { value: next, calls: 0, drained: undefined };
      if (before.calls === 0) return;
      await new Promise<void>((resolve) => {
        before.drained = resolve;
      });
    },
  };
}
