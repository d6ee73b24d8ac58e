import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Gap } from "../plugin.ts";
import type { TailChunk, TailCursor, TailOptions } from "./io.ts";
import { tail } from "./tail.ts";

const decoder = new TextDecoder();

interface Heard {
  readonly lines: string[];
  readonly chunks: TailChunk[];
  readonly gaps: Gap[];
  cursor: TailCursor;
}

interface Follow {
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

async function follow(run: Follow): Promise<Heard> {
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
    heard.chunks.push({ ...chunk, bytes: chunk.bytes.slice() });
    const text = decoder.decode(chunk.bytes);
    heard.lines.push(...text.replace(/\n$/, "").split("\n"));
    heard.cursor = chunk.cursor;
    if (heard.chunks.length === run.most) break;
  }
  return heard;
}

function folder(t: { after(fn: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), "custos-tail-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Time enough for a file without a path to be taken as ended. */
const wait = (polls: number): (() => void)[] => Array.from({ length: polls }, () => () => {});

interface Rotation {
  readonly name: string;
  readonly glob: string;
  readonly steps: (log: string) => readonly (() => void)[];
  readonly lines: readonly string[];
  /** Two files change in the same millisecond. */
  readonly anyOrder?: true;
  readonly gaps?: readonly Gap["reason"][];
}

const rotations: readonly Rotation[] = [
  {
    name: "growth",
    glob: "app.log",
    steps: (log) => [() => appendFileSync(log, "3\n")],
    lines: ["1", "2", "3"],
  },
  {
    name: "a line that comes in two halves",
    glob: "app.log",
    steps: (log) => [() => appendFileSync(log, "ha"), () => appendFileSync(log, "lf\n")],
    lines: ["1", "2", "half"],
  },
  {
    name: "rename, the old one written on before and after the new one begins",
    glob: "app.log",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        renameSync(log, `${log}.1`);
        appendFileSync(`${log}.1`, "4\n");
      },
      () => writeFileSync(log, "5\n"),
      () => appendFileSync(`${log}.1`, "4b\n"),
      ...wait(30),
    ],
    lines: ["1", "2", "3", "4", "4b", "5"],
    anyOrder: true,
  },
  {
    name: "rename, the last line of the old one without LF",
    glob: "app.log",
    steps: (log) => [
      () => appendFileSync(log, "3"),
      () => {
        renameSync(log, `${log}.1`);
        writeFileSync(log, "4\n");
      },
      ...wait(30),
    ],
    lines: ["1", "2", "4", "3"],
  },
  {
    name: "rename to a name that matches too",
    glob: "app.log*",
    steps: (log) => [
      () => {
        renameSync(log, `${log}.1`);
        writeFileSync(log, "3\n");
      },
      () => appendFileSync(`${log}.1`, "4\n"),
      ...wait(30),
    ],
    lines: ["1", "2", "3", "4"],
    anyOrder: true,
  },
  {
    name: "deletion while it is open",
    glob: "app.log",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        unlinkSync(log);
      },
      ...wait(30),
    ],
    lines: ["1", "2", "3"],
  },
  {
    name: "copytruncate, the copy not matched",
    glob: "app.log",
    steps: (log) => [
      () => {
        copyFileSync(log, `${log}.1`);
        truncateSync(log);
      },
      () => appendFileSync(log, "3\n"),
      ...wait(30),
    ],
    lines: ["1", "2", "3"],
  },
  {
    name: "copytruncate, the copy matched, with a line that was not read yet",
    glob: "app.log*",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        copyFileSync(log, `${log}.1`);
      },
      () => {
        truncateSync(log);
        appendFileSync(log, "4\n");
      },
      ...wait(30),
    ],
    lines: ["1", "2", "3", "4"],
  },
  {
    name: "copytruncate at once, the copy matched, with a line that was not read yet",
    glob: "app.log*",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        copyFileSync(log, `${log}.1`);
        truncateSync(log);
        appendFileSync(log, "4\n");
      },
      ...wait(30),
    ],
    lines: ["1", "2", "3", "4"],
    anyOrder: true,
  },
  {
    name: "truncation and new content that is longer than the old",
    glob: "app.log",
    steps: (log) => [() => writeFileSync(log, "new 1\nnew 2\nnew 3\n"), ...wait(30)],
    lines: ["1", "2", "new 1", "new 2", "new 3"],
  },
  {
    name: "new content of the same size",
    glob: "app.log",
    steps: (log) => [
      () => {
        writeFileSync(log, "7\n8\n");
        utimesSync(log, 1, 2_000_000_000);
      },
      ...wait(30),
    ],
    lines: ["1", "2", "7", "8"],
  },
  {
    name: "truncation of bytes that were not read",
    glob: "app.log",
    steps: (log) => [() => appendFileSync(log, "torn"), () => truncateSync(log), ...wait(30)],
    lines: ["1", "2"],
    gaps: ["truncated"],
  },
  {
    name: "an inode that is used again",
    glob: "app.log",
    steps: (log) => [
      () => {
        unlinkSync(log);
        writeFileSync(log, "3\n");
      },
      ...wait(30),
    ],
    lines: ["1", "2", "3"],
  },
  {
    name: "rename and compression, with a line that was not read yet",
    glob: "app.log*",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        renameSync(log, `${log}.1`);
        writeFileSync(log, "4\n");
      },
      () => writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(`${log}.1`))),
      () => unlinkSync(`${log}.1`),
      ...wait(40),
    ],
    lines: ["1", "2", "3", "4"],
    anyOrder: true,
  },
  {
    name: "rename and compression between two looks, with a line that was not read yet",
    glob: "app.log*",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
        unlinkSync(log);
        writeFileSync(log, "4\n");
      },
      ...wait(40),
    ],
    lines: ["1", "2", "3", "4"],
    anyOrder: true,
  },
  {
    name: "two files with the same content, neither a copy",
    glob: "app.log*",
    steps: (log) => [() => copyFileSync(log, `${log}.b`), ...wait(30)],
    lines: ["1", "2", "1", "2"],
  },
];

for (const { name, glob, steps, lines, gaps = [], anyOrder } of rotations) {
  test(`tail() gives each line once through ${name}`, async (t) => {
    const at = folder(t);
    const log = join(at, "app.log");
    writeFileSync(log, "1\n2\n");
    const heard = await follow({ globs: [join(at, glob)], steps: steps(log) });
    assert.deepEqual(anyOrder ? heard.lines.toSorted() : heard.lines, lines);
    assert.deepEqual(heard.gaps.map((gap) => gap.reason), gaps);
  });
}

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

for (const [how, age] of [["an open file", 10_000], ["a file closed as quiet", 120_000]] as const) {
  test(`tail() reads ${how} once although some looks miss it`, async (t) => {
    const at = folder(t);
    const elsewhere = folder(t);
    writeFileSync(join(at, "a.log"), "1\n2\n");
    const away = (): void => renameSync(join(at, "a.log"), join(elsewhere, "a.log"));
    const back = (): void => renameSync(join(elsewhere, "a.log"), join(at, "a.log"));
    const grow = (): void => appendFileSync(join(at, "a.log"), "3\n");
    const steps = [...wait(30), away, back, ...wait(2), away, ...wait(2), back, grow, ...wait(1)];
    const { lines, gaps } = await follow({ globs: [join(at, "*.log")], steps, age });
    assert.deepEqual(lines, ["1", "2", "3"]);
    assert.deepEqual(gaps, []);
  });
}

test("tail() reports a file that vanished before it was read", async (t) => {
  const at = folder(t);
  writeFileSync(join(at, "a.log"), "1\n2\n");
  utimesSync(join(at, "a.log"), 1, 1);
  writeFileSync(join(at, "b.log"), "3\n");
  const options = { chunkBytes: 2, maxLineBytes: 1 };
  const globs = [join(at, "*.log")];
  const first = await follow({ globs, options, most: 1 });
  unlinkSync(join(at, first.chunks[0]!.file.endsWith("a.log") ? "a.log" : "b.log"));
  const second = await follow({ globs, options, from: first.cursor });
  assert.deepEqual(second.gaps.map((gap) => gap.reason), ["rotated-away"]);
});

test("tail() cuts a line over the limit, says its length and goes on after it", async (t) => {
  const at = folder(t);
  const log = join(at, "app.log");
  writeFileSync(log, `a\n${"x".repeat(100)}\nb\n${"y".repeat(10)}\n${"z".repeat(9000)}`);
  const options = { chunkBytes: 64, maxLineBytes: 10 };
  const steps = [() => appendFileSync(log, "z"), () => appendFileSync(log, "z\nend\n")];
  const { chunks, lines } = await follow({ globs: [log], options, steps });
  assert.deepEqual(lines, ["a", "x".repeat(10), "b", "y".repeat(10), "z".repeat(10), "end"]);
  assert.deepEqual(chunks.flatMap((chunk) => chunk.cut?.lineBytes ?? []), [100, 9002]);
});

test("tail() in once mode gives a last line without LF and ends", async (t) => {
  const at = folder(t);
  writeFileSync(join(at, "a.log"), "1\n2");
  writeFileSync(join(at, "b.log"), "");
  writeFileSync(join(at, "c.log"), "3\n");
  const { lines } = await follow({ globs: [join(at, "*.log")], once: true });
  assert.deepEqual(lines.toSorted(), ["1", "2", "3"]);
});

test("tail() starts at the end of files when told to", async (t) => {
  const at = folder(t);
  const log = join(at, "app.log");
  writeFileSync(log, "1\n2\nha");
  const steps = [() => appendFileSync(log, "lf\n3\n")];
  const { lines } = await follow({ globs: [log], options: { startAt: "now" }, steps });
  assert.deepEqual(lines, ["half", "3"]);
});

test("tail() keeps the identity of a file through renames and changes it with its content", async (t) => {
  const at = folder(t);
  const log = join(at, "app.log");
  writeFileSync(log, "1\n");
  const steps = [
    () => renameSync(log, `${log}.1`),
    () => appendFileSync(`${log}.1`, "2\n"),
    () => truncateSync(`${log}.1`),
    () => appendFileSync(`${log}.1`, "3\n"),
  ];
  const { chunks } = await follow({ globs: [`${log}*`], steps });
  const [first, second, third] = chunks.map((chunk) => chunk.fileId);
  assert.equal(chunks.length, 3);
  assert.equal(first, second);
  assert.notEqual(second, third);
});

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

test("tail gives a chunk without bytes when nothing was read for so long, and not before", async (t) => {
  const file = join(folder(t), "a");
  writeFileSync(file, "1\n");
  const steps = [...wait(4), () => appendFileSync(file, "2\n"), ...wait(4)];
  const { chunks } = await follow({ globs: [file], options: { pollMs: 100, idleMs: 300 }, steps });
  assert.deepEqual(chunks.map(({ bytes }) => bytes.length), [2, 0, 2, 0]);
  const quiet = await follow({ globs: [file], options: { pollMs: 100 }, steps: wait(9) });
  assert.equal(quiet.chunks.length, 1);
});
