/**
 * What the hub needs of the machine: time, randomness, files, names. Wired in `hub.ts` callers only.
 *
 * @module
 */
import type { Log } from "../sdk/log.ts";
import type { Files } from "../sdk/runtime/files.ts";

/** The world outside, as arguments. */
export interface HubEnv {
  /** Wall clock, ms since the Unix epoch. */
  now(): number;
  /** Runs `run` after `ms`; gives what cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Resolves when others have had a turn. */
  pause(): Promise<void>;
  random(bytes: number): Uint8Array<ArrayBuffer>;
  readonly files: Files;
  /** All addresses of a host name. */
  resolve(host: string): Promise<readonly string[]>;
  /** The log of one part. */
  log(part: string): Log;
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export function sleep(env: Pick<HubEnv, "after">, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = env.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Calls `work` every `ms` after it has ended, until `signal` aborts; what it throws ends it. */
export async function every(
  env: Pick<HubEnv, "after">,
  options: { readonly ms: number; readonly signal: AbortSignal },
  work: () => Promise<void> | void,
): Promise<void> {
  while (!options.signal.aborted) {
    await work();
    await sleep(env, options.ms, options.signal);
  }
}
