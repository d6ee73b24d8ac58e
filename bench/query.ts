/**
 * What queries over the store cost, and what the store takes on disk, beside ClickHouse.
 *
 * A log table of 20 columns goes through the store as a hub's would: hot files, compaction. Each
 * question is asked three times of the hub's query engine, a child process with two threads; the
 * least CPU time counts, all of the child's from the request to the answer's end.
 *
 * `npm run bench:query -- [--rows N] [--no-clickhouse] [--json]`
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openQuery } from "../hub/query/query.ts";
import { openIndexes } from "../hub/store/cold/open_indexes.ts";
import { type Engine, openEngine } from "../hub/store/engine.ts";
import type { EngineCost } from "../hub/store/engine_messages.ts";
import { sqlFiles } from "../hub/store/sql_text.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { installClickHouse, measureClickHouse } from "./clickhouse.ts";
import { eventQuery, type Known, type Question, questions } from "./log_queries.ts";
import { bytesOf, type LogStore, makeLogStore } from "./log_store.ts";
import { FROZEN, hashBatch, LOG_TABLE, logFrames } from "./log_table.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    clickhouse: { type: "boolean", default: true },
    json: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), "custos-bench-"));
const signal = new AbortController().signal;
const costs: EngineCost[] = [];

try {
  await using engine = metered(openEngine({ processes: 1, deadlineMs: 600_000, after }));
  const hash = createHash("sha256");
  await using store = await makeLogStore(hashed(logFrames(rows), hash), {
    folder: join(folder, "store"),
    engine,
  });
  checkFrozen(hash.digest("hex"));
  const asked = questions(await knownOf(store, engine));
  const ours = [];
  for (const question of asked) ours.push(await measure(question, store, engine));
  const theirs = values.clickhouse ? clickHouse(asked, store) : undefined;
  print(asked, { store, ours, theirs });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

function metered(engine: Engine): Engine {
  return {
    select: (request, stop, deadlineMs) =>
      engine.select({ ...request, onCost: (cost) => costs.push(cost) }, stop, deadlineMs),
    compact: (request, stop) => engine.compact(request, stop),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

function* hashed(
  frames: Iterable<ColumnBatch>,
  hash: Hash,
): Generator<ColumnBatch> {
  for (const frame of frames) {
    hashBatch(hash, frame);
    yield frame;
  }
}

/** The rows are what they were when the encodings were chosen. */
function checkFrozen(hash: string): void {
  const frozen = FROZEN.get(rows);
  if (frozen === undefined) console.error(`no hash is frozen for ${rows} rows: ${hash}`);
  else if (frozen !== hash) throw new Error(`Cannot measure: the rows hash to ${hash}`);
}

function pathsOf({ manifest, folder: own }: LogStore): readonly string[] {
  return (manifest.snapshot.files.get(LOG_TABLE) ?? []).map(({ path }) => join(own, path));
}

async function knownOf(store: LogStore, engine: Engine): Promise<Known> {
  const files = pathsOf(store);
  const sql = `select "TraceId", "Computer", "TimeGenerated" // 10000 from ${sqlFiles(files)}
    where "Sequence" = ${Math.floor(rows / 2)}`;
  for await (const chunk of engine.select({ sql, values: [], files }, signal)) {
    const [traceId, computer, ms] = chunk.rows[0]!;
    return { traceId: String(traceId), computer: String(computer), time: new Date(Number(ms)) };
  }
  throw new Error("Cannot measure: the table is empty");
}

interface Measured {
  readonly cpuMs: number;
  readonly peakMiB: number;
  readonly rows: number;
}

async function measure(question: Question, store: LogStore, engine: Engine): Promise<Measured> {
  let best: Measured | undefined;
  for (let round = 0; round < 3; round++) {
    // The child makes the next database ready (11 ms of CPU) while nobody asks; then it is still.
    await new Promise((resolve) => setTimeout(resolve, 100));
    costs.length = 0;
    const found = await answer(question, store, engine);
    const cpuMs = costs.reduce((sum, cost) => sum + cost.cpuMs, 0);
    const peakMiB = Math.max(...costs.map(({ peakBytes }) => peakBytes)) / 1024 ** 2;
    if (best === undefined || cpuMs < best.cpuMs) best = { cpuMs, peakMiB, rows: found };
  }
  return best!;
}

/** Gives the number of rows. */
async function answer({ ask }: Question, store: LogStore, engine: Engine): Promise<number> {
  if (typeof ask !== "function") {
    const query = openQuery({
      manifest: store.manifest,
      engine,
      folder: store.folder,
      indexes: openIndexes(nodeFiles(), store.folder),
    });
    return (await query.events(eventQuery(ask), signal)).rows.length;
  }
  const files = pathsOf(store);
  let found = 0;
  for await (const chunk of engine.select({ sql: ask(files), values: [], files }, signal)) {
    found += chunk.rows.length;
  }
  return found;
}

function clickHouse(asked: readonly Question[], store: LogStore) {
  const program = installClickHouse(join(folder, "chdb"));
  return measureClickHouse(program, join(folder, "clickhouse"), {
    files: join(store.folder, "cold", "*.parquet"),
    time: "TimeGenerated",
    columns: store.manifest.snapshot.columns.get(LOG_TABLE)!.filter(({ name }) =>
      !name.startsWith("_")
    ),
    queries: Object.fromEntries(asked.map(({ name, clickHouse: sql }) => [name, sql])),
  });
}

interface Results {
  readonly store: LogStore;
  readonly ours: readonly Measured[];
  readonly theirs: ReturnType<typeof clickHouse> | undefined;
}

function print(asked: readonly Question[], { store, ours, theirs }: Results): void {
  const bytes = bytesOf(store) / rows;
  const files = pathsOf(store).length;
  if (values.json) {
    console.log(JSON.stringify({ rows, bytes, files, asked, ours, theirs }));
    return;
  }
  console.log(`${rows} rows in ${files} files, ${bytes.toFixed(1)} bytes a row`);
  console.log(
    `hot files: ${Math.round(rows / store.writeSeconds)} rows a CPU-second, sealed: ${
      Math.round(rows / (store.writeSeconds + store.compactSeconds))
    }`,
  );
  for (const [i, { name, mostMs }] of asked.entries()) {
    const { cpuMs, peakMiB, rows: found } = ours[i]!;
    const other = theirs?.cpuMs[name];
    console.log(
      `${name.padEnd(22)}${cpuMs.toFixed(1).padStart(8)} ms CPU (goal ${mostMs} for 10 million)  ${
        peakMiB.toFixed(0)
      } MiB  ${found} rows${
        other === undefined
          ? ""
          : `  ClickHouse ${other.toFixed(1)} ms, ${(cpuMs / other).toFixed(2)} of it`
      }`,
    );
  }
  if (theirs === undefined) return;
  for (const [codec, size] of Object.entries(theirs.bytes)) {
    console.log(
      `ClickHouse ${theirs.version} ${codec}: ${(size / rows).toFixed(1)} bytes a row, the store ${
        (bytes * rows / size).toFixed(2)
      } of it (goal 0.86)`,
    );
  }
}
