import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import type { Gap } from "../plugin.ts";
import type { TailCursor } from "./io.ts";
import { folder, follow, wait } from "./tail_run.ts";

interface Absence {
  readonly name: string;
  readonly glob: string;
  readonly meanwhile: (log: string) => void;
  readonly lines: readonly string[];
  readonly gaps?: readonly Gap["reason"][];
}

const absences: readonly Absence[] = [
  {
    name: "renamed, with lines that were not read",
    glob: "app.log",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      renameSync(log, `${log}.1`);
      writeFileSync(log, "4\n");
    },
    lines: ["3", "4"],
  },
  {
    name: "copied and truncated, with lines that were not read",
    glob: "app.log*",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      copyFileSync(log, `${log}.1`);
      writeFileSync(log, "4\n");
    },
    lines: ["3", "4"],
  },
  {
    name: "deleted",
    glob: "app.log",
    meanwhile: (log) => {
      unlinkSync(log);
      writeFileSync(log, "4\n");
    },
    lines: ["4"],
    gaps: ["rotated-away"],
  },
  {
    name: "written anew, longer",
    glob: "app.log",
    meanwhile: (log) => writeFileSync(log, "other\nlines\n"),
    lines: ["other", "lines"],
    gaps: ["truncated"],
  },
  { name: "left alone", glob: "app.log", meanwhile: () => {}, lines: [] },
];

for (const { name, glob, meanwhile, lines, gaps = [] } of absences) {
  test(`tail() resumes after its file was ${name}`, async (t) => {
    const at = folder(t);
    const log = join(at, "app.log");
    writeFileSync(log, "1\n2\n");
    const first = await follow({ globs: [join(at, glob)] });
    assert.deepEqual(first.lines, ["1", "2"]);
    meanwhile(log);
    const steps = wait(60);
    const second = await follow({ globs: [join(at, glob)], from: first.cursor, steps });
    assert.deepEqual(second.lines.toSorted(), lines.toSorted());
    // A file system that gives a new file the inode and the birth of a deleted one makes them one.
    const reasons = second.gaps.map(({ reason }) =>
      reason === "truncated" && gaps?.includes("rotated-away") ? "rotated-away" : reason
    );
    assert.deepEqual(reasons, gaps);
  });
}

test("tail() resumes at every chunk without losing or repeating a line", async () => {
  const line = fc.string({ minLength: 1, maxLength: 12, unit: "binary" })
    .map((text) => text.replaceAll(/[\n\uD800-\uDFFF]/g, "_"));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      async (files, chunkBytes) => {
        const at = mkdtempSync(join(tmpdir(), "custos-tail-"));
        for (const [i, lines] of files.entries()) {
          writeFileSync(join(at, `${i}.log`), lines.map((text) => `${text}\n`).join(""));
        }
        const options = { chunkBytes, maxLineBytes: 48 };
        const globs = [join(at, "*.log")];
        const all: string[] = [];
        let from: TailCursor = {};
        for (;;) {
          const next = await follow({ globs, from, options, most: 1 });
          if (next.chunks.length === 0) break;
          all.push(...next.lines);
          from = next.cursor;
        }
        rmSync(at, { recursive: true });
        assert.deepEqual(all.toSorted(), files.flat().toSorted());
      },
    ),
    { numRuns: 25 },
  );
});

test("tail() resumes within 3 KiB of cursor however many files matched", async (t) => {
  const at = folder(t);
  const names = Array.from({ length: 2_000 }, (_, i) => `${String(i).padStart(4, "0")}.log`);
  for (const [i, name] of names.entries()) {
    writeFileSync(join(at, name), `${name}\n`);
    utimesSync(join(at, name), 1_000_000 + i, 1_000_000 + i);
  }
  const globs = [join(at, "*.log")];
  const age = 60_000;
  const first = await follow({ globs, most: 700, age });
  const size = Math.max(...first.chunks.map((chunk) => JSON.stringify(chunk.cursor).length));
  assert.ok(size <= 3072, `${size} bytes`);
  const second = await follow({ globs, from: first.cursor, most: 900, age });
  const third = await follow({ globs, from: second.cursor });
  assert.deepEqual([first, second, third].flatMap((run) => run.lines).toSorted(), names);
  appendFileSync(join(at, names[1_990]!), "more\n");
  writeFileSync(join(at, "new.log"), "new\n");
  const last = await follow({ globs, from: third.cursor });
  assert.deepEqual(last.lines.toSorted(), ["more", "new"]);
  assert.equal(statSync(join(at, "new.log")).size, 4);
});

test("tail() behind by 500 files reads each once, though all are renamed while nobody looks", async (t) => {
  const at = folder(t);
  const log = join(at, "log");
  const count = 980;
  for (let n = 1; n <= count; n++) {
    writeFileSync(`${log}.${n}`, `${n}\n`);
    utimesSync(`${log}.${n}`, 1_000_000 - n, 1_000_000 - n);
  }
  writeFileSync(log, "0\n");
  const globs = [`${log}*`];
  const age = 7_200_000;
  const first = await follow({ globs, most: 480, age });
  for (let n = count; n >= 1; n--) renameSync(`${log}.${n}`, `${log}.${n + 1}`);
  renameSync(log, `${log}.1`);
  const second = await follow({ globs, from: first.cursor, most: 200, age });
  const third = await follow({ globs, from: second.cursor });
  const runs = [first, second, third];
  assert.deepEqual(runs.flatMap(({ gaps }) => gaps), []);
  const written = Array.from({ length: count + 1 }, (_, n) => `${n}`);
  assert.deepEqual(runs.flatMap(({ lines }) => lines).toSorted(), written.toSorted());
});

/** Random numbers from 0 to 1, the same each time. */
function drawer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** What a run gave, and whether it told of a loss. */
async function resumeAmid(t: TestContext, count: number, random: () => number) {
  const at = folder(t);
  const names = Array.from({ length: count }, (_, i) => join(at, `${i}.log`));
  const written: string[] = [];
  const append = (name: string): void => {
    const line = `${written.length}`;
    written.push(line);
    appendFileSync(name, `${line}\n`);
  };
  for (const name of names) for (let k = 0; k < 3; k++) append(name);
  const heard: string[] = [];
  const gaps: Gap[] = [];
  let from: TailCursor = {};
  const globs = [join(at, "*.log")];
  const options = { chunkBytes: 8, maxLineBytes: 7 };
  for (let crash = 0; crash < 4; crash++) {
    const most = 1 + Math.floor(random() * count * 2);
    const steps = wait(1);
    const run = await follow({ globs, options, from, most, steps, age: 60_000 });
    heard.push(...run.lines);
    gaps.push(...run.gaps);
    from = run.cursor;
    for (const name of names) if (random() < 0.4) append(name);
    const renamed = Math.floor(random() * count);
    renameSync(names[renamed]!, `${names[renamed]!}.log`);
    names[renamed] = `${names[renamed]!}.log`;
  }
  const last = await follow({ globs, options, from, steps: wait(60), age: 60_000 });
  heard.push(...last.lines);
  gaps.push(...last.gaps);
  return { written, heard, gaps };
}

for (const count of [150, 300]) {
  test(`tail() resumes exactly amid ${count} files that all grow`, async (t) => {
    const { written, heard, gaps } = await resumeAmid(t, count, drawer(count));
    assert.deepEqual(heard.toSorted(), written.toSorted());
    assert.deepEqual(gaps, []);
  });
}

test("tail() amid 450 files that all grow repeats no line, and loses none in silence", async (t) => {
  const { written, heard, gaps } = await resumeAmid(t, 450, drawer(1));
  const known = new Set(heard);
  assert.equal(known.size, heard.length);
  const lost = written.filter((line) => !known.has(line));
  assert.ok(lost.length > 0 && gaps.length > 0);
});

test("tail() amid many files reports one that was moved in, and reads one that is new", async (t) => {
  const at = folder(t);
  const elsewhere = join(folder(t), "old.log");
  writeFileSync(elsewhere, "moved\n");
  utimesSync(elsewhere, 1, 1);
  for (let i = 0; i < 600; i++) {
    writeFileSync(join(at, `${i}.log`), `${i}\n`);
  }
  const globs = [join(at, "*.log")];
  const { lines, cursor } = await follow({ globs });
  assert.equal(lines.length, 600);
  // Files of the last second cannot be told from files that have changed since.
  const before = await follow({ globs, from: cursor });
  renameSync(elsewhere, join(at, "old.log"));
  writeFileSync(join(at, "new.log"), "new\n");
  const after = await follow({ globs, from: cursor });
  assert.deepEqual([before.lines, after.lines], [[], ["new"]]);
  const [unknown, withMoved] = [before, after].map(({ gaps }) => parseInt(gaps[0]?.detail ?? ""));
  assert.equal(withMoved, unknown! + 1);
});
