import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Gap } from "../plugin.ts";
import type { TailCursor } from "./io.ts";
import { folder, follow, wait } from "./tail_run.ts";

/** What gzip does: the compressed file bears the time of the plain one, which is removed. */
function pack(plain: string, packed = `${plain}.gz`): void {
  const { atime, mtime } = statSync(plain);
  // No file is written, compressed and followed by the next within one tick of the kernel's clock.
  for (const start = Date.now(); Date.now() < start + 12;);
  const bytes = readFileSync(plain);
  writeFileSync(packed, packed.endsWith(".zst") ? zstdCompressSync(bytes) : gzipSync(bytes));
  utimesSync(packed, atime, mtime);
  unlinkSync(plain);
}

/** As a program does that gives the compressed file no time. */
function packNow(plain: string, packed = `${plain}.gz`): void {
  pack(plain, packed);
  const now = new Date();
  utimesSync(packed, now, now);
}

/** What logrotate does: each file gets the next number, and what is plain but the newest is packed. */
function rotate(log: string, count: number): void {
  for (let n = count; n >= 1; n--) renameSync(`${log}.${n}.gz`, `${log}.${n + 1}.gz`);
  renameSync(log, `${log}.1`);
  pack(`${log}.1`);
}

const HEAD = "#Fields: a b\n";

interface Absence {
  readonly name: string;
  readonly before?: string;
  /** Done before the first run. */
  readonly first?: (log: string) => void;
  readonly meanwhile: (log: string) => void;
  readonly lines: readonly string[];
  readonly gaps?: readonly Gap["reason"][];
  readonly steps?: (log: string) => readonly (() => void)[];
}

const absences: readonly Absence[] = [
  ...["app.log.1.gz", "app.log.1.zst", "app.log-20261129.gz", "app-20261129.log.gz"].map((
    name,
  ) => ({
    name: `was rotated to ${name}`,
    meanwhile: (log: string) => {
      appendFileSync(log, "3\n");
      pack(log, join(log, "..", name));
      writeFileSync(log, "4\n");
    },
    lines: ["3", "4"],
  })),
  {
    name: "was rotated twice and compressed, and is read on in all that follow",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      rotate(log, 0);
      writeFileSync(log, "4\n");
      rotate(log, 1);
      writeFileSync(log, "5\n");
    },
    lines: ["3", "4", "5"],
  },
  {
    name: "has the first bytes of all that were compressed before",
    before: HEAD,
    first: (log) => {
      writeFileSync(`${log}.1`, `${HEAD}old\n`);
      utimesSync(`${log}.1`, 1_000_000, 1_000_000);
      pack(`${log}.1`);
    },
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      rotate(log, 1);
      writeFileSync(log, `${HEAD}4\n`);
      rotate(log, 2);
      writeFileSync(log, `${HEAD}5\n`);
    },
    lines: ["3", HEAD.trim(), "4", HEAD.trim(), "5"],
  },
  {
    name: "was copied, truncated and compressed",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      copyFileSync(log, `${log}.1`);
      truncateSync(log);
      pack(`${log}.1`);
      appendFileSync(log, "4\n");
    },
    lines: ["3", "4"],
  },
  {
    name: "was compressed, and another one has its inode",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
      truncateSync(log);
      writeFileSync(log, "4\n");
    },
    lines: ["3", "4"],
  },
  {
    name: "is still compressed when it is looked for",
    meanwhile: (log) => {
      appendFileSync(log, `${"x".repeat(3_000)}\n3\n`);
      const packed = gzipSync(readFileSync(log));
      writeFileSync(`${log}.1.gz`, packed.subarray(0, packed.length >> 1));
      writeFileSync(`${log}.rest`, packed.subarray(packed.length >> 1));
      unlinkSync(log);
    },
    steps: (log) => [
      ...wait(20),
      () => appendFileSync(`${log}.1.gz`, readFileSync(`${log}.rest`)),
      ...wait(40),
    ],
    lines: ["x".repeat(3_000), "3"],
  },
  {
    name: "was compressed while the plain one stays",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      renameSync(log, `${log}.1`);
      copyFileSync(`${log}.1`, `${log}.1.copy`);
      pack(`${log}.1.copy`, `${log}.1.gz`);
      writeFileSync(log, "4\n");
    },
    lines: ["3", "4"],
  },
  {
    name: "was followed by one of other content with its name, compressed",
    meanwhile: (log) => {
      unlinkSync(log);
      writeFileSync(`${log}.1`, "a\nb\nc\n");
      pack(`${log}.1`);
      utimesSync(`${log}.1.gz`, 1_000_000, 1_000_000);
    },
    lines: [],
    gaps: ["rotated-away"],
  },
  {
    name: "vanished, and a compressed file of another log begins with the same bytes",
    meanwhile: (log) => {
      appendFileSync(log, "3\n");
      pack(log, join(log, "..", "other.log.1.gz"));
    },
    lines: [],
    gaps: ["rotated-away"],
  },
];

for (const { name, before = "1\n2\n", first, meanwhile, lines, ...more } of absences) {
  test(`tail() reads a log to its end that ${name}`, async (t) => {
    const log = join(folder(t), "app.log");
    first?.(log);
    writeFileSync(log, before);
    const one = await follow({ globs: [log] });
    assert.equal(one.lines.join("\n"), before.trimEnd());
    meanwhile(log);
    const steps = more.steps?.(log) ?? wait(60);
    const two = await follow({ globs: [log], from: one.cursor, steps });
    assert.deepEqual(two.lines.toSorted(), lines.toSorted());
    assert.deepEqual(two.gaps.map(({ reason }) => reason), more.gaps ?? []);
    const three = await follow({ globs: [log], from: two.cursor, steps: wait(60) });
    assert.deepEqual(three.lines, []);
  });
}

test("tail() reads nothing again that was read and is compressed later", async (t) => {
  const log = join(folder(t), "app.log");
  writeFileSync(log, "1\n2\n");
  const steps = [
    () => {
      renameSync(log, `${log}.1`);
      writeFileSync(log, "3\n");
    },
    ...wait(40),
  ];
  const one = await follow({ globs: [log], steps, age: -60_000 });
  assert.deepEqual(one.lines, ["1", "2", "3"]);
  pack(`${log}.1`, `${log}.2.gz`);
  appendFileSync(log, "4\n");
  pack(log, `${log}.1.gz`);
  writeFileSync(log, "5\n");
  const two = await follow({ globs: [log], from: one.cursor, steps: wait(60) });
  assert.deepEqual(two.lines.toSorted(), ["4", "5"]);
  assert.deepEqual(two.gaps, []);
});

test("tail() reads nothing again of what is compressed without the time of its last line", async (t) => {
  const log = join(folder(t), "app.log");
  writeFileSync(log, "1\n");
  const steps = [
    () => {
      renameSync(log, `${log}.1`);
      writeFileSync(log, "2\n");
    },
    ...wait(40),
  ];
  const one = await follow({ globs: [log], steps, age: -60_000 });
  packNow(`${log}.1`);
  const two = await follow({ globs: [log], from: one.cursor, steps: wait(60) });
  assert.deepEqual([...one.lines, ...two.lines], ["1", "2"]);
});

test("tail() goes on in the oldest that may be it, of several with the same first bytes", async (t) => {
  const log = join(folder(t), "app.log");
  writeFileSync(log, HEAD);
  const one = await follow({ globs: [log] });
  appendFileSync(log, "3\n");
  packNow(log, `${log}.2.gz`);
  writeFileSync(log, `${HEAD}4\n`);
  packNow(log, `${log}.1.gz`);
  const two = await follow({ globs: [log], from: one.cursor, steps: wait(60) });
  assert.deepEqual(two.lines, ["3"]);
});

test("tail() finds a compressed file that was not whole yet when its cursor was kept", async (t) => {
  const log = join(folder(t), "app.log");
  writeFileSync(log, "1\n");
  const one = await follow({ globs: [log] });
  appendFileSync(log, "2\n");
  pack(log, `${log}.1.gz`);
  writeFileSync(log, "3\n");
  const steps = [...wait(18), () => appendFileSync(log, "4\n"), ...wait(1)];
  const two = await follow({ globs: [log], from: one.cursor, steps });
  assert.deepEqual(two.lines, ["3", "4"]);
  const three = await follow({ globs: [log], from: two.cursor, steps: wait(60) });
  assert.deepEqual([three.lines, three.gaps], [["2"], []]);
});

interface Rotation {
  readonly name: string;
  readonly steps: (log: string) => readonly (() => void)[];
  readonly lines: readonly string[];
}

const rotations: readonly Rotation[] = [
  {
    name: "a quiet file that is written to, renamed and compressed at once",
    steps: (log) => [
      ...wait(2),
      () => {
        appendFileSync(log, "3\n");
        pack(log, `${log}.1.gz`);
        writeFileSync(log, "4\n");
      },
      ...wait(90),
    ],
    lines: ["1", "2", "3", "4"],
  },
  {
    name: "copytruncate and compression at once",
    steps: (log) => [
      ...wait(2),
      () => {
        appendFileSync(log, "3\n");
        copyFileSync(log, `${log}.1`);
        truncateSync(log);
        pack(`${log}.1`);
      },
      () => appendFileSync(log, "4\n"),
      ...wait(90),
    ],
    lines: ["1", "2", "3", "4"],
  },
  {
    name: "compression of a file that is still read through its handle",
    steps: (log) => [
      () => {
        appendFileSync(log, "3\n");
        renameSync(log, `${log}.1`);
        writeFileSync(log, "4\n");
      },
      () => copyFileSync(`${log}.1`, join(log, "../copy")),
      () => pack(join(log, "../copy"), `${log}.1.gz`),
      ...wait(30),
      () => unlinkSync(`${log}.1`),
      ...wait(90),
    ],
    lines: ["1", "2", "3", "4"],
  },
];

for (const { name, steps, lines } of rotations) {
  for (const glob of ["app.log", "app.log*"]) {
    test(`tail() of ${glob} gives each line once through ${name}`, async (t) => {
      const at = folder(t);
      const log = join(at, "app.log");
      writeFileSync(log, "1\n2\n");
      const old = Date.now() / 1000 - 300;
      utimesSync(log, old, old);
      const heard = await follow({ globs: [join(at, glob)], steps: steps(log), age: -60_000 });
      assert.deepEqual(heard.lines.toSorted(), lines);
      assert.deepEqual(heard.gaps, []);
    });
  }
}

const cutOff = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, -200);
const overwritten = (count: number) => (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, -count), ...Buffer.alloc(count, 7)]);
const damages = [
  { how: "cut off", gz: cutOff, zst: cutOff, reason: "truncated" },
  { how: "damaged", gz: overwritten(8), zst: overwritten(200), reason: "other" },
] as const;

for (const { how, reason, ...damage } of damages) {
  for (const ending of ["gz", "zst"] as const) {
    test(`tail() reads of ${ending} that is ${how} what it can and tells where it ends`, async (t) => {
      const log = join(folder(t), "app.log");
      const some = (from: number): string[] =>
        Array.from({ length: 60_000 }, (_, n) => `${from + n} ${Math.sin(from + n)}`);
      writeFileSync(log, `${some(0).join("\n")}\n`);
      const one = await follow({ globs: [log] });
      const lines = some(60_000);
      appendFileSync(log, `${lines.join("\n")}\n`);
      pack(log, `${log}.1.${ending}`);
      writeFileSync(`${log}.1.${ending}`, damage[ending](readFileSync(`${log}.1.${ending}`)));
      const steps = [...wait(40), () => writeFileSync(log, "next\n"), ...wait(9)];
      const two = await follow({ globs: [log], from: one.cursor, steps });
      const whole = two.lines.findIndex((line, n) => line !== lines[n]);
      assert.ok(whole > 50_000, `${whole}`);
      assert.equal(two.lines.at(-1), "next");
      assert.deepEqual(two.gaps.map((gap) => gap.reason), [reason]);
      const { fileId, offset, bytes } = two.chunks.at(-2)!;
      assert.match(
        two.gaps[0]!.detail!,
        new RegExp(`^file ${fileId} .* at byte ${offset + bytes.length} of its content$`),
      );
      const three = await follow({ globs: [log], from: two.cursor, steps: wait(60) });
      assert.deepEqual([three.lines, three.gaps], [[], []]);
    });
  }
}

test("tail() resumes in a compressed file at every chunk", async (t) => {
  const at = folder(t);
  const lines = Array.from({ length: 300 }, (_, n) => `line ${n}`);
  for (const [k, ending] of [[0, "gz"], [1, "zst"]] as const) {
    writeFileSync(join(at, "log"), lines.slice(k * 150, k * 150 + 150).join("\n"));
    pack(join(at, "log"), join(at, `${k}.${ending}`));
  }
  const globs = [join(at, "*.gz"), join(at, "*.zst")];
  const options = { chunkBytes: 200, maxLineBytes: 100 };
  const all: string[] = [];
  let from: TailCursor = {};
  for (let run = 0; run < 100; run++) {
    const { lines: some, cursor } = await follow({
      globs,
      from,
      options,
      most: 1,
      steps: wait(30),
    });
    if (some.length === 0) break;
    all.push(...some);
    from = cursor;
  }
  assert.deepEqual(all.toSorted(), lines.toSorted());
});

test("tail() reads compressed files that a glob names, from the start that it is told", async (t) => {
  const at = folder(t);
  for (const n of [1, 2]) {
    writeFileSync(join(at, "log"), `${n}\n`);
    pack(join(at, "log"), join(at, `log.${n}.gz`));
  }
  const globs = [join(at, "*.gz")];
  const once = await follow({ globs, once: true });
  assert.deepEqual(once.lines.toSorted(), ["1", "2"]);
  const steps = [
    () => {
      writeFileSync(join(at, "log"), "3\n");
      pack(join(at, "log"), join(at, "log.3.gz"));
    },
    ...wait(40),
  ];
  const now = await follow({ globs, options: { startAt: "now" }, steps });
  assert.deepEqual(now.lines, ["3"]);
});

test("tail() cuts lines over the limit in a compressed file as in a plain one", async (t) => {
  const at = folder(t);
  const text = `a\n${"x".repeat(500_000)}\nb\n${"y".repeat(9_000)}`;
  writeFileSync(join(at, "log"), text);
  const options = { chunkBytes: 64, maxLineBytes: 10 };
  const plain = await follow({ globs: [join(at, "log")], options, once: true });
  pack(join(at, "log"));
  const packed = await follow({ globs: [join(at, "log.gz")], options, once: true });
  assert.deepEqual(packed.lines, ["a", "x".repeat(10), "b", "y".repeat(10)]);
  const cuts = [plain, packed].map(({ chunks }) => chunks.map(({ offset, cut }) => [offset, cut]));
  assert.deepEqual(cuts[1], cuts[0]);
});

const isHere = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;

for (const [program, ending] of [["gzip", "gz"], ["zstd", "zst"]] as const) {
  test(`tail() reads what ${program} has made`, { skip: !isHere(program) }, async (t) => {
    const log = join(folder(t), "app.log");
    const lines = Array.from({ length: 90_000 }, (_, n) => `line ${n} ${Math.cos(n)}`);
    writeFileSync(log, `${lines.slice(0, 10).join("\n")}\n`);
    const one = await follow({ globs: [log] });
    appendFileSync(log, `${lines.slice(10).join("\n")}\n`);
    renameSync(log, `${log}.1`);
    const more = program === "zstd" ? ["--rm", "-q", "-19", "--long=22"] : ["-9"];
    assert.equal(spawnSync(program, [...more, `${log}.1`]).status, 0);
    assert.ok(statSync(`${log}.1.${ending}`).size > 0);
    const two = await follow({ globs: [log], from: one.cursor, steps: wait(60) });
    assert.deepEqual([...one.lines, ...two.lines], lines);
    assert.deepEqual(two.gaps, []);
  });
}

for (const how of ["", "copytruncate", "delaycompress", "dateext"]) {
  const skip = !isHere("logrotate");
  test(
    `tail() gives each line once through logrotate with ${how || "compress"}`,
    { skip },
    async (t) => {
      const at = folder(t);
      const log = join(at, "app.log");
      const config = join(at, "conf");
      writeFileSync(config, `${log} {\n rotate 9\n compress\n create\n ${how}\n}\n`, {
        mode: 0o600,
      });
      let written = 0;
      const write = (): void => appendFileSync(log, `${++written}\n`);
      const turnOver = (): void => {
        const { status, stderr } = spawnSync("logrotate", ["-f", "-s", join(at, "state"), config]);
        assert.equal(status, 0, String(stderr));
      };
      const all: string[] = [];
      let from: TailCursor = {};
      for (let day = 0; day < 4; day++) {
        write();
        const run = await follow({ globs: [log], from, steps: [write, ...wait(2)] });
        all.push(...run.lines);
        from = run.cursor;
        write();
        // One name a day.
        if (how !== "dateext" || day === 1) turnOver();
      }
      const last = await follow({ globs: [log], from, steps: wait(60) });
      all.push(...last.lines);
      assert.deepEqual(
        all.toSorted(),
        Array.from({ length: written }, (_, n) => `${n + 1}`).toSorted(),
      );
      assert.deepEqual(last.gaps, []);
    },
  );
}
