/**
 * Reads what is stored of a table through the windows of a behaviour rule, as its detector would have
 * seen it.
 *
 * @module
 */
import { join } from "node:path";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Control } from "../control.ts";
import type { Facts } from "../detect/detector.ts";
import { MOST_ENTITIES } from "../detect/behaviour/detector.ts";
import type { OwnPast } from "../detect/behaviour/own_past.ts";
import { type Closed, openWindows } from "../detect/behaviour/windows.ts";
import { hashOf } from "../detect/learn/distinct.ts";
import { type BehaviourRule, columnsOf } from "../detect/rule.ts";
import { planEvents } from "../query/plan.ts";
import { selectInOrder } from "../query/select.ts";
import type { Engine } from "../store/engine.ts";
import type { Cell } from "../store/engine_messages.ts";
import { EngineError } from "../store/engine_error.ts";
import type { StoredColumn } from "../store/layout.ts";
import { filesFor } from "../store/files_for.ts";
import { openManifest, type Snapshot } from "../store/manifest.ts";
import { TIME_COLUMN } from "../store/time_span.ts";
import { storedBatch } from "./stored_batch.ts";

export interface ReadOptions {
  readonly control: Control;
  readonly engine: Engine;
  /** The store's folder. */
  readonly folder: string;
  readonly rule: BehaviourRule;
  readonly fromMs: number;
  readonly toMs: number;
  /** Entities that are never left out. */
  readonly keep: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Told of the part, from 0 to 1, that has been read. */
  readonly onProgress: (part: number) => void;
  /** Windows that are kept; default 200,000. */
  readonly limit?: number;
}

/** What was read. */
export interface ReadWindows {
  /** In the order in which they ended; without evidence. */
  readonly windows: readonly Closed[];
  readonly pasts: readonly (readonly [string, OwnPast])[];
  readonly rows: number;
  /** One of so many entities was kept, because there are more windows than can be. */
  readonly oneOf: number;
}

const MOST_WINDOWS = 200_000;
/** So much of the time is read at once and held in memory. */
const SLICE_MS = 6 * 3_600_000;
const AGENT: readonly string[] = ["_Agent", "_Source"];

/**
 * Reads the windows of `rule`.
 *
 * @throws {EngineError} If the store cannot be read.
 */
export async function readWindows(options: ReadOptions): Promise<ReadWindows> {
  const { rule, fromMs, toMs, signal, onProgress } = options;
  const windows = openWindows(rule, { limit: MOST_ENTITIES });
  const kept = new Kept(options.limit ?? MOST_WINDOWS, options.keep);
  const slice = slicesOf(options);
  let rows = 0;
  for (let at = fromMs; at < toMs; at += SLICE_MS) {
    const batches = await slice(at, Math.min(at + SLICE_MS, toMs));
    for (const { batch, facts } of batches) {
      rows += batch.rows;
      kept.add(windows.close(facts.hubMs));
      kept.add(windows.take(batch, facts).closed);
    }
    signal.throwIfAborted();
    onProgress(Math.min(1, (at + SLICE_MS - fromMs) / (toMs - fromMs)));
  }
  kept.add(windows.close(Infinity));
  return { ...kept.all(), pasts: windows.pasts(), rows };
}

/** Windows of all entities, or of fewer and fewer ones: each entity whole or not at all. */
class Kept {
  readonly #limit: number;
  readonly #keep: ReadonlySet<string>;
  #windows: Closed[] = [];
  #oneOf = 1;

  constructor(limit: number, keep: ReadonlySet<string>) {
    this.#limit = limit;
    this.#keep = keep;
  }

  add(closed: readonly Closed[]): void {
    for (const window of closed) {
      if (this.#isKept(window)) this.#windows.push({ ...window, evidence: [] });
    }
    while (this.#windows.length > this.#limit && this.#oneOf < this.#limit) {
      this.#oneOf *= 2;
      this.#windows = this.#windows.filter((window) => this.#isKept(window));
    }
  }

  all(): Pick<ReadWindows, "windows" | "oneOf"> {
    return { windows: this.#windows, oneOf: this.#oneOf };
  }

  #isKept({ entity }: Closed): boolean {
    return this.#oneOf === 1 || hashOf(entity) % this.#oneOf === 0 || this.#keep.has(entity);
  }
}

interface Seen {
  readonly batch: ColumnBatch;
  readonly facts: Facts;
}

const MOST_TRIES = 5;

/** Reads slices of one snapshot; files may be compacted meanwhile, then of the next one. */
function slicesOf(options: ReadOptions): (fromMs: number, toMs: number) => Promise<Seen[]> {
  let { snapshot } = openManifest(options.control);
  return async (fromMs, toMs) => {
    for (let tries = 1;; tries++) {
      try {
        return await batchesOf(options, snapshot, { fromMs, toMs });
      } catch (error) {
        const isGone = error instanceof EngineError && error.code === "file";
        if (!isGone || tries === MOST_TRIES) throw error;
        ({ snapshot } = openManifest(options.control));
      }
    }
  };
}

async function batchesOf(
  { engine, folder, rule, signal }: ReadOptions,
  snapshot: Snapshot,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<Seen[]> {
  const columns = storedColumns(rule, snapshot);
  const plan = planEvents({
    table: rule.table,
    columns: [...AGENT, ...columns.map(({ name }) => name)],
    where: [],
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    limit: 1,
    order: "oldest",
    why: "",
  }, snapshot);
  const files = filesFor(snapshot, plan);
  if (files.length === 0) return [];
  const paths = files.map(({ path }) => join(folder, path));
  const source = { paths, time: TIME_COLUMN, hasTimeless: files.some((file) => file.timeless > 0) };
  const request = { ...selectInOrder(plan, source), files: paths };
  const seen: Seen[] = [];
  for await (const { rows } of engine.select(request, signal)) {
    seen.push(...seenOf(rule.table, columns, rows));
  }
  return seen;
}

/** Those of the rule's columns that are stored; the time comes by itself. */
function storedColumns(rule: BehaviourRule, { columns }: Snapshot): readonly StoredColumn[] {
  const wanted = new Set(columnsOf(rule));
  return (columns.get(rule.table) ?? []).filter(({ name }) =>
    wanted.has(name) && name !== TIME_COLUMN && !AGENT.includes(name)
  );
}

/** One batch for each source, because who sent it is a fact of a whole batch. */
function seenOf(
  table: string,
  columns: readonly StoredColumn[],
  rows: readonly (readonly Cell[])[],
): Seen[] {
  const all: readonly StoredColumn[] = [{ name: TIME_COLUMN, type: "datetime" }, ...columns];
  const groups = Map.groupBy(rows, (row) => `${String(row[1])} ${String(row[2])}`);
  return [...groups.values()].map((own) => {
    const [agent, source] = [String(own[0]![1]), String(own[0]![2])];
    const cells = own.map(([time, , , ...rest]) => [time ?? null, ...rest]);
    const hubMs = Number(BigInt(String(own.at(-1)![0])) / 10_000n);
    const facts = { entry: 0, hubMs, aliveMs: 0, agent, source, isEvents: true };
    return { batch: storedBatch(table, all, cells), facts };
  });
}
