/**
 * The real {@link Io}: this machine's files and sockets.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Gap } from "../plugin.ts";
import { openEventApi } from "./event_api.ts";
import { fileBlocks } from "./file_blocks.ts";
import { digestOf, statOf } from "./file_stat.ts";
import { listenHttp } from "./http.ts";
import type { Io, Kept } from "./io.ts";
import { keptInMemory } from "./kept.ts";
import { type ReadEnvironment, tail } from "./tail.ts";
import { openCounterQuery } from "./pdh.ts";
import { listenTcp } from "./tcp.ts";
import { listenUdp } from "./udp.ts";
import { wholeFiles } from "./whole_files.ts";

export interface IoOptions {
  /** Ends every reader and closes every socket. */
  readonly signal: AbortSignal;
  /** Files are read to their end as it is now, then the reading ends; default false. */
  readonly once?: boolean;
  /** Hears of files that vanished or were truncated unread, or may not be read. */
  readonly onGap?: (gap: Gap) => void;
  /** Wall clock in ms since the epoch. */
  readonly now?: () => number;
  /** Sleeps; wakes early when `signal` aborts. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Pause between looks at files that a plugin follows without saying one, in ms; default 200. */
  readonly pollMs?: number;
  /** Default: in memory. */
  readonly kept?: Kept;
}

/** Opens files and sockets to a plugin, until `signal` aborts or it is disposed. */
export function openIo(options: IoOptions): Io & AsyncDisposable {
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const environment: ReadEnvironment = {
    signal,
    once: options.once ?? false,
    now: options.now ?? Date.now,
    sleep: options.sleep ?? ((ms) => sleep(ms, signal)),
    onGap: options.onGap ?? (() => {}),
  };
  const poll = options.pollMs === undefined ? {} : { pollMs: options.pollMs };
  return {
    tail: (globs, from, tailOptions = {}) =>
      tail(environment, { globs, from, options: { ...poll, ...tailOptions } }),
    files: (globs, from, fileOptions = {}) =>
      wholeFiles(environment, { globs, from, options: fileOptions }),
    blocks: (globs, from, blockOptions = {}) =>
      fileBlocks(environment, { globs, from, options: blockOptions }),
    udp: (bind, listenOptions = {}) => listenUdp(bind, listenOptions, signal),
    tcp: (bind, listenOptions = {}) => listenTcp(bind, listenOptions, signal),
    http: (bind, httpOptions) => listenHttp(bind, httpOptions, signal),
    read: readSmall,
    list: listFolder,
    ...(process.platform === "win32" && { counters: (paths) => openCounterQuery(paths) }),
    events: () => openEventApi(),
    stat: statOf,
    digest: digestOf,
    kept: options.kept ?? keptInMemory(),
    [Symbol.asyncDispose]: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function readSmall(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = (): void => {
    clearTimeout(timer);
    resolve();
  };
  signal.addEventListener("abort", wake, { once: true });
  if (signal.aborted) wake();
  return promise.finally(() => signal.removeEventListener("abort", wake));
}
