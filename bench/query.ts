/**
 * What queries over the store cost, and what the store takes on disk, beside ClickHouse.
 *
 * A log table of 20 columns goes through the store as a hub's would: hot files, compaction; at first
 * some of it as under all the load that a hub can take, for what that costs, then all of it. Each
 * question is asked three times of the hub's query engine, a child process with two threads; the
 * least CPU time counts, all of the child's from the request to the answer's end.
 *
 * `npm run bench:query -- [--rows N] [--busy] [--corpus FOLDER] [--no-clickhouse] [--json]`; FOLDER has
 * EVTX files; with `--busy` all of the table is stored as under load: that takes a third of the time.
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
import { type ClickHouseMeasured, installClickHouse } from "./clickhouse.ts";
import { corpusFrames } from "./corpus_frames.ts";
import { eventQuery, type Known, type Question, questions } from "./log_queries.ts";
import { type LogStore, makeLogStore } from "./log_store.ts";
import { FROZEN, hashBatch, LOG_TABLE, logFrames } from "./log_table.ts";
import { measureStore, printStoreCost, type StoreCost } from "./store_cost.ts";
import { clickHouseOf, printSizes, sizesOf } from "./store_sizes.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    corpus: { type: "string" },
    busy: { type: "boolean", default: false },
    clickhouse: { type: "boolean", default: true },
    json: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), "custos-bench-"));
/** Rows that tell what storing costs: more take longer and say the same. */
const COST_ROWS = 1_000_000;
const signal = new AbortController().signal;
const costs: EngineCost[] = [];

try {
  await using engine = metered(openEngine({ processes: 1, deadlineMs: 600_000, after }));
  const program = values.clickhouse ? installClickHouse(join(folder, "chdb")) : undefined;
  if (rows > 0) await measureLogTable(engine, program);
  if (values.corpus !== undefined) await measureCorpus(values.corpus, engine, program);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureLogTable(engine: Engine, program: string | undefined): Promise<void> {
  const cost = await measureStore(Math.min(rows, COST_ROWS), {
    folder: join(folder, "busy"),
    engine,
  });
  const hash = createHash("sha256");
  await using store = await makeLogStore(hashed(logFrames(rows), hash), {
    folder: join(folder, "store"),
    engine,
    isBusy: values.busy,
  });
  checkFrozen(hash.digest("hex"));
  const asked = questions(await knownOf(store, engine));
  const ours = [];
  for (const question of asked) ours.push(await measure(question, store, engine));
  const theirs = program === undefined ? undefined : clickHouseOf(store, LOG_TABLE, {
    program,
    scratch: join(folder, "clickhouse"),
    queries: Object.fromEntries(asked.map(({ name, clickHouse: sql }) => [name, sql])),
  });
  print(asked, { store, cost, ours, theirs });
}

/** What real event logs take, in the tables that an agent puts them in. */
async function measureCorpus(
  corpus: string,
  engine: Engine,
  program: string | undefined,
): Promise<void> {
  const frames = corpusFrames(corpus);
  if (frames.length === 0) throw new Error(`Cannot measure: no EVTX files in ${corpus}`);
  await using store = await makeLogStore(frames, {
    folder: join(folder, "corpus"),
    engine,
    isBusy: false,
  });
  for (const table of store.manifest.snapshot.files.keys()) {
    const scratch = join(folder, "clickhouse");
    const theirs = program === undefined
      ? undefined
      : clickHouseOf(store, table, { program, scratch, queries: {} });
    const sizes = sizesOf(store, table);
    if (values.json) console.log(JSON.stringify({ ...sizes, columns: [...sizes.columns], theirs }));
    else printSizes(sizes, theirs);
  }
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

interface Results {
  readonly store: LogStore;
  readonly cost: StoreCost;
  readonly ours: readonly Measured[];
  readonly theirs: ClickHouseMeasured | undefined;
}

function print(asked: readonly Question[], { store, cost, ours, theirs }: Results): void {
  const sizes = sizesOf(store, LOG_TABLE);
  const files = pathsOf(store).length;
  if (values.json) {
    const { bytes } = sizes;
    const columns = [...sizes.columns];
    console.log(JSON.stringify({ rows, bytes, columns, files, cost, asked, ours, theirs }));
    return;
  }
  printStoreCost(cost);
  const perSecond = Math.round(rows / (store.writeSeconds + store.compactSeconds));
  console.log(
    `${rows} rows in ${files} files, ${perSecond} a CPU-second ${
      values.busy ? "under all the load" : "where nobody waits"
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
  printSizes(sizes, theirs);
}
