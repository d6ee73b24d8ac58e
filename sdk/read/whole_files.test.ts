import assert from "node:assert/strict";
import { mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Gap } from "../plugin.ts";
import type { TailCursor, WholeFile } from "./io.ts";
import { wholeFiles, type WholeFilesRequest } from "./whole_files.ts";

interface Run {
  readonly globs: readonly string[];
  readonly from?: TailCursor;
  readonly options?: WholeFilesRequest["options"];
  readonly once?: boolean;
  readonly steps?: readonly (() => void)[];
  /** So long ago the files were written, in ms. */
  readonly age?: number;
}

interface Heard {
  readonly texts: readonly string[];
  readonly files: readonly WholeFile[];
  readonly gaps: readonly Gap[];
  readonly cursor: TailCursor;
}

async function read(run: Run): Promise<Heard> {
  const files: WholeFile[] = [];
  const gaps: Gap[] = [];
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
    onGap: (gap: Gap) => void gaps.push(gap),
  };
  const request = { globs: run.globs, from: run.from ?? {}, options: run.options ?? {} };
  for await (const file of wholeFiles(environment, request)) files.push(file);
  const texts = files.map(({ bytes }) => new TextDecoder().decode(bytes));
  return { texts, files, gaps, cursor: files.at(-1)?.cursor ?? request.from };
}

function folder(t: { after(fn: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), "custos-files-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const wait = (polls: number): (() => void)[] => Array.from({ length: polls }, () => () => {});

test("files() gives a file once it has not changed for a while", async (t) => {
  const at = join(folder(t), "a.json");
  writeFileSync(at, "half");
  const options = { pollMs: 1_000, settleMs: 2_500 };
  const early = await read({ globs: [at], options, steps: wait(1) });
  assert.deepEqual(early.texts, []);
  const steps = [() => writeFileSync(at, "whole"), ...wait(6)];
  assert.deepEqual((await read({ globs: [at], options, steps })).texts, ["whole"]);
});

test("files() gives a file that changes again, under a new identity", async (t) => {
  const at = join(folder(t), "a.json");
  writeFileSync(at, "one");
  const change = (): void => {
    writeFileSync(at, "two");
    utimesSync(at, 1, 1);
  };
  const { texts, files } = await read({ globs: [at], steps: [...wait(4), change, ...wait(4)] });
  assert.deepEqual(texts, ["one", "two"]);
  assert.notEqual(files[0]?.fileId, files[1]?.fileId);
});

test("files() resumes without what was given", async (t) => {
  const at = folder(t);
  for (const name of ["a", "b"]) writeFileSync(join(at, name), name);
  const globs = [join(at, "*")];
  const first = await read({ globs, once: true });
  assert.deepEqual(first.texts.toSorted(), ["a", "b"]);
  unlinkSync(join(at, "a"));
  writeFileSync(join(at, "b"), "b, changed");
  writeFileSync(join(at, "c"), "c");
  const second = await read({ globs, once: true, from: first.cursor });
  assert.deepEqual(second.texts.toSorted(), ["b, changed", "c"]);
});

test("files() reports a file over its limit and goes on", async (t) => {
  const at = folder(t);
  writeFileSync(join(at, "a"), "too long");
  writeFileSync(join(at, "b"), "ok");
  const run = { globs: [join(at, "*")], once: true, options: { maxBytes: 4 } };
  const { texts, gaps } = await read(run);
  assert.deepEqual(texts, ["ok"]);
  assert.deepEqual(gaps.map((gap) => gap.reason), ["other"]);
});

test("files() resumes within 3 KiB of cursor however many files matched", async (t) => {
  const at = folder(t);
  for (let i = 0; i < 500; i++) writeFileSync(join(at, `${i}.json`), `${i}`);
  const globs = [join(at, "*")];
  const age = 60_000;
  const first = await read({ globs, once: true, age });
  assert.ok(first.files.every(({ cursor }) => JSON.stringify(cursor).length <= 3072));
  for (const stop of [1, 250, 499]) {
    const from = first.files[stop]!.cursor;
    const second = await read({ globs, once: true, from, age });
    const all = [...first.texts.slice(0, stop + 1), ...second.texts];
    assert.deepEqual(all.toSorted(), first.texts.toSorted());
  }
});

test("files() gives what a compressed file holds that a glob names, once", async (t) => {
  const at = folder(t);
  writeFileSync(join(at, "a.zst"), zstdCompressSync("content"));
  writeFileSync(join(at, "b.gz"), gzipSync("cut off").subarray(0, -9));
  writeFileSync(join(at, "c.bz2"), "BZh9");
  const globs = ["*.zst", "*.gz", "*"].map((glob) => join(at, glob));
  const { texts, gaps, cursor } = await read({ globs, steps: wait(5) });
  assert.deepEqual(texts.toSorted(), ["content", "cut off".slice(0, texts[1]?.length)].toSorted());
  assert.deepEqual(gaps.map(({ reason }) => reason), ["other", "truncated"]);
  assert.deepEqual((await read({ globs, from: cursor, steps: wait(5) })).texts, []);
  const small = await read({ globs: [join(at, "*.zst")], options: { maxBytes: 6 }, once: true });
  assert.deepEqual([small.texts, small.gaps.map(({ reason }) => reason)], [[], ["other"]]);
});
