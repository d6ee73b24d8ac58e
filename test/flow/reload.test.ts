/**
 * A running agent takes other sources and another version of a plugin: what it reads while that
 * happens is sealed once, and what has not changed runs on untouched.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { runAgent } from "../../agent/agent.ts";
import { type KnownPlugin, loadConfig, type LoadedConfig } from "../../agent/config/load.ts";
import { askReload } from "../../agent/control/client.ts";
import type { Status } from "../../agent/control/protocol.ts";
import { isolate } from "../../agent/isolate/isolated_plugin.ts";
import { ownProcesses } from "../../agent/isolate/process_maker.ts";
import { runToEnd } from "../../compile/demo/child.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { column, table } from "../../sdk/mod.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "custos-reload-")));
after(() => rmSync(work, { recursive: true }));
const ROOT = dirname(dirname(import.meta.dirname));
const LINES = 500;

/** A log that grows. */
function logAt(name: string) {
  mkdirSync(join(work, name));
  const path = join(work, name, "app.log");
  writeFileSync(path, "");
  let written = 0;
  return {
    path,
    write: () => {
      const lines = Array.from(
        { length: LINES },
        () => `<34>Oct 11 22:14:15 h a[${written++}]: m\n`,
      );
      appendFileSync(path, lines.join(""));
      return written;
    },
  };
}

/** Version `version` of a plugin that is not built in. */
function countedLines(version: string) {
  const code = `
import { column, definePlugin, setting, settings, table } from "@custos/sdk";
export default definePlugin.stream({
  name: "counted", version: "${version}", summary: "Test",
  config: settings({ paths: setting.list() }),
  needs: ({ paths }) => ({ read: paths }),
  tables: { Counted: table({ doc: "Test", time: "At", columns: {
    At: column.time({ class: "public" }), Line: column.string({ class: "content" }),
  } }) },
  start: () => ({}),
  async *stream({ config, emit, io, clock }, cursor) {
    for await (const chunk of io.tail(config.paths, cursor, { pollMs: 20 })) {
      for (const line of new TextDecoder().decode(chunk.bytes).trimEnd().split("\\n")) {
        emit.Counted({ At: clock.now(), Line: line });
      }
      yield chunk.cursor;
    }
  },
});`;
  const columns = {
    At: column.time({ class: "public" }),
    Line: column.string({ class: "content" }),
  };
  const tables = { Counted: table({ doc: "Test", time: "At", columns }) };
  const described = { name: "counted", version, summary: "Test", kind: "stream" as const, tables };
  const maker = ownProcesses();
  return isolate({ described, code: new Uint8Array(Buffer.from(code)) }, {
    maker,
    judge: () => undefined,
  });
}

interface Wanted {
  readonly version: string;
  readonly sources: Readonly<Record<string, object>>;
  readonly host?: string;
}

function load({ version, sources, host }: Wanted): Promise<LoadedConfig> {
  const agent = { data_dir: join(work, "data"), ...(host !== undefined && { host }) };
  const text = JSON.stringify({ version: 1, agent, sources });
  const plugins = new Map<string, KnownPlugin>(builtinPlugins);
  plugins.set("counted", countedLines(version));
  return loadConfig(join(work, "custos.yaml"), text, plugins);
}

async function until(isSo: () => boolean): Promise<void> {
  // The runner's deadline ends this.
  while (!isSo()) await new Promise<void>((resolve) => void setTimeout(resolve, 20));
}

test("sources and plugins change while the agent runs, and no event is lost or comes twice", async () => {
  const logs = {
    kept: logAt("kept"),
    changed: logAt("changed"),
    plugged: logAt("plugged"),
    gone: logAt("gone"),
  };
  const syslog = (path: string, timezone: string) => ({
    plugin: "syslog",
    config: { files: [path], timezone },
  });
  const counted = { plugin: "counted", config: { paths: [logs.plugged.path] } };
  let wanted: Wanted = {
    version: "1.0.0",
    sources: {
      kept: syslog(logs.kept.path, "UTC"),
      changed: syslog(logs.changed.path, "UTC"),
      gone: syslog(logs.gone.path, "UTC"),
      counted,
    },
  };
  const stop = new AbortController();
  let status!: () => Status;
  const ended = runAgent({
    loaded: await load(wanted),
    signal: stop.signal,
    load: () => load(wanted),
    ready: (told) => (status = told),
  });
  const sealed = (name: string): number =>
    status?.().sources.find(({ source }) => source === name)?.sealed ?? 0;
  for (const log of Object.values(logs)) log.write();
  await until(() => ["kept", "changed", "gone", "counted"].every((name) => sealed(name) === LINES));

  const sources = {
    kept: wanted.sources["kept"]!,
    changed: syslog(logs.changed.path, "Europe/Berlin"),
    counted,
    fresh: syslog(logs.gone.path, "UTC"),
  };
  wanted = { version: "1.0.1", sources };
  for (const log of Object.values(logs)) log.write();
  const told = await askReload(join(work, "data"));
  assert.deepEqual(told, {
    kept: ["kept"],
    stopped: ["changed", "gone", "counted"],
    started: ["changed", "counted", "fresh"],
  });
  for (const log of Object.values(logs)) log.write();
  await until(() => sealed("kept") === 3 * LINES && sealed("fresh") === 3 * LINES);
  // Those that changed count anew: what the old one has not sealed, the new one has.
  await until(() => sealed("changed") >= LINES && sealed("counted") >= LINES);
  assert.equal(status().sources.some(({ source }) => source === "gone"), false);

  wanted = { ...wanted, host: "another" };
  const refused = await askReload(join(work, "data"));
  assert.match("error" in refused ? refused.error : "", /"agent" has changed, which takes a start/);
  wanted = { version: "1.0.1", sources: { ...sources, nope: {} } };
  const mistaken = await askReload(join(work, "data"));
  assert.match("error" in mistaken ? mistaken.error : "", /names no plugin "nope"/);
  assert.equal(sealed("kept"), 3 * LINES);
  stop.abort();
  await ended;
  const all = Array.from({ length: 3 * LINES }, (_, n) => n);
  const numbers = await numbersInSpool();
  for (const name of ["kept", "changed", "counted", "fresh"]) {
    assert.deepEqual(numbers.get(name), all, `${name} has not each line once, in order`);
  }
});

const Event = v.object({
  source: v.string(),
  row: v.object({
    ProcessID: v.optional(v.union([v.string(), v.number()])),
    Line: v.optional(v.string()),
  }),
});

/** By source: the number of each of its lines, as they lie in the spool. */
async function numbersInSpool(): Promise<ReadonlyMap<string, readonly number[]>> {
  const data = join(work, "data");
  const words = ["spool", "export", "--events", "--data-dir", data, "--output", "json"];
  const command = [process.execPath, join(ROOT, "agent", "main.ts"), ...words];
  const place = { name: "spool", cwd: work, errorLog: join(work, "spool.err") };
  const numbers = new Map<string, number[]>();
  for (const line of await runToEnd({ ...place, command })) {
    const { source, row } = v.parse(Event, line);
    const number = row.ProcessID ?? /a\[(\d+)\]/.exec(row.Line ?? "")?.[1];
    if (number === undefined) continue;
    numbers.set(source, [...numbers.get(source) ?? [], Number(number)]);
  }
  return numbers;
}
