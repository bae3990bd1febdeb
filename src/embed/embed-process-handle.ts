/** The parent's side of one embedding process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.ts';
import { giveWayToParent } from '../priority.ts';
import { processChannel, remote } from '../rpc.ts';
import type { EmbedService } from './embed-process.ts';
import type { Embeddings, EmbedInput, EmbedKind, SpanEmbedding, SpannedText, Token } from './embedder.ts';
import type { Runtime } from './encoder.ts';
import type { Chosen } from './open-encoder.ts';

export interface EmbedProcess {
  readonly pid: number;
  readonly runtime: Runtime;
  readonly alive: boolean;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  embed(inputs: readonly EmbedInput[], kind: EmbedKind): Promise<Embeddings>;
  embedSpans(texts: readonly SpannedText[], kind: EmbedKind): Promise<SpanEmbedding[]>;
  tokenize(texts: readonly string[], specialTokens: boolean): Promise<Token[][]>;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('./embed-process.js', import.meta.url));
const STOP_TIMEOUT_MS = 2_000;
/** A piece of work takes some 10 ms; a process that is silent for so long does not come back. */
const ANSWER_WITHIN_MS = 60_000;

export interface EmbedProcessOptions {
  /** A process that does not answer a call within it is killed: its call fails as if it had died. Default a minute. */
  answerWithinMs?: number | undefined;
  /** What another process of the same model has chosen; left out, this one chooses. */
  chosen?: Chosen | undefined;
}

/**
 * Resolves when the process has loaded the model and embedded a first text, so that no caller pays for either.
 * @throws AppError `model_invalid` when it cannot, `embedding_failed` when it dies on the way.
 */
export async function startEmbedProcess(
  modelDir: string,
  { answerWithinMs = ANSWER_WITHIN_MS, chosen }: EmbedProcessOptions = {},
): Promise<EmbedProcess> {
  const args = chosen === undefined ? [modelDir] : [modelDir, JSON.stringify(chosen)];
  const child = fork(ENTRY, args, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  if (child.pid !== undefined) giveWayToParent(child.pid);
  const service = remote<EmbedService>(
    processChannel(child),
    (reason) => new AppError('embedding_failed', `an embedding process stopped: ${reason}`, { retryAfterS: 1 }),
  );
  let alive = true;
  const ended = once(child, 'exit').then(() => {
    alive = false;
  });
  child.once('disconnect', () => {
    alive = false;
  });

  function answered<T>(call: Promise<T>): Promise<T> {
    const hung = setTimeout(() => child.kill('SIGKILL'), answerWithinMs);
    return call.finally(() => clearTimeout(hung));
  }

  async function stop(): Promise<void> {
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  let runtime: Runtime;
  try {
    [runtime] = await answered(Promise.all([service.runtime(), service.embed(['warm-up'], 'query')]));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    // Undefined only where the fork failed, which the first call above reports.
    pid: child.pid ?? 0,
    runtime,
    get alive() {
      return alive;
    },
    ended,
    embed: (inputs, kind) => answered(service.embed(inputs, kind)),
    embedSpans: (texts, kind) => answered(service.embedSpans(texts, kind)),
    tokenize: (texts, specialTokens) => answered(service.tokenize(texts, specialTokens)),
    stop,
  };
}
