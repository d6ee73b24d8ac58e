/**
 * What must hold of every plugin, over input of its author's: each function throws where it does
 * not. They run in `node:test` under both runtimes, and in `custos plugin test`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rowOf } from "../columns/cell.ts";
import { TableWriter } from "../columns/writer.ts";
import type { Plugin } from "../plugin.ts";
import { openIo } from "../read/open_io.ts";
import { openScrubber } from "../scrub/scrubber.ts";
import { isWellKnown } from "../scrub/well_known.ts";
import {
  type Columns,
  type DataClass,
  type Json,
  type RowOf,
  schemaOf,
  type Table,
} from "../table.ts";
import { type PluginRun, type RunOptions, runPlugin } from "./golden.ts";
import type { JsonRow } from "./rows.ts";

/** A config and the files that it names, by absolute path: as in a golden case. */
export type Input = Pick<RunOptions, "config" | "files" | "steps">;

const MOST_CURSOR_BYTES = 3 * 1024;
/** Cursors that a law begins again at; more are passed over evenly. */
const MOST_BEGINNINGS = 50;

/**
 * Order, cursor, abort, back-pressure and declared columns:
 *
 * - the same input gives the same rows in the same order;
 * - a cursor is JSON of at most 3 KiB, and nothing is emitted between a cursor and the next request;
 * - every row has the columns that are not optional, unless it is rejected input;
 * - once its signal has aborted the plugin ends.
 */
export async function contract(plugin: Plugin, input: Input): Promise<void> {
  const first = await runPlugin(plugin, {
    ...input,
    onCursor: async (cursor, rows) => {
      const bytes = Buffer.byteLength(JSON.stringify(cursor));
      assert.ok(bytes <= MOST_CURSOR_BYTES, `a cursor has ${bytes} bytes, may have 3 KiB`);
      const before = countsOf(rows);
      await new Promise<void>((resolve) => void setTimeout(resolve, 0));
      assert.deepEqual(countsOf(rows), before, "it emits while nobody asks for more");
    },
  });
  const second = await runPlugin(plugin, input);
  assert.deepEqual(second.rows, first.rows, "the same input gives other rows");
  for (const [name, rows] of Object.entries(first.rows)) {
    const table = plugin.tables[name];
    assert.ok(table !== undefined, `it emits to ${name}, which it does not declare`);
    for (const row of rows) checkRow(name, table, row);
  }
  await endsOnAbort(plugin, input);
}

function checkRow(name: string, table: Table, row: JsonRow): void {
  if (row["_ParseError"] !== undefined) return;
  for (const [column, { optional }] of Object.entries(table.columns)) {
    // The host's name and a time are given by the agent where they are missing.
    if (optional || column === table.time || column === "Computer") continue;
    assert.ok(
      row[column] !== undefined,
      `a row of ${name} has no ${column}, which is not optional`,
    );
  }
}

async function endsOnAbort(plugin: Plugin, input: Input): Promise<void> {
  const stop = new AbortController();
  let after = 0;
  await runPlugin(plugin, {
    ...input,
    signal: stop.signal,
    onCursor: () => {
      if (stop.signal.aborted) after++;
      stop.abort();
      assert.ok(after < 1_000, "it goes on after its signal has aborted");
    },
  });
}

/**
 * After a crash nothing is lost and nothing comes twice: begun again at any of its cursors, the
 * plugin gives exactly the rows that came after it.
 */
export async function crashLaw(plugin: Plugin, input: Input): Promise<void> {
  const cursors: { readonly cursor: Json; readonly counts: Counts }[] = [];
  const whole = await runPlugin(plugin, {
    ...input,
    // As it is kept: a cursor that is changed later must not change.
    onCursor: (cursor, rows) =>
      void cursors.push({ cursor: asKept(cursor), counts: countsOf(rows) }),
  });
  if (plugin.kind === "listen" || input.steps !== undefined) return;
  const step = Math.max(1, Math.ceil(cursors.length / MOST_BEGINNINGS));
  for (let i = 0; i < cursors.length; i += step) {
    const { cursor, counts } = cursors[i]!;
    const rest = await runPlugin(plugin, { ...input, cursor });
    const expected = Object.fromEntries(
      Object.entries(whole.rows).map(([name, rows]) => [name, rows.slice(counts[name] ?? 0)])
        .filter(([, rows]) => (rows?.length ?? 0) > 0),
    );
    assert.deepEqual(rest.rows, expected, `begun again at cursor ${i + 1} it gives other rows`);
  }
}

type Counts = Readonly<Record<string, number>>;

function countsOf(rows: PluginRun["rows"]): Counts {
  return Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, list.length]));
}

function asKept(cursor: Json): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was JSON before
  return JSON.parse(JSON.stringify(cursor)) as Json;
}

const TELLING: ReadonlySet<DataClass> = new Set(["personal", "customer", "network", "secret"]);
/** Shorter values stand in other texts by chance. */
const LEAST_CHARACTERS = 4;

/**
 * What may name somebody is gone after scrubbing: `canaries`, values that stand in the input and
 * must be nowhere, and in each row what its own columns of class `personal`, `customer`, `network`
 * or `secret` hold. Where that fails a column has the wrong class: free text is `content`.
 *
 * `control` is a text that must still be there, or the search itself does not work.
 */
export async function scrubLaw(
  plugin: Plugin,
  { canaries = [], control, ...input }: Input & {
    readonly canaries?: readonly string[];
    readonly control?: string;
  },
): Promise<void> {
  const { rows } = await runPlugin(plugin, input);
  const raw = JSON.stringify(rows);
  for (const canary of canaries) {
    assert.ok(raw.includes(canary), `"${canary}" is in no event: it shows nothing`);
  }
  let all = "";
  for (const [name, list] of Object.entries(rows)) {
    const table = plugin.tables[name];
    if (table === undefined) continue;
    const left = scrubbedRows(name, table, list);
    all += left.join("\n");
    for (const [r, row] of list.entries()) {
      for (const one of tellingIn(row, table)) {
        const isLeft: boolean = left[r]?.includes(one.value) === true;
        assert.ok(!isLeft, `${name}.${one.column} of row ${r} is left after scrubbing`);
      }
    }
  }
  for (const canary of canaries) {
    assert.ok(!all.includes(canary), `"${canary}" is left after scrubbing`);
  }
  const isFound = control === undefined || all.includes(control);
  assert.ok(isFound, `"${control}" is not left: the search finds nothing`);
}

/** Each row as JSON, as it would leave the host. */
function scrubbedRows(name: string, table: Table, rows: readonly JsonRow[]): readonly string[] {
  const key = { epoch: 1, bytes: new Uint8Array(randomBytes(32)) };
  const schema = schemaOf(name, table);
  const writer = new TableWriter(schema);
  for (const row of rows) writer.add(asEmitted(row, schema.columns));
  const scrubber = openScrubber({ policy: { columns: {} }, key });
  const [scrubbed] = scrubber.scrub(writer.view(), schema);
  return rows.map((_, r) => JSON.stringify(rowOf(scrubbed, r)));
}

interface Telling {
  readonly column: string;
  readonly value: string;
}

function tellingIn(row: JsonRow, table: Table): readonly Telling[] {
  return Object.entries(table.columns).flatMap(([column, { class: dataClass }]) => {
    const value = row[column];
    if (!TELLING.has(dataClass) || typeof value !== "string") return [];
    const isPlain = value.length < LEAST_CHARACTERS || isWellKnown(Buffer.from(value));
    return isPlain ? [] : [{ column, value }];
  });
}

/** A row as `emit` takes it. */
function asEmitted(row: JsonRow, columns: Columns): RowOf<Columns> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is what the plugin emitted
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const type = columns[name]?.type;
      if (type === "datetime" && typeof value === "string") return [name, new Date(value)];
      return [name, type === "long" && typeof value === "string" ? BigInt(value) : value];
    }),
  ) as RowOf<Columns>;
}

/**
 * A log that grows and is renamed while nobody reads, and goes on in a new file of the old name, gives the
 * same rows as one that never was. For plugins that read text by `io.tail`: the config's globs must
 * match both names (`app.log*`).
 */
export async function rotationLaw(
  plugin: Plugin,
  { config, text }: {
    /** The config for a log at `path`. */
    config(path: string): unknown;
    /** Lines of the log, each ended. */
    readonly text: string;
  },
): Promise<void> {
  const lines = text.match(/.*\n/g) ?? [];
  const third = Math.ceil(lines.length / 3);
  const part = (n: number): string => lines.slice(n * third, (n + 1) * third).join("");
  const folder = mkdtempSync(join(tmpdir(), "custos-rotation-"));
  try {
    const at = (name: string): string => join(folder, name, "app.log");
    for (const name of ["whole", "rotated"]) mkdirSync(dirname(at(name)));
    writeFileSync(at("whole"), text);
    const whole = await runOnFiles(plugin, { config: config(at("whole")) });
    writeFileSync(at("rotated"), part(0));
    const before = await runOnFiles(plugin, { config: config(at("rotated")) });
    appendFileSync(at("rotated"), part(1));
    // Time has passed: files are read in the order of their last writes.
    const past = new Date(Date.now() - 60_000);
    utimesSync(at("rotated"), past, past);
    renameSync(at("rotated"), `${at("rotated")}.1`);
    writeFileSync(at("rotated"), part(2));
    const { cursor } = before;
    const after = await runOnFiles(plugin, {
      config: config(at("rotated")),
      ...(cursor !== undefined && { cursor }),
    });
    for (const name of Object.keys(plugin.tables)) {
      const both = [...before.rows[name] ?? [], ...after.rows[name] ?? []];
      assert.deepEqual(both, whole.rows[name] ?? [], `${name} differs after a rotation`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runOnFiles(
  plugin: Plugin,
  options: Pick<RunOptions, "config" | "cursor">,
): Promise<PluginRun> {
  const { signal } = new AbortController();
  await using io = openIo({ signal, once: true });
  return await runPlugin(plugin, { ...options, io });
}

/** What a plugin has cost over its input. */
export interface Cost {
  readonly events: number;
  /** Of CPU, in ns. */
  readonly nsPerEvent: number;
  readonly bytesPerSecond: number;
}

/** Runs the plugin over its input for about `ms` and says what an event costs, in objects. */
export async function bench(plugin: Plugin, input: Input, ms = 1_000): Promise<Cost> {
  const size = Object.values(input.files ?? {}).reduce((sum, file) => sum + file.length, 0);
  let events = 0;
  let rounds = 0;
  const start = process.cpuUsage();
  const started = performance.now();
  while (performance.now() - started < ms) {
    const { rows } = await runPlugin(plugin, input);
    events += Object.values(countsOf(rows)).reduce((sum, count) => sum + count, 0);
    rounds++;
  }
  const { user, system } = process.cpuUsage(start);
  const micros = user + system;
  return {
    events,
    nsPerEvent: Math.round((micros * 1000) / Math.max(1, events)),
    bytesPerSecond: Math.round((size * rounds * 1e6) / Math.max(1, micros)),
  };
}
