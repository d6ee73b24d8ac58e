/**
 * Twelve kinds of misbehaviour of plugins that are not built in, all at once in one agent: each is
 * ended for its own reason, the agent goes on, and the sources beside them lose and repeat nothing.
 *
 * Nothing here depends on how long anything takes: time limits of processes are over when the test
 * says so, which it does once it has seen that the plugin misbehaves.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runAgent } from "../../agent/agent.ts";
import { loadConfig, type SourceConfig } from "../../agent/config/load.ts";
import type { Status } from "../../agent/control/protocol.ts";
import { offeredByKernel } from "../../agent/isolate/confine/linux.ts";
import { isolate } from "../../agent/isolate/isolated_plugin.ts";
import { ProcessNote } from "../../agent/isolate/process_note.ts";
import { ownProcesses } from "../../agent/isolate/process_maker.ts";
import { every } from "../../agent/wait.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { column, table } from "../../sdk/mod.ts";

const EVENTS = 20_000;
const work = realpathSync(mkdtempSync(join(tmpdir(), "custos-misbehaviour-")));
const forbidden = join(work, "forbidden");
const marks = join(work, "marks");

interface Misbehaviour {
  /** The body of its stream; `raw(kind, bytes)` writes a message past the SDK. */
  readonly body: string;
  /** Why it is ended. */
  readonly why: string;
  /** Its manifest is of other code. */
  readonly lies?: true;
  /** A time limit ends it. */
  readonly timed?: true;
}

/** An event and a cursor past the SDK: when it is sealed, what follows has begun. */
const SIGN = `raw(4, batchOf({ form: "number", name: "N", type: "int", values: f64 }));
  raw(5, Buffer.from("1"));`;

const KINDS: Readonly<Record<string, Misbehaviour>> = {
  throws: { body: `throw new Error("by alice@example.com")`, why: "threw" },
  rejects: { body: `void Promise.reject(new Error("late")); await clock.sleep(1e6)`, why: "threw" },
  exits: { body: `process.exit(7)`, why: "exited" },
  loops: { body: `${SIGN} for (;;);`, why: "silent", timed: true },
  hangs: {
    body: `${SIGN} Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
    why: "silent",
    timed: true,
  },
  blows_up: {
    body:
      `const all = []; for (;;) { all.push(new Uint8Array(1 << 26).fill(1)); await clock.sleep(1) }`,
    why: "memory",
  },
  floods: {
    body: `for (let n = 0;; n++) emit.T({ At: 0, N: n, S: n + "x".repeat(4e3) })`,
    why: "flood",
  },
  lies: { body: `yield 1`, why: "schema", lies: true },
  mistypes: { body: `raw(4, batchOf({ form: "bool", name: "N", values: u8(0) }))`, why: "schema" },
  babbles: { body: `fs.writeSync(1, "Hello, world, this is no message\\n")`, why: "garbage" },
  forks: {
    body: `for (let n = 0; n < 50; n++) child.spawn("/bin/sh", ["-c", "echo > ${marks}/$$"]);
           throw new Error("done")`,
    why: "threw",
  },
  writes: { body: `fs.writeFileSync(${JSON.stringify(forbidden)}, "x")`, why: "threw" },
  ignores: {
    body: `${SIGN} yield 1; for (;;) await new Promise((r) => setTimeout(r, 5))`,
    why: "late",
    timed: true,
  },
};

function codeOf(name: string, body: string): Uint8Array {
  return new Uint8Array(Buffer.from(`
import fs from "node:fs";
import child from "node:child_process";
import { column, definePlugin, settings, table } from "@custos/sdk";
const raw = (kind, payload) => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(payload.length);
  head[4] = kind;
  fs.writeSync(1, Buffer.concat([head, payload]));
};
const u8 = (o) => ({ a: "u8", o, n: 1 });
const f64 = { a: "f64", o: 0, n: 1 };
const batchOf = (...columns) => {
  const json = Buffer.from(JSON.stringify({ table: "T", rows: 1, columns }));
  const out = Buffer.alloc(Math.ceil((4 + json.length) / 8) * 8 + 8);
  out.writeUInt32LE(json.length);
  json.copy(out, 4);
  return out;
};
export default definePlugin.stream({
  name: ${JSON.stringify(name)}, version: "1.0.0", summary: "Test", config: settings({}), needs: {},
  tables: { T: table({ doc: "Test", time: "At", columns: {
    At: column.time({ class: "public" }),
    N: column.int({ class: "public" }),
    S: column.string({ class: "public", optional: true }),
  } }) },
  start: () => 0,
  async *stream({ emit, clock }, cursor) { ${body} },
});`));
}

const NEIGHBOUR = `for (let n = cursor; n < ${EVENTS}; n += 100) {
    for (let i = n; i < n + 100; i++) emit.T({ At: 0, N: i });
    yield n + 100;
    if (n % 1000 === 0) await clock.sleep(1);
  }
  await clock.sleep(1e6)`;

/** Time limits that are over when the test says so. */
class TestClock {
  readonly every = every;
  #pending = new Set<() => void>();

  after(_ms: number, call: () => void): () => void {
    this.#pending.add(call);
    return () => void this.#pending.delete(call);
  }

  /** All that wait now have waited long enough. */
  pass(): void {
    const due = [...this.#pending];
    this.#pending.clear();
    for (const call of due) call();
  }
}

/** Of those that a time limit ends, by name. */
const clocks = new Map<string, TestClock>();
/** Of those that no time limit may end. */
const neverLate = { every, after: () => () => {} };
const limits = { memoryBytes: 400 * 1024 * 1024, lookMs: 50 };

/** What {@link codeOf} declares. */
const TABLE = table({
  doc: "Test",
  time: "At",
  columns: {
    At: column.time({ class: "public" }),
    N: column.int({ class: "public" }),
    S: column.string({ class: "public", optional: true }),
  },
});

function sourceOf(name: string, { body, lies, timed }: Omit<Misbehaviour, "why">) {
  const clock = timed === true ? new TestClock() : undefined;
  if (clock !== undefined) clocks.set(name, clock);
  const maker = ownProcesses({ limits, clock: clock ?? neverLate });
  const more = { Secret: column.string({ class: "personal" }) };
  const declared = lies === true ? { ...TABLE, columns: { ...TABLE.columns, ...more } } : TABLE;
  const own = { name, version: "1.0.0", summary: "Test", kind: "stream", needs: {} } as const;
  const described = { ...own, tables: { T: declared } };
  const code = codeOf(name, body);
  const plugin = isolate({ described, code }, { maker, judge: () => undefined });
  return {
    ...{ name, plugin: plugin.plugin, priority: "normal", lossy: false },
    config: { settings: {}, needs: {}, lossy: false },
    isolated: { plugin, note: new ProcessNote() },
  } satisfies SourceConfig;
}

let status: () => Status;
const stop = new AbortController();
let ended: Promise<void>;

before(async () => {
  mkdirSync(marks);
  const log = join(work, "messages.log");
  const lines = Array.from({ length: EVENTS }, (_, n) => `<34>Oct 11 22:14:15 h app[${n}]: m\n`);
  writeFileSync(log, lines.join(""));
  const config = {
    ...{ version: 1, agent: { data_dir: join(work, "data") } },
    sources: { builtin: { plugin: "syslog", config: { files: [log], timezone: "UTC" } } },
  };
  const loaded = await loadConfig("custos.yaml", JSON.stringify(config), builtinPlugins);
  const bad = Object.entries(KINDS).map(([name, one]) => sourceOf(name, one));
  const good = sourceOf("neighbour", { body: NEIGHBOUR });
  const all = { ...loaded, sources: [...loaded.sources, good, ...bad] };
  status = await new Promise((resolve, reject) => {
    ended = runAgent({ loaded: all, signal: stop.signal, ready: resolve });
    ended.catch(reject);
  });
});

after(() => rmSync(work, { recursive: true }));

const of = (name: string) => status().sources.find(({ source }) => source === name)!;

async function until(isSo: () => boolean): Promise<void> {
  // The runner's deadline ends this.
  while (!isSo()) await new Promise<void>((resolve) => void setTimeout(resolve, 20));
}

const skip = (await offeredByKernel()).calls
  ? false
  : "this kernel has no filter of system calls: a plugin can start processes";

for (const [name, { why, timed }] of Object.entries(KINDS)) {
  if (why === "late") continue;
  const isKernels = name === "forks" || name === "writes";
  test(`a plugin that ${name} is ended: ${why}`, { skip: isKernels && skip }, async () => {
    if (timed === true) await until(() => of(name).sealed > 0);
    await until(() => {
      clocks.get(name)?.pass();
      return (of(name).process?.lastFailure ?? null) !== null;
    });
    assert.equal(of(name).process?.lastFailure, why);
    assert.equal(of(name).conserved, true);
  });
}

test("what a plugin says of why is scrubbed", async () => {
  await until(() => of("throws").why !== "");
  assert.match(of("throws").why, /^The plugin was ended: it threw: by user:1:/);
});

test("no process was started and no file written", { skip }, () => {
  assert.equal(existsSync(forbidden), false);
  assert.deepEqual(readdirSync(marks), []);
});

test("the sources beside them have each of their events once", async () => {
  for (const name of ["builtin", "neighbour"]) {
    await until(() => of(name).sealed >= EVENTS);
    const { read, sealed, shed, gaps, state, conserved } = of(name);
    const expected = {
      read: EVENTS,
      sealed: EVENTS,
      shed: 0,
      gaps: 0,
      state: "running",
      conserved: true,
    };
    assert.deepEqual({ read, sealed, shed, gaps, state, conserved }, expected);
  }
});

test("an agent that is stopped waits for no plugin that ignores it", async () => {
  await until(() => of("ignores").sealed > 0);
  stop.abort();
  let hasEnded = false;
  void ended.finally(() => hasEnded = true);
  await until(() => {
    for (const clock of clocks.values()) clock.pass();
    return hasEnded;
  });
  assert.equal(of("ignores").process?.lastFailure, "late");
  assert.ok(status().sources.every(({ process }) => process === undefined || process.pid === null));
});
