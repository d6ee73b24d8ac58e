/**
 * Runs a tail in a test: over real files, by a clock of its own.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Gap } from "../plugin.ts";
import type { TailChunk, TailCursor, TailOptions } from "./io.ts";
import { tail } from "./tail.ts";

const decoder = new TextDecoder();

/** What a tail gave. */
export interface Heard {
  readonly lines: string[];
  readonly chunks: TailChunk[];
  readonly gaps: Gap[];
  cursor: TailCursor;
}

export interface Follow {
  readonly globs: readonly string[];
  readonly from?: TailCursor;
  readonly options?: TailOptions;
  readonly once?: boolean;
  /** What happens to the files each time the tail has nothing to do; after the last it ends. */
  readonly steps?: readonly (() => void)[];
  /** So long ago the files were written, in ms. */
  readonly age?: number;
  /** Leave after so many chunks. */
  readonly most?: number;
}

/** Follows files whose changes are steps, by a clock that moves when the tail sleeps. */
export async function follow(run: Follow): Promise<Heard> {
  const heard: Heard = { lines: [], chunks: [], gaps: [], cursor: run.from ?? {} };
  const stop = new AbortController();
  const steps = [...run.steps ?? []];
  let now = Date.now() + (run.age ?? 0);
  const environment = {
    signal: stop.signal,
    once: run.once ?? false,
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      const step = steps.shift();
      if (step === undefined) stop.abort();
      else step();
      return Promise.resolve();
    },
    onGap: (gap: Gap) => void heard.gaps.push(gap),
  };
  const request = { globs: run.globs, from: heard.cursor, options: run.options ?? {} };
  for await (const chunk of tail(environment, request)) {
    heard.chunks.push({ ...chunk, bytes: new Uint8Array(chunk.bytes) });
    const text = decoder.decode(chunk.bytes);
    heard.lines.push(...text.replace(/\n$/, "").split("\n"));
    heard.cursor = chunk.cursor;
    if (heard.chunks.length === run.most) break;
  }
  return heard;
}

/** A folder that is removed after the test. */
export function folder(t: { after(fn: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), "custos-tail-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Time enough for a file without a path to be taken as ended. */
export const wait = (polls: number): (() => void)[] =>
  Array.from({ length: polls }, () => () => {});
