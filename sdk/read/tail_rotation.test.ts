import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import type { Gap } from "../plugin.ts";
import { folder, follow, wait } from "./tail_run.ts";

interface Rotation {
  readonly name: string;
  readonly glob: string;
  readonly steps: (log: string) => readonly (() => void)[];
  readonly lines: readonly string[];
  /** Two files change in the same millisecond. */
  readonly anyOrder?: true;
  readonly gaps?: readonly Gap["reason"][];
}

/** As much as a file is known by at its beginning. */
const HEAD = `#${"x".repeat(1_200)}\n`;

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
    name: "two files of the same size with the same first bytes",
    glob: "app.log*",
    steps: (log) => [
      () => {
        writeFileSync(`${log}.a`, `${HEAD}a\n`);
        writeFileSync(`${log}.b`, `${HEAD}b\n`);
      },
      ...wait(30),
    ],
    lines: [HEAD.trim(), HEAD.trim(), "1", "2", "a", "b"],
    anyOrder: true,
  },
  {
    name: "a new file with the first bytes and the name of the old one",
    glob: "app.log",
    steps: (log) => [
      () => writeFileSync(log, `${HEAD}old\n`),
      ...wait(2),
      () => {
        renameSync(log, `${log}.1`);
        writeFileSync(log, `${HEAD}new\n`);
      },
      ...wait(30),
    ],
    lines: [HEAD.trim(), HEAD.trim(), "1", "2", "new", "old"],
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
  const second = await follow({ globs, options, from: first.cursor, steps: wait(30) });
  assert.deepEqual(second.gaps.map((gap) => gap.reason), ["rotated-away"]);
});
