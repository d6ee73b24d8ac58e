/**
 * Runs a plugin over files in memory and compares its rows with golden cases.
 *
 * A case is a folder `cases/NAME/` with `input` (a file, seen by the plugin as `/input`, or a
 * folder, seen as `/`; for a pull plugin its subfolders `0`, `1`, … are what each pull sees),
 * `config.yaml` (the plugin's config) and `expected.json`. `UPDATE_GOLDEN=1` writes the last anew.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { TableWriter } from "../columns/writer.ts";
import {
  configuredPlugin,
  type Context,
  type Emit,
  type Gap,
  type Plugin,
  type Rejected,
  type Tables,
  type Writers,
} from "../plugin.ts";
import type { Io } from "../read/io.ts";
import { keptInMemory } from "../read/kept.ts";
import { type Json, schemaOf } from "../table.ts";
import { type Files, memoryIo } from "./memory_io.ts";
import { type JsonRow, rowsOf } from "./rows.ts";

/** What the clock of {@link runPlugin} says unless told: a fixed day, so that cases do not age. */
export const GOLDEN_NOW = Date.UTC(2026, 6, 1, 12);

export interface RunOptions {
  /** As a user writes it: the plugin's schema checks it. */
  readonly config: unknown;
  /** What an `Io` in memory holds, by absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** For a pull plugin: one pull for each, the clock moved by its period in between. */
  readonly steps?: readonly Readonly<Record<string, string | Uint8Array>>[];
  /** In place of the `Io` in memory. */
  readonly io?: Io;
  /** Where to go on; default is the plugin's `start()`. */
  readonly cursor?: Json;
  /** Wall clock in ms since the epoch; default {@link GOLDEN_NOW}. */
  readonly now?: number;
  readonly signal?: AbortSignal;
  /** As `custos read` reads: events that a source leaves to others are given too. */
  readonly adHoc?: boolean;
  /** Sees each cursor, with all rows that it covers. */
  readonly onCursor?: (cursor: Json, rows: PluginRun["rows"]) => void | Promise<void>;
}

export interface PluginRun {
  /** By table, in the order they were emitted; a table without rows is left out. */
  readonly rows: Readonly<Record<string, readonly JsonRow[]>>;
  /** How many inputs were rejected, by reason. Each is a row with `_Raw` and `_ParseError` too. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly gaps: readonly Gap[];
  /** How many events were left out, by policy. */
  readonly filtered: Readonly<Record<string, number>>;
  /** The last cursor the plugin yielded. */
  readonly cursor: Json | undefined;
}

/**
 * Runs `plugin` until its input ends and gives what it emitted.
 *
 * @throws {TypeError} If the plugin's schema refuses the config.
 */
export async function runPlugin(declared: Plugin, options: RunOptions): Promise<PluginRun> {
  const config = await checked(declared, options.config);
  const plugin = configuredPlugin(declared, config);
  const steps = options.steps ?? [options.files ?? {}];
  const sink = openSink(plugin, options.adHoc === true);
  let now = options.now ?? GOLDEN_NOW;
  let cursor: Json | undefined = options.cursor;
  const kept = keptInMemory();
  for (const files of steps) {
    const context = {
      ...sink.context,
      config,
      io: options.io ?? memoryIo(asFiles(files), kept),
      signal: options.signal ?? new AbortController().signal,
      clock: { now: () => now, sleep: () => Promise.resolve() },
    };
    for await (const next of runOnce(plugin, context, cursor)) {
      cursor = next;
      sink.take();
      await options.onCursor?.(next, sink.result.rows);
    }
    sink.take();
    if (plugin.kind === "pull") now += plugin.everyMs(config);
  }
  return { ...sink.result, cursor };
}

/** Registers one test for each folder of `cases`, such as `new URL("./cases/", import.meta.url)`. */
export function goldenCases(
  plugin: Plugin,
  cases: URL,
  options: { readonly now?: number } = {},
): void {
  const folder = fileURLToPath(cases);
  for (const name of readdirSync(folder).toSorted()) {
    void test(`${plugin.name}: golden case ${name}`, () =>
      checkCase(plugin, join(folder, name), {
        ...options,
        update: process.env["UPDATE_GOLDEN"] === "1",
      }));
  }
}

/**
 * Holds `plugin` to the case in folder `at`; with `update` its `expected.json` is written anew.
 *
 * @throws {assert.AssertionError} If what it gives is not what is expected.
 */
export async function checkCase(
  plugin: Plugin,
  at: string,
  { update, ...options }: { readonly now?: number; readonly update?: boolean },
): Promise<void> {
  const run = await runPlugin(plugin, { ...readCase(at), ...options });
  const { rows, rejected, gaps, filtered } = run;
  const isFiltered = Object.keys(filtered).length > 0;
  const told = { rows, rejected, gaps, ...(isFiltered && { filtered }) };
  const actual: unknown = JSON.parse(JSON.stringify(told));
  const expected = join(at, "expected.json");
  if (update === true) writeFileSync(expected, `${JSON.stringify(actual, undefined, 2)}\n`);
  assert.ok(existsSync(expected), `Cannot compare: ${basename(at)} has no expected.json`);
  assert.deepEqual(actual, JSON.parse(readFileSync(expected, "utf8")));
}

/** Config and input of the case in folder `at`. */
export function readCase(at: string): Pick<RunOptions, "config" | "files" | "steps"> {
  const config = load(readFileSync(join(at, "config.yaml"), "utf8"));
  return { config, ...inputOf(join(at, "input")) };
}

async function checked(plugin: Plugin, config: unknown): Promise<unknown> {
  const result = await plugin.config["~standard"].validate(config);
  if (result.issues === undefined) return result.value;
  throw new TypeError(`Cannot run ${plugin.name}: ${result.issues.map((i) => i.message).join()}`);
}

interface Sink {
  readonly context: Omit<Context<unknown, Tables>, "config" | "io" | "signal" | "clock">;
  readonly result: Omit<PluginRun, "cursor">;
  /** Moves what the writers hold to `result`, as the agent does between cursors. */
  take(): void;
}

function openSink(plugin: Plugin, adHoc: boolean): Sink {
  const writers = new Map<string, TableWriter>();
  const emit: Record<string, Emit<Tables>[string]> = {};
  for (const [name, table] of Object.entries(plugin.tables)) {
    const writer = new TableWriter(schemaOf(name, table));
    writers.set(name, writer);
    emit[name] = (row) => writer.add(row);
  }
  const first = [...writers.keys()][0]!;
  const rows: Record<string, JsonRow[]> = {};
  const rejected: Record<string, number> = {};
  const gaps: Gap[] = [];
  const filtered: Record<string, number> = {};
  const silent = (): void => {};
  const write: Writers<Tables> = Object.fromEntries(writers);
  return {
    context: {
      emit,
      write,
      log: { debug: silent, info: silent, warn: silent, error: silent },
      gap: (gap) => void gaps.push(gap),
      filter: (policy) => {
        filtered[policy] = (filtered[policy] ?? 0) + 1;
        return !adHoc;
      },
      reject: ({ bytes, why, table = first, into }: Rejected) => {
        rejected[why] = (rejected[why] ?? 0) + 1;
        const kept = into === undefined
          ? { _Raw: new TextDecoder().decode(bytes) }
          : { [into]: Buffer.from(bytes).toString(isUtf8(bytes) ? "utf8" : "hex") };
        writers.get(table)?.add({ ...kept, _ParseError: why });
      },
    },
    result: { rows, rejected, gaps, filtered },
    take: () => {
      for (const [name, writer] of writers) {
        if (writer.rows > 0) (rows[name] ??= []).push(...rowsOf(writer.view()));
        writer.reset();
      }
    },
  };
}

async function* runOnce(
  plugin: Plugin,
  context: Context<unknown, Tables>,
  from: Json | undefined,
): AsyncIterable<Json> {
  if (plugin.kind === "listen") {
    await plugin.listen(context);
    return;
  }
  const cursor: Json = from ?? await plugin.start(context);
  if (plugin.kind === "stream") yield* plugin.stream(context, cursor);
  else yield* plugin.pull(context, cursor);
}

function asFiles(files: Readonly<Record<string, string | Uint8Array>>): Files {
  const encoder = new TextEncoder();
  return new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === "string" ? encoder.encode(content) : content,
    ]),
  );
}

function inputOf(path: string): Pick<RunOptions, "files" | "steps"> {
  if (statSync(path).isFile()) return { files: { "/input": readFileSync(path) } };
  const names = readdirSync(path);
  if (!names.every((name) => /^\d+$/.test(name))) return { files: filesUnder(path) };
  const steps = names.toSorted((a, b) => Number(a) - Number(b));
  return { steps: steps.map((name) => filesUnder(join(path, name))) };
}

function filesUnder(folder: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[`/${relative(folder, path).replaceAll("\\", "/")}`] = new Uint8Array(readFileSync(path));
  }
  return files;
}
