/**
 * Reads one file through a plugin, once, in batches: what an agent would have sent of it, without
 * an agent.
 *
 * @module
 */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { pathText } from "../../sdk/config_issue.ts";
import {
  configuredPlugin,
  type Context,
  type Emit,
  type Gap,
  type Plugin,
  type Tables,
} from "../../sdk/plugin.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { type Schema, schemaOf } from "../../sdk/table.ts";

/** A file that its plugin cannot read, or settings that it refuses. */
export class ReadError extends Error {
  override readonly name = "ReadError";
  readonly code: "settings" | "plugin" | "unknown" | "compressed";

  constructor(code: ReadError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is read, and who is told of it. */
export interface Reading {
  readonly file: string;
  readonly plugin: Plugin;
  /** The plugin's settings besides the file. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Gets each batch, which is valid during the call only. */
  batch(batch: ColumnBatch, schema: Schema): void;
  /** Awaited before more is read. */
  taken?(): Promise<void>;
  gap(gap: Gap): void;
  log(message: string): void;
}

/** Counts of one file. */
export interface FileCounts {
  readonly events: number;
  /** Pieces of input that are no event of the plugin. */
  readonly rejected: number;
}

/** Most rows and bytes of a batch: bounds what reading holds in memory. */
const BATCH = { rows: 4096, bytes: 1024 * 1024 };

/** @throws {ReadError} If the plugin refuses its settings, or fails. */
export async function readFile(reading: Reading): Promise<FileCounts> {
  const { file, plugin: declared, signal } = reading;
  using plain = plainName(file);
  const config = await configOf(reading, plain.path);
  const plugin = configuredPlugin(declared, config);
  const sink = openSink(plugin, reading);
  await using io = openIo({ signal, once: true, onGap: reading.gap });
  const context: Context<unknown, Tables> = {
    ...sink.context,
    config,
    io,
    signal,
    clock: { now: Date.now, sleep: () => Promise.resolve() },
  };
  try {
    for await (const _ of runOnce(plugin, context)) {
      sink.flush();
      await reading.taken?.();
      if (signal.aborted) break;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReadError("plugin", `Cannot read ${file} with ${plugin.name}: ${why}`, { cause });
  }
  sink.flush();
  return sink.counts();
}

async function* runOnce(plugin: Plugin, context: Context<unknown, Tables>): AsyncIterable<unknown> {
  if (plugin.kind === "listen") throw new TypeError(`${plugin.name} reads no files`);
  const start = await plugin.start(context);
  yield* plugin.kind === "stream" ? plugin.stream(context, start) : plugin.pull(context, start);
}

async function configOf(
  { file, plugin, settings }: Reading,
  path: string,
): Promise<unknown> {
  if (plugin.filesKey === undefined) throw new TypeError(`${plugin.name} reads no files`);
  const given = { ...settings, [plugin.filesKey]: [path] };
  const checked = await plugin.config["~standard"].validate(given);
  if (checked.issues === undefined) return checked.value;
  const wrong = checked.issues.map(({ message, path = [] }) => {
    const steps = path.map((step) => (typeof step === "object" ? step.key : step));
    return `${pathText(steps)} ${message}`.trim();
  });
  throw new ReadError("settings", `Cannot read ${file} with ${plugin.name}: ${wrong.join("; ")}`);
}

const MAGIC = /[*?[\]{}!]/g;

/** `file` by a name that as a glob is this file alone: a link to it, where its own is none. */
function plainName(file: string): Disposable & { readonly path: string } {
  if (file.search(MAGIC) < 0) return { path: file, [Symbol.dispose]: () => {} };
  const folder = mkdtempSync(join(tmpdir(), "custos-hunt-"));
  const path = join(folder, basename(file).replaceAll(MAGIC, "_"));
  symlinkSync(resolve(file), path);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

interface Sink {
  readonly context: Omit<Context<unknown, Tables>, "config" | "io" | "signal" | "clock">;
  /** Hands over what the writers hold. */
  flush(): void;
  counts(): FileCounts;
}

function openSink(plugin: Plugin, reading: Reading): Sink {
  let events = 0;
  let rejected = 0;
  const writers = new Map<string, TableWriter>();
  const emit: Record<string, Emit<Tables>[string]> = {};
  const take = (writer: TableWriter): void => {
    if (writer.rows === 0) return;
    events += writer.rows;
    reading.batch(writer.view(), writer.schema);
    writer.reset();
  };
  for (const [name, table] of Object.entries(plugin.tables)) {
    const writer: TableWriter = new TableWriter(schemaOf(name, table), {
      ...BATCH,
      onFull: () => take(writer),
    });
    writers.set(name, writer);
    emit[name] = (row) => writer.add(row);
  }
  const silent = (): void => {};
  return {
    context: {
      emit,
      write: Object.fromEntries(writers),
      log: { debug: silent, info: silent, warn: reading.log, error: reading.log },
      gap: reading.gap,
      reject: () => void rejected++,
      filter: () => false,
    },
    flush: () => writers.forEach(take),
    counts: () => ({ events, rejected }),
  };
}
