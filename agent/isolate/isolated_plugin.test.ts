/**
 * A plugin in a process of its own: what it gives comes through, and what it was not granted it
 * cannot reach, in whatever way it tries.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { rowsOf } from "../../sdk/testkit/rows.ts";
import type { Gap } from "../../sdk/plugin.ts";
import type { Json } from "../../sdk/table.ts";
import * as v from "valibot";
import { judgeFor } from "./added.ts";
import { offeredByKernel } from "./confine/linux.ts";
import { describeIn, type HandOver, isolate } from "./isolated_plugin.ts";
import { PluginProcess } from "./plugin_process.ts";
import { ownProcesses } from "./process_maker.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "custos-isolated-")));
after(() => rmSync(work, { recursive: true }));
const granted = join(work, "granted");
const forbidden = join(work, "secret.txt");
mkdirSync(granted);
writeFileSync(forbidden, "secret");
const written = join(granted, "written");
const victim = join(granted, "victim");

const isDeno = "Deno" in globalThis;
const offered = await offeredByKernel();
const why = isDeno || offered.files
  ? false
  : "this kernel has no Landlock: a plugin can read what the agent's user can";

/** Code of a plugin: `body` is that of its stream, `more` are members besides. */
function codeOf(body: string, more = ""): Uint8Array {
  return new Uint8Array(Buffer.from(`
import { column, definePlugin, setting, settings, table } from "@custos/sdk";
export default definePlugin.stream({
  name: "test_log", version: "1.0.0", summary: "Test",
  config: settings({
    paths: setting.list({ default: [] }),
    ports: setting.list({ default: [] }),
    extra: setting.text({ default: "" }),
  }),
  needs: ({ paths, ports }) => ({ read: paths.slice(0, 1), listen: ports }),
  tables: {
    T: table({ doc: "Test", time: "At", columns: {
      At: column.time({ class: "public" }),
      N: column.int({ class: "public", optional: true }),
      S: column.string({ class: "public", optional: true }),
    } }),
  },
  ${more}
  start: () => ({ from: 0 }),
  async *stream({ config, emit, io, reject, gap, filter, log, signal, clock }, cursor) {${body}},
});`));
}

interface Told {
  readonly rows: Record<string, Json>[];
  readonly cursors: Json[];
  readonly gaps: Gap[];
  readonly logs: string[];
  readonly filtered: (readonly [string, number])[];
  /** Of its batches. */
  readonly tables: string[];
}

async function run(body: string, settings: object, more = ""): Promise<Told> {
  const code = codeOf(body, more);
  const maker = ownProcesses({ errors: "inherit" });
  await using child = new PluginProcess({ command: maker.command({}) });
  const described = await describeIn(child, code);
  const isolated = isolate({ described, code }, { maker, judge: () => undefined });
  const checked = await isolated.plugin.config["~standard"].validate(settings);
  assert.ok(checked.issues === undefined, JSON.stringify(checked.issues));
  const told: Told = { rows: [], cursors: [], gaps: [], logs: [], filtered: [], tables: [] };
  const to: HandOver = {
    batch: (batch) => {
      told.rows.push(...rowsOf(batch));
      told.tables.push(batch.table);
    },
    flush: () => {},
    gap: (gap) => told.gaps.push(gap),
    filtered: (policy, count) => told.filtered.push([policy, count]),
    log: (_, message) => told.logs.push(message),
    scrubbed: (text) => text,
    limits: { rows: 256, bytes: 1 << 20, ms: 20 },
    once: true,
  };
  const plugin = isolated.bind(to);
  assert.ok(plugin.kind === "stream");
  const context = { config: checked.value, signal: new AbortController().signal };
  const read = plugin.stream(context as Parameters<typeof plugin.stream>[0], null);
  for await (const cursor of read) told.cursors.push(cursor);
  return told;
}

test("events, cursors, gaps, rejected input and log lines come through in order", async () => {
  writeFileSync(join(granted, "a.log"), Array.from({ length: 2_000 }, (_, n) => `${n}\n`).join(""));
  const told = await run(
    `
    log.info("from " + JSON.stringify(cursor));
    gap({ reason: "truncated", count: 3 });
    filter("mine"), filter("mine"), filter("not a name");
    for await (const chunk of io.tail(config.paths, {})) {
      for (const line of new TextDecoder().decode(chunk.bytes).trimEnd().split("\\n")) {
        if (line === "1999") reject({ bytes: new TextEncoder().encode(line), why: "the last" });
        else emit.T({ At: 0, N: Number(line) });
      }
      yield chunk.cursor;
    }
    `,
    { paths: [join(granted, "*.log")] },
  );
  const numbers = told.rows.map((row) => row["N"] ?? row["_Raw"]);
  assert.deepEqual(numbers, [...Array.from({ length: 1_999 }, (_, n) => n), "1999"]);
  assert.equal(told.rows.at(-1)?.["_ParseError"], "the last");
  assert.deepEqual(told.gaps, [{ reason: "truncated", count: 3 }]);
  assert.deepEqual(told.filtered, [["mine", 2], ["other", 1]]);
  assert.deepEqual(told.logs, [`from {"from":0}`]);
  assert.equal(told.cursors.length, 1);
});

/** Each gives what it got hold of, or throws. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  "reads the file": `fs.readFileSync(secret, "utf8")`,
  "reads it in another thread": `await fs.promises.readFile(secret, "utf8")`,
  "reads it as a stream":
    `await new Response(stream.Readable.toWeb(fs.createReadStream(secret))).text()`,
  "reads it by the runtime's own way":
    `await (globalThis.Bun ? Bun.file(secret).text() : Deno.readTextFile(secret))`,
  "reads it by way of /proc": `fs.readFileSync("/proc/self/root" + secret, "utf8")`,
  "reads it by a link that it makes":
    `(fs.symlinkSync(secret, config.extra + "l"), fs.readFileSync(config.extra + "l", "utf8"))`,
  "lists the folder": `fs.readdirSync(path.dirname(secret)).join()`,
  "writes a file where it may read": `(fs.writeFileSync(config.extra, "x"), "written")`,
  "makes an empty file where it may read": `(fs.closeSync(fs.openSync(config.extra, "w")), "made")`,
  "makes a folder": `(fs.mkdirSync(config.extra), "made")`,
  "takes a file away": `(fs.unlinkSync(victim), "gone")`,
  "gives a file another name": `(fs.renameSync(victim, config.extra), "renamed")`,
  "cuts a file": `(fs.truncateSync(victim), "cut")`,
  "takes a file's rights away": `(fs.chmodSync(secret, 0), "changed")`,
  "starts a program": `String(child.execFileSync("/bin/true"))`,
  "starts itself again": `String(child.spawnSync(process.execPath, ["--version"]).stdout.length)`,
  "signals the agent": `String(process.kill(process.ppid, 0))`,
  "connects to a port": `await new Promise((done, fail) => {
      const socket = net.connect(Number(config.paths[1]), "127.0.0.1");
      socket.on("connect", () => done("connected")).on("error", fail);
    })`,
  "listens at a port":
    `globalThis.Deno ? String(Deno.listen({ port: 0 })) : await new Promise((done, fail) => {
      net.createServer().on("error", fail).listen(0, "127.0.0.1", () => done("listens"));
    })`,
};

test("a plugin reaches nothing that it was not granted", { skip: why }, async () => {
  writeFileSync(victim, "here");
  const server = createServer((socket) => void socket.destroy());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const attempts = Object.entries(ATTEMPTS).map(([name, attempt]) =>
    `await attempt(${JSON.stringify(name)}, async () => ${attempt});`
  );
  const { logs } = await run(
    `
    const [fs, path, child, net, stream] = await Promise.all(
      ["fs", "path", "child_process", "net", "stream"].map((name) => import("node:" + name)),
    );
    const [, , secret, victim] = config.paths;
    const attempt = async (name, make) => {
      try { log.info(name + ": " + await make()); } catch { log.info(name + ": denied"); }
    };
    await attempt("reads what it may", async () => fs.readFileSync(config.paths[0], "utf8").slice(0, 1));
    let variables = 0;
    try { variables = Object.keys(process.env).length; } catch {}
    log.info("variables: " + variables);
    ${attempts.join("\n")}
    yield 1;
    `,
    { paths: [join(granted, "a.log"), port, forbidden, victim], extra: written },
  ).finally(() => server.close());
  assert.deepEqual(logs, [
    "reads what it may: 0",
    "variables: 0",
    ...Object.keys(ATTEMPTS).map((name) => `${name}: denied`),
  ]);
});

/** What the kernel says of the process: `/proc/self` is its own. */
const LOOKS = `
  const fs = await import("node:fs");
  const status = Object.fromEntries(fs.readFileSync("/proc/self/status", "utf8").trim().split("\\n")
    .map((line) => line.split(/:\\s+/)));
  const [, nice] = /\\) \\S(?: \\S+){15} (\\S+)/.exec(fs.readFileSync("/proc/self/stat", "utf8"));
  const limits = Object.fromEntries(fs.readFileSync("/proc/self/limits", "utf8").trim().split("\\n")
    .map((line) => line.split(/ {2,}/)).map(([name, soft, hard]) => [name, soft === hard ? soft : ""]));
  const opened = fs.readdirSync("/proc/self/fd").filter((fd) => fd > 2).map((fd) => {
    try { return fs.readlinkSync("/proc/self/fd/" + fd); } catch { return "gone"; }
  });
  log.info(JSON.stringify({
    privileges: status.NoNewPrivs, filter: status.Seccomp, bounds: status.CapBnd,
    effective: BigInt("0x" + status.CapEff) & ~BigInt("0x" + status.CapBnd) ? "more" : "",
    environment: fs.readFileSync("/proc/self/environ").length,
    nice,
    first: fs.readFileSync("/proc/self/oom_score_adj", "utf8").trim(),
    files: opened.filter((path) => path.startsWith("/") && !path.startsWith("/dev/") &&
      !path.startsWith("/proc/") && !path.startsWith("/sys/")),
    sockets: opened.filter((path) => path.startsWith("socket:")).length,
    size: limits["Max file size"], core: limits["Max core file size"],
    nicer: limits["Max nice priority"], sooner: limits["Max realtime priority"],
    open: limits["Max open files"], cpu: limits["Max cpu time"], data: limits["Max data size"],
  }));
  yield 1;`;

test("the kernel holds a plugin's process to its limits", {
  skip: isDeno ? "Deno confines by permissions of its own" : why,
}, async () => {
  const { logs } = await run(LOOKS, {});
  const { data, ...told } = v.parse(v.looseObject({ data: v.string() }), JSON.parse(logs[0] ?? ""));
  assert.deepEqual(told, {
    privileges: "1",
    filter: "2",
    // CAP_DAC_READ_SEARCH alone.
    bounds: "0000000000000004",
    effective: "",
    environment: 0,
    nice: "10",
    first: "1000",
    files: [],
    sockets: 0,
    size: "0",
    core: "0",
    nicer: "0",
    sooner: "0",
    open: "1024",
    cpu: "86400",
  });
  assert.match(data, /^\d+$/);
});

test(
  "a port that is granted is the only one, and nothing is connected to",
  { skip: why },
  async () => {
    const server = createServer((socket) => void socket.destroy());
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const taken = typeof address === "object" ? String(address?.port) : "";
    const port = String(await freePort());
    const { logs } = await run(
      `
    const net = await import("node:net");
    // A runtime may refuse at once.
    const tried = (what) => what.catch(() => "denied");
    const listens = (port) => globalThis.Deno ? denoListens(port) : new Promise((done) => {
      const server = net.createServer().on("error", () => done("denied"));
      server.listen(port, "127.0.0.1", () => server.close(() => done("listens")));
    });
    const denoListens = async (port) => {
      Deno.listen({ port, hostname: "127.0.0.1" }).close();
      return "listens";
    };
    const connects = (port) => new Promise((done) => {
      const socket = net.connect(port, "127.0.0.1").on("error", () => done("denied"));
      socket.on("connect", () => (socket.destroy(), done("connects")));
    });
    log.info(await tried(listens(Number(config.extra.split(" ")[0]))));
    log.info(await tried(listens(0)));
    log.info(await tried(connects(Number(config.extra.split(" ")[1]))));
    yield 1;
    `,
      { ports: [`tcp:${port}`], extra: `${port} ${taken}` },
    ).finally(() => server.close());
    assert.deepEqual(logs, ["listens", "denied", "denied"]);
  },
);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return typeof address === "object" ? address?.port ?? 0 : 0;
}

test("a plugin that never says where it stands is ended before it fills the agent's memory", async () => {
  const body = `for (let n = 0; n < 6000; n++) {
      emit.T({ At: 0, N: n, S: n + "x".repeat(4000) });
      if (n % 64 === 0) await clock.sleep(0);
    }
    yield 1;`;
  await assert.rejects(run(body, {}), { code: "flood" });
});

test("a cursor over 3 KiB is refused, as it comes and as it would be kept", async () => {
  await assert.rejects(run(`yield "x".repeat(3 * 1024);`, {}), { code: "garbage" });
  // Past the SDK: 1e20 has 21 digits when it is written anew.
  const body = `
    const fs = await import("node:fs");
    const payload = Buffer.from("[" + Array(500).fill("1e20").join() + "]");
    const head = Buffer.alloc(8);
    head.writeUInt32LE(payload.length);
    head[4] = 5;
    fs.writeSync(1, Buffer.concat([head, payload]));
    yield 1;`;
  await assert.rejects(run(body, {}), { code: "garbage" });
});

test("of a process that logs without end the first lines are passed on", async () => {
  const { logs } = await run(`for (let n = 0; n < 250; n++) log.info("line " + n); yield 1;`, {});
  assert.deepEqual([logs.length, logs.at(-1)], [200, "line 199"]);
});

test("what the code says of itself must be what its manifest declares", async () => {
  const code = codeOf("yield 1;");
  const maker = ownProcesses();
  await using child = new PluginProcess({ command: maker.command({}) });
  const described = await describeIn(child, code);
  const [, shown] = Object.entries(described.tables)[0]!;
  const { N: _, ...fewer } = shown.columns;
  for (
    const lie of [{ version: "1.0.1" }, { tables: { T: { ...shown, columns: fewer } } }, {
      needs: { read: ["/etc/*"] },
    }]
  ) {
    const plugin = isolate({ described: { ...described, ...lie }, code }, {
      maker,
      judge: () => undefined,
    });
    const checked = await plugin.plugin.config["~standard"].validate({});
    assert.match(checked.issues?.[0]?.message ?? "", /: schema: .*not what its manifest declares/);
  }
});

test("a plugin that needs more than was granted is refused with what it would reach", async () => {
  const code = codeOf("yield 1;");
  const maker = ownProcesses();
  await using child = new PluginProcess({ command: maker.command({}) });
  const described = await describeIn(child, code);
  const judge = judgeFor({ granted: {} });
  const { plugin } = isolate({ described, code }, { maker, judge });
  // Of its default it is not asked: a setting that is not written down grants nothing.
  assert.equal((await plugin.config["~standard"].validate({})).issues, undefined);
  const paths = [join(granted, "a.log")];
  assert.equal((await plugin.config["~standard"].validate({ paths })).issues, undefined);
  const other = isolate({ described, code }, { maker, judge: () => "of it nobody knows" });
  const { issues } = await other.plugin.config["~standard"].validate({ paths });
  assert.match(issues?.[0]?.message ?? "", /^is refused: of it nobody knows$/);
});

const DECLARES = `configuredTables: ({ extra }) => extra === "" ? {} : {
    [extra]: table({ doc: "Test", time: "At", columns: {
      At: column.time({ class: "public" }),
      Who: column.string({ class: "personal" }),
      More: column.dynamic({ class: "content", leaves: { Owner: { class: "personal" } } }),
    } }),
  },`;

test("a plugin has the tables that its config declares, if its manifest says so", async () => {
  const body = `emit[config.extra]({ At: 0, Who: "alice", More: { Owner: "bob" } }); yield 1;`;
  const { rows, tables } = await run(body, { extra: "Declared" }, DECLARES);
  assert.deepEqual(tables, ["Declared"]);
  assert.deepEqual(rows, [{
    At: "1970-01-01T00:00:00.000Z",
    Who: "alice",
    More: { Owner: "bob" },
  }]);
  const code = codeOf(body, DECLARES);
  const maker = ownProcesses();
  await using child = new PluginProcess({ command: maker.command({}) });
  const { configured, ...described } = await describeIn(child, code);
  assert.equal(configured, true);
  const { plugin } = isolate({ described, code }, { maker, judge: () => undefined });
  const { issues } = await plugin.config["~standard"].validate({ extra: "Declared" });
  assert.match(issues?.[0]?.message ?? "", /configured is not what its manifest declares/);
});

test("a table that a config must not declare is refused", async () => {
  await assert.rejects(run("yield 1;", { extra: "CustosAgent" }, DECLARES), /reply to a config/);
});

/** Past the SDK it tells of tables when its config is checked, though its manifest says of none. */
const LIES = `
import fs from "node:fs";
let calls = 0;
const lying = (schema) => ({ "~standard": { ...schema["~standard"], validate(value) {
  // Once before that it is asked for what it needs by default.
  if (++calls > 1) {
    const columns = { At: column.time({ class: "public" }), S: column.string({ class: "public" }) };
    const tables = { T: table({ doc: "Test", time: "At", columns }) };
    const told = Buffer.from(JSON.stringify({ ok: true, needs: {}, lossy: false, tables }));
    const head = Buffer.alloc(8);
    head.writeUInt32LE(told.length);
    head[4] = 3;
    fs.writeSync(1, Buffer.concat([head, told]));
  }
  return schema["~standard"].validate(value);
} } });
export default`;

test("a plugin that declares tables which its manifest has not is refused", async () => {
  const text = new TextDecoder().decode(codeOf("yield 1;"));
  const code = new TextEncoder().encode(
    text.replace("export default", LIES).replace("config: settings({", "config: lying(settings({")
      .replace('default: "" }),\n  }),', 'default: "" }),\n  })),'),
  );
  const maker = ownProcesses();
  await using child = new PluginProcess({ command: maker.command({}) });
  const described = await describeIn(child, code);
  const { plugin } = isolate({ described, code }, { maker, judge: () => undefined });
  const { issues } = await plugin.config["~standard"].validate({});
  assert.match(issues?.[0]?.message ?? "", /its tables would not be those of its manifest/);
});
