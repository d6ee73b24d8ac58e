/**
 * A log table of 20 columns, as many rows as are asked for, the same in each run.
 *
 * Values are drawn one by one: nothing in a row but what a log repeats (the message names user,
 * address, process and duration again) tells anything of another, so it is harder to make small
 * than what hosts write. Row i is the same whatever the number of rows.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import type { Column, ColumnBatch, DictColumn, Strings } from "../sdk/columns/column.ts";
import { pack } from "../sdk/wire/msgpack.ts";

export const LOG_TABLE = "LogEvent";
/** Rows of one frame. */
export const FRAME_ROWS = 8_192;
/** The whole table spans a week when it has this many rows. */
const WEEK_ROWS = 10_000_000;
const START_MS = Date.UTC(2026, 7, 3);
const STEP_MS = 7 * 86_400_000 / WEEK_ROWS;

/** SHA-256 of the first n rows, frozen before any encoding was measured on them. */
export const FROZEN: ReadonlyMap<number, string> = new Map([
  [10_000_000, "2199c2f67813df4b8d6fe9d16770f4e075b589083516d29ed78c6cc9a7727cb1"],
  [1_000_000, "deaa54616ead10964ce5bbb556c7c2025ee7f09a349eb03572b08ce6d3f8b48b"],
]);

const SOURCES = ["syslog", "iis", "applocker", "sql", "audit", "cdr", "qoe", "perf", "scom", "evt"];
const PORTS = [443, 80, 22, 3389, 1433, 5061, 8443, 25];
const STATUS = [200, 200, 200, 204, 304, 401, 404, 500];
const DEEDS = [
  "Accepted publickey for",
  "Session opened for user",
  "GET /api/v2/calls by",
  "Rule allowed image of",
  "Failed password for",
  "POST /login by",
  "Statement finished for",
  "Connection reset, was of",
];
const COMPUTERS = names(500, (i) => `srv-${["fra", "ams", "dub"][i % 3]}-${padded(i, 4)}`);
const USERS = names(5_000, (i) => `user:${mixed(i)}${mixed(i + 77_777)}`);
const PROCESSES = names(200, (i) => `/usr/lib/custom/bin/worker-${padded(i, 3)}`);
const TENANTS = names(3, (i) => `tenant-${i}`);
const PROVIDERS = names(50, (i) => `Provider.${SOURCES[i % 10]}.${Math.floor(i / 10)}`);
const CHANNELS = SOURCES.map((name) => `Operational/${name}`);

/** The frames of the first `rows` rows, in order. */
export function* logFrames(rows: number): Generator<ColumnBatch> {
  for (let first = 0; first < rows; first += FRAME_ROWS) {
    yield frameOf(first, Math.min(FRAME_ROWS, rows - first));
  }
}

/** Adds to `hash` all that `batch` holds. */
export function hashBatch(hash: Hash, batch: ColumnBatch): void {
  for (const column of batch.columns) {
    hash.update(column.name);
    if (column.form === "dict") {
      hash.update(column.indexes).update(column.entries.bytes).update(column.entries.ends);
    } else if (column.form === "text") hash.update(column.rows.bytes).update(column.rows.ends);
    else if (column.form === "number") hash.update(column.values);
    else if (column.form === "time") hash.update(column.ms);
  }
}

function frameOf(first: number, rows: number): ColumnBatch {
  const draw = generator(first);
  const below = (n: number): number => Math.floor(draw() * n);
  const skewed = (n: number): number => {
    const u = draw();
    return Math.floor(n * u * u * u);
  };
  const numbers = columnsOf(rows, ["EventId", "Level", "Port", "ProcessId", "Status"]);
  const dicts = indexesOf(rows, ["Tenant", "Computer", "Source", "Provider", "User", "Process"]);
  const times = columnsOf(rows, ["TimeGenerated", "ReceivedAt", "Sequence", "DurationMs"]);
  const text = { address: [] as string[], trace: [] as string[], message: [] as string[] };
  const properties: Uint8Array[] = [];
  for (let row = 0; row < rows; row++) {
    const source = skewed(10);
    const user = skewed(5_000);
    const program = skewed(200);
    const address = `10.${skewed(16)}.${below(256)}.${below(256)}`;
    const durationMs = below(100_000) / 100;
    const pid = below(32_768);
    const timeMs = START_MS + Math.floor((first + row) * STEP_MS) + below(1_500);
    times.TimeGenerated[row] = timeMs;
    times.ReceivedAt[row] = timeMs + 20 + below(2_000);
    times.Sequence[row] = first + row;
    times.DurationMs[row] = durationMs;
    numbers.EventId[row] = 4_600 + skewed(120);
    numbers.Level[row] = 1 + skewed(5);
    numbers.Port[row] = PORTS[skewed(8)]!;
    numbers.ProcessId[row] = pid;
    numbers.Status[row] = STATUS[below(8)]!;
    dicts.Tenant[row] = 1 + (source % 3);
    dicts.Computer[row] = 1 + skewed(500);
    dicts.Source[row] = 1 + source;
    dicts.Provider[row] = 1 + source + 10 * skewed(5);
    dicts.User[row] = 1 + user;
    dicts.Process[row] = 1 + program;
    text.address.push(address);
    text.trace.push(hex(draw) + hex(draw));
    text.message.push(
      `${DEEDS[skewed(8)]} ${USERS[user]} from ${address} port ${1_024 + below(60_000)}, ` +
        `${PROCESSES[program]}[${pid}] took ${durationMs} ms`,
    );
    const bytes = below(1_000_000);
    properties.push(pack({ kind: skewed(11), bytes, session: hex(draw), ok: below(2) === 1 }));
  }
  const values = { numbers, dicts, times, text, properties };
  return { table: LOG_TABLE, rows, columns: columnsFrom(values) };
}

interface Values {
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly dicts: Readonly<Record<string, Uint32Array>>;
  readonly times: Readonly<Record<string, Float64Array>>;
  readonly text: Readonly<Record<string, readonly string[]>>;
  readonly properties: readonly Uint8Array[];
}

function columnsFrom({ numbers, dicts, times, text, properties }: Values): readonly Column[] {
  return [
    { form: "time", name: "TimeGenerated", ms: times["TimeGenerated"]!, ticks: undefined },
    { form: "time", name: "ReceivedAt", ms: times["ReceivedAt"]!, ticks: undefined },
    { form: "number", type: "long", name: "Sequence", values: times["Sequence"]! },
    dict("Tenant", dicts["Tenant"]!, TENANTS),
    dict("Computer", dicts["Computer"]!, COMPUTERS),
    dict("SourceName", dicts["Source"]!, SOURCES),
    dict("Channel", dicts["Source"]!, CHANNELS),
    dict("Provider", dicts["Provider"]!, PROVIDERS),
    { form: "number", type: "int", name: "EventId", values: numbers["EventId"]! },
    { form: "number", type: "int", name: "Level", values: numbers["Level"]! },
    dict("User", dicts["User"]!, USERS),
    texts("Address", text["address"]!),
    { form: "number", type: "int", name: "Port", values: numbers["Port"]! },
    dict("Process", dicts["Process"]!, PROCESSES),
    { form: "number", type: "int", name: "ProcessId", values: numbers["ProcessId"]! },
    { form: "number", type: "int", name: "Status", values: numbers["Status"]! },
    { form: "number", type: "real", name: "DurationMs", values: times["DurationMs"]! },
    texts("TraceId", text["trace"]!),
    texts("Message", text["message"]!),
    {
      form: "text",
      type: "dynamic",
      name: "Properties",
      rows: joined(properties),
      absent: undefined,
    },
  ];
}

/** Numbers in [0, 1), told by `seed` alone. */
function generator(seed: number): () => number {
  let state = (seed + 0x9e3779b9) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function columnsOf<Name extends string>(rows: number, list: readonly Name[]) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry a name
  return Object.fromEntries(list.map((name) => [name, new Float64Array(rows)])) as Record<
    Name,
    Float64Array
  >;
}

function indexesOf<Name extends string>(rows: number, list: readonly Name[]) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry a name
  return Object.fromEntries(list.map((name) => [name, new Uint32Array(rows)])) as Record<
    Name,
    Uint32Array
  >;
}

function dict(name: string, indexes: Uint32Array, entries: readonly string[]): DictColumn {
  return { form: "dict", name, indexes, entries: stringsOf(entries) };
}

function texts(name: string, values: readonly string[]): Column {
  return { form: "text", type: "string", name, rows: stringsOf(values), absent: undefined };
}

/** Of ASCII. */
function stringsOf(values: readonly string[]): Strings {
  const ends = new Uint32Array(values.length);
  let end = 0;
  for (const [i, value] of values.entries()) ends[i] = end += value.length;
  return { bytes: Buffer.from(values.join(""), "latin1"), ends };
}

function joined(values: readonly Uint8Array[]): Strings {
  const ends = new Uint32Array(values.length);
  let end = 0;
  for (const [i, value] of values.entries()) ends[i] = end += value.length;
  return { bytes: Buffer.concat(values), ends };
}

function names(count: number, of: (i: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function hex(draw: () => number): string {
  return Math.floor(draw() * 4_294_967_296).toString(16).padStart(8, "0");
}

/** A number that looks drawn, as eight hex digits. */
function mixed(value: number): string {
  return (Math.imul(value ^ (value >>> 7), 2_654_435_761) >>> 0).toString(16).padStart(8, "0");
}
