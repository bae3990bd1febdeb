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

  function call(method: (...args: unknown[]) => unknown, target: object, args: unknown[]): unknown {
    const generation = current;
    generation.calls++;
    let result: unknown;
    try {
      result = method.apply(target, args);
    } catch (error) {
      end(generation);
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => end(generation));
    end(generation);
    return result;
  }

  return {
    part<K extends keyof T>(name: K): T[K] {
      return new Proxy({} as T[K], {
        get(_, property) {
          const target = current.value[name];
          const value: unknown = Reflect.get(target, property, target);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => call(value as (...args: unknown[]) => unknown, target, args);
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
