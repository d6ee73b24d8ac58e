/**
 * `custos read PLUGIN FILES…`: reads files once through a plugin and prints the events.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { pathText } from "../../sdk/config_issue.ts";
import {
  configuredPlugin,
  type Context,
  type Gap,
  type Plugin,
  type Tables,
} from "../../sdk/plugin.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { openScrubber, type Scrubber } from "../../sdk/scrub/scrubber.ts";
import type { Json, Schema } from "../../sdk/table.ts";
import { parseYaml, YamlError } from "../../sdk/yaml.ts";
import { told } from "../config/load.ts";
import { zeroCounts } from "../counters.ts";
import { readTokenKey } from "../identity.ts";
import { rejectedIn } from "../isolate/hand_over.ts";
import type { IsolatedPlugin } from "../isolate/isolated_plugin.ts";
import { judgedSchema } from "../isolate/judged_schema.ts";
import { runPlugin } from "../read/run_plugin.ts";
import { openSink, type Sink, type SinkTable } from "../read/sink.ts";
import { type Call, type Command, EXIT, text, UsageError } from "./command.ts";
import { checkInputFile } from "./input_file.ts";
import { namedPlugin } from "./read_plugin.ts";
import { standardInput } from "./standard_input.ts";

export const read: Command = {
  name: "read",
  summary: "Reads files once through a plugin and prints their events",
  usage: `PLUGIN FILE... [--at source|scrubbed] [--set KEY=VALUE] [--token-key FILE]

  PLUGIN            one that is built in, or the path of another: a packed file, a source file or
                    a folder with mod.ts. That one runs in a process that may read FILE alone
  FILE              a path or a glob, also of gzip or zstd (*.gz, *.zst); - is standard input
  --at source       as the plugin gives them, in clear (the default)
  --at scrubbed     as they would leave this host; without --token-key the tokens are of a key
                    that is forgotten at the end
  --set KEY=VALUE   a setting of the plugin; VALUE is YAML. Several: --set '{KEY: VALUE, ...}'
  --output ndjson   one JSON object a line: {"table", "row"}; the same as json`,
  options: {
    at: { type: "string", default: "source" },
    set: { type: "string" },
    "token-key": { type: "string" },
  },
  async run(call) {
    const [name, ...files] = call.positionals;
    const { plugin: declared, isolated } = await namedPlugin(name);
    const at = text(call, "at");
    if (at !== "source" && at !== "scrubbed") {
      throw new UsageError(`--at is "${at}", must be "source" or "scrubbed"`);
    }
    if (files.length === 0) throw new UsageError("no file is named");
    await using input = await standardInput(files);
    for (const file of input.files) checkInputFile(file);
    const config = await configOf(declared, input.files, text(call, "set"));
    const plugin = configuredPlugin(declared, config);
    const scrubber = at === "scrubbed" ? await scrubberOf(call) : undefined;
    const printed = await printEvents({ call, plugin, isolated, config, scrubber });
    const { events, rejected, gaps } = printed;
    call.err(`${events} events, ${rejected} of them not parsed, ${gaps.length} gaps`);
    for (const gap of gaps) call.err(`Gap: ${JSON.stringify(gap)}`);
    return gaps.length > 0 ? EXIT.degraded : EXIT.ok;
  },
};

async function configOf(plugin: Plugin, files: readonly string[], set: string | undefined) {
  const settings = { [plugin.filesKey ?? ""]: files, ...settingsOf(set) };
  const checked = await plugin.config["~standard"].validate(settings);
  if (checked.issues === undefined) return checked.value;
  const wrong = checked.issues.map((issue) => {
    const path = (issue.path ?? []).map((p) => (typeof p === "object" ? p.key : p));
    return `${pathText(path)} ${told(issue)}`;
  });
  throw new UsageError(wrong.join("; "));
}

function settingsOf(set: string | undefined): object {
  if (set === undefined) return {};
  if (set.startsWith("{")) {
    const several = valueOf(set);
    if (typeof several === "object" && several !== null) return several;
  }
  const [key = "", ...rest] = set.split("=");
  if (rest.length === 0) {
    throw new UsageError(`--set is "${set}", must be KEY=VALUE or {KEY: VALUE, ...}`);
  }
  return { [key]: valueOf(rest.join("=")) };
}

function valueOf(yaml: string): unknown {
  try {
    return parseYaml(yaml).value;
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new UsageError(`--set has a value that is no YAML: ${cause.message}`, { cause });
  }
}

async function scrubberOf(call: Call): Promise<Scrubber> {
  const file = text(call, "token-key");
  const key = file === undefined
    ? { epoch: 1, bytes: new Uint8Array(randomBytes(32)) }
    : await readTokenKey(file);
  return openScrubber({ policy: { columns: {} }, key });
}

interface Printing {
  readonly call: Call;
  readonly plugin: Plugin;
  readonly isolated: IsolatedPlugin | undefined;
  readonly config: unknown;
  readonly scrubber: Scrubber | undefined;
}

async function printEvents({ call, plugin, isolated, config, scrubber }: Printing) {
  const counts = zeroCounts();
  const gaps: Gap[] = [];
  const lines: string[] = [];
  const takeBatch = (raw: ColumnBatch, schema: Schema): void => {
    const batch = scrubber === undefined ? raw : scrubber.scrub(raw, schema)[0];
    counts.read += raw.rows;
    lines.push(...linesOf(batch, call.json));
  };
  const take = ({ writer, schema, gap }: SinkTable): void => {
    if (!gap) takeBatch(writer.view(), schema);
    writer.reset();
  };
  const sink = openSink(plugin, {
    rows: 4096,
    bytes: 1024 * 1024,
    counts,
    now: Date.now,
    onFull: take,
  });
  await using io = openIo({ signal: call.signal, once: true, onGap: (gap) => gaps.push(gap) });
  const flush = async (): Promise<void> => {
    sink.tables.forEach(take);
    if (lines.length > 0) await call.out(`${lines.splice(0).join("\n")}\n`);
  };
  const bound = isolated?.bind({
    batch: (raw, schema) => {
      counts.rejected += rejectedIn(raw);
      takeBatch(raw, scrubber === undefined ? schema : judgedSchema(schema, raw));
    },
    flush: () => {},
    gap: (gap) => gaps.push(gap),
    filtered: () => {},
    log: (level, message) => call.err(`${level}: ${message}`),
    scrubbed: (text) => text,
    limits: { rows: 4096, bytes: 1024 * 1024, ms: 200 },
    once: true,
  });
  await runPlugin({
    plugin: bound ?? plugin,
    context: () => contextOf({ call, sink, io, config, gaps }),
    signal: call.signal,
    sleep: () => Promise.resolve(),
    random: Math.random,
    once: true,
    downstream: {
      cursor: () => undefined,
      advance: () => {},
      room: flush,
      lost: () => new AbortController().signal,
      settle: flush,
      state: () => {},
    },
  });
  return { events: counts.read, rejected: counts.rejected, gaps };
}

interface ContextParts {
  readonly call: Call;
  readonly sink: Sink;
  readonly io: Context<unknown, Tables>["io"];
  readonly config: unknown;
  readonly gaps: Gap[];
}

function contextOf({ call, sink, io, config, gaps }: ContextParts): Context<unknown, Tables> {
  const say = (message: string): void => call.err(message);
  return {
    config,
    emit: sink.emit,
    write: sink.write,
    io,
    signal: call.signal,
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    log: { debug: () => {}, info: () => {}, warn: say, error: say },
    reject: sink.reject,
    gap: (gap) => gaps.push(gap),
    filter: () => false,
  };
}

function linesOf(batch: ColumnBatch, json: boolean): string[] {
  return Array.from({ length: batch.rows }, (_, row) => {
    const values = rowOf(batch, row);
    return json ? JSON.stringify({ table: batch.table, row: values }) : asText(batch.table, values);
  });
}

function asText(table: string, row: Readonly<Record<string, Json>>): string {
  const fields = Object.entries(row).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${table} ${fields.join(" ")}`;
}
