import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import type { Gap } from "../plugin.ts";
import { fileBlocks } from "./file_blocks.ts";
import type { FileBlock, TailCursor } from "./io.ts";

interface Run {
  readonly from?: TailCursor;
  readonly once?: boolean;
  /** Called at each pause, in order; then the reading ends. */
  readonly steps?: readonly (() => void)[];
  /** How many bytes of a block are taken; default all. */
  readonly take?: (block: FileBlock) => number;
  readonly stopAfter?: number;
}

interface Seen {
  readonly texts: readonly string[];
  readonly ids: readonly string[];
  readonly more: readonly boolean[];
  readonly cursor: TailCursor;
  readonly gaps: readonly Gap[];
}

async function read(path: string, run: Run = {}): Promise<Seen> {
  const stop = new AbortController();
  const steps = [...run.steps ?? []];
  const seen = {
    texts: [] as string[],
    ids: [] as string[],
    more: [] as boolean[],
    gaps: [] as Gap[],
  };
  let now = Date.now();
  let cursor = run.from ?? {};
  const environment = {
    signal: stop.signal,
    once: run.once ?? true,
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      const step = steps.shift();
      if (step === undefined) stop.abort();
      else step();
      return Promise.resolve();
    },
    onGap: (gap: Gap) => void seen.gaps.push(gap),
  };
  const request = { globs: [path], from: cursor, options: { blockBytes: 4 } };
  for await (const block of fileBlocks(environment, request)) {
    const bytes = run.take?.(block) ?? block.bytes.length;
    seen.texts.push(new TextDecoder().decode(block.bytes));
    seen.ids.push(block.fileId);
    block.take(bytes);
    seen.more.push(block.hasMore);
    cursor = block.cursor();
    if (seen.texts.length === run.stopAfter) break;
  }
  return { ...seen, cursor };
}

function file(t: { after(fn: () => void): void }, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "custos-blocks-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "a.bin");
  writeFileSync(path, content);
  return path;
}

test("blocks() begins each block behind what was taken of the one before", async (t) => {
  const path = file(t, "abcdefghij");
  const { texts } = await read(path, { take: ({ bytes, isLast }) => isLast ? bytes.length : 3 });
  assert.deepEqual(texts, ["abcd", "defg", "ghij"]);
});

test("blocks() goes on where its cursor says, if the file is the same", async (t) => {
  const path = file(t, "abcdefghij");
  const { cursor } = await read(path, { stopAfter: 1 });
  assert.deepEqual((await read(path, { from: cursor })).texts, ["efgh", "ij"]);
  writeFileSync(path, "ABCDEFGHIJ");
  assert.deepEqual((await read(path, { from: cursor })).texts, ["ABCD", "EFGH", "IJ"]);
});

test("blocks() gives nothing again of a file that has not changed", async (t) => {
  const path = file(t, "abc");
  const { cursor } = await read(path);
  assert.deepEqual((await read(path, { from: cursor })).texts, []);
});

test("blocks() waits until a file has settled, and begins again when it changes", async (t) => {
  const path = file(t, "abc");
  const change = (): void => {
    appendFileSync(path, "d");
    utimesSync(path, 1, 1);
  };
  const idle = (): void => {};
  const steps = [idle, idle, idle, change, idle];
  const { texts, ids } = await read(path, { once: false, steps });
  assert.deepEqual(texts, ["abc", "abcd"]);
  assert.equal(ids[1], `${ids[0]}~1`);
});

test("blocks() does not give what a last block leaves until the file changes", async (t) => {
  const path = file(t, "abc");
  const idle = (): void => {};
  const run = { once: false, steps: [idle, idle, idle, idle, idle], take: () => 1 };
  assert.deepEqual((await read(path, run)).texts, ["abc"]);
});

test("blocks() tells whether more follows, and keeps its word when a file is gone", async (t) => {
  const path = file(t, "abcdef");
  const other = join(dirname(path), "b.bin");
  writeFileSync(other, "gh");
  utimesSync(other, 4e9, 4e9);
  const all = join(dirname(path), "*.bin");
  assert.deepEqual((await read(all)).more, [true, true, false]);
  const remove = ({ bytes, isLast }: FileBlock): number => {
    if (isLast) rmSync(other, { force: true });
    return bytes.length;
  };
  const { texts, more } = await read(all, { take: remove });
  assert.deepEqual(texts, ["abcd", "ef", ""]);
  assert.deepEqual(more, [true, true, false]);
});

test("blocks() throws where its reader takes nothing, or more than there is", async (t) => {
  const path = file(t, "abcdefghij");
  await assert.rejects(read(path, { take: () => 0 }), TypeError);
  await assert.rejects(read(path, { take: () => 5 }), RangeError);
});

test("blocks() gives what a compressed file holds that is read once, and leaves it out else", async (t) => {
  const path = `${file(t, "")}.gz`;
  writeFileSync(path, gzipSync("abcdefghij"));
  const all = join(dirname(path), "*.gz");
  const take = ({ bytes, isLast }: FileBlock): number => isLast ? bytes.length : 3;
  assert.deepEqual((await read(all, { take })).texts, ["abcd", "defg", "ghij"]);
  for (const run of [{ once: false, steps: [() => {}, () => {}] }, {}]) {
    const { texts, gaps } = await read(run.once === false ? all : join(dirname(path), "a*"), run);
    assert.deepEqual(texts, []);
    assert.deepEqual(gaps.map(({ detail }) => detail), ["1 compressed files are not read"]);
  }
});
