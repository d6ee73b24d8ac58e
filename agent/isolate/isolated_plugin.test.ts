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

const isDeno = "Deno" in globalThis;
const offered = await offeredByKernel();
const why = isDeno || offered.files
  ? false
  : "this kernel has no Landlock: a plugin can read what the agent's user can";

/** Code of a plugin: `body` is that of its stream. */
function codeOf(body: string): Uint8Array {
  return new Uint8Array(Buffer.from(`
import { column, definePlugin, setting, settings, table } from "@custos/sdk";
export default definePlugin.stream({
  name: "test_log", version: "1.0.0", summary: "Test",
  config: settings({ paths: setting.list({ default: [] }), extra: setting.text({ default: "" }) }),
  needs: ({ paths }) => ({ read: paths.slice(0, 1) }),
  tables: {
    T: table({ doc: "Test", time: "At", columns: {
      At: column.time({ class: "public" }),
      N: column.int({ class: "public", optional: true }),
      S: column.string({ class: "public", optional: true }),
    } }),
  },
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
}

async function run(body: string, settings: object): Promise<Told> {
  const code = codeOf(body);
  const maker = ownProcesses({ errors: "inherit" });
  await using child = new PluginProcess({ command: maker.command({}) });
  const described = await describeIn(child, code);
  const isolated = isolate({ described, code }, { maker, judge: () => undefined });
  const checked = await isolated.plugin.config["~standard"].validate(settings);
  assert.ok(checked.issues === undefined, JSON.stringify(checked.issues));
  const told: Told = { rows: [], cursors: [], gaps: [], logs: [], filtered: [] };
  const to: HandOver = {
    batch: (batch) => told.rows.push(...rowsOf(batch)),
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
    const secret = config.paths[2];
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
    { paths: [join(granted, "a.log"), port, forbidden], extra: written },
  ).finally(() => server.close());
  assert.deepEqual(logs, [
    "reads what it may: 0",
    "variables: 0",
    ...Object.keys(ATTEMPTS).map((name) => `${name}: denied`),
  ]);
});
