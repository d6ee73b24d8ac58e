/**
 * Stage 3 of 7: replaces what may name a person or a customer by keyed tokens.
 *
 * The last stage that sees plain text; every later one, and the hub, sees its output only. The work
 * is `sdk/scrub`, which the hub's tools and the test kit use too.
 *
 * An event that cannot be judged does not take others with it: a batch that fails is halved until
 * the events at fault are alone. In all n events that is at most 2n calls of the scrubber and
 * n (log2 n + 3) events given to it, even if every event fails.
 *
 * @module
 */
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { pickRows } from "../sdk/columns/pick_rows.ts";
import { FreeTextError } from "../sdk/scrub/free_text.ts";
import type { Scrubber } from "../sdk/scrub/scrubber.ts";
import type { Schema } from "../sdk/table.ts";
import type { SourceCounts } from "./counters.ts";

/** Why an event could not be judged: a code, nothing of the event. */
export type Fault = FreeTextError["code"] | "failed";

/** What became of a batch. */
export interface Scrubbed {
  /** The events that may go on, in order; undefined if there are none. */
  readonly batch: ColumnBatch | undefined;
  /** By row of what was given: those that go no further. The caller quarantines them. */
  readonly faults: ReadonlyMap<number, Fault>;
}

interface ScrubOptions {
  readonly scrubber: Scrubber;
  readonly counts: SourceCounts;
}

/** Scrubs `batch` and counts what that replaced. An event of which it fails is a fault. */
export function scrub(batch: ColumnBatch, schema: Schema, options: ScrubOptions): Scrubbed {
  const faults = new Map<number, Fault>();
  const whole = attempt(batch, schema, options);
  if (typeof whole !== "string") return { batch: whole, faults };
  const faultOf = (part: ColumnBatch): Fault | undefined => {
    const result = attempt(part, schema, { ...options, counts: undefined });
    return typeof result === "string" ? result : undefined;
  };
  if (batch.rows === 1) faults.set(0, whole);
  else for (const half of halves(batch, 0)) search(half, faultOf, faults);
  const good = rowNumbers(0, batch.rows).filter((row) => !faults.has(row));
  if (good.length === 0) return { batch: undefined, faults };
  const rest = attempt(pickRows(batch, good), schema, options);
  if (typeof rest !== "string") return { batch: rest, faults };
  // Alone each could be judged, together they cannot: fail closed.
  for (const row of good) faults.set(row, rest);
  return { batch: undefined, faults };
}

interface Part {
  readonly batch: ColumnBatch;
  /** Number of its first row in the batch that it is of. */
  readonly first: number;
}

/** Puts the events at fault in `part` into `faults`. */
function search(
  { batch, first }: Part,
  faultOf: (batch: ColumnBatch) => Fault | undefined,
  faults: Map<number, Fault>,
): void {
  const fault = faultOf(batch);
  if (fault === undefined) return;
  if (batch.rows === 1) faults.set(first, fault);
  else for (const half of halves(batch, first)) search(half, faultOf, faults);
}

function halves(batch: ColumnBatch, first: number): readonly Part[] {
  const middle = batch.rows >>> 1;
  return [
    { batch: pickRows(batch, rowNumbers(0, middle)), first },
    { batch: pickRows(batch, rowNumbers(middle, batch.rows)), first: first + middle },
  ];
}

function rowNumbers(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

/** Fails closed, for whatever reason the scrubber has. */
function attempt(
  batch: ColumnBatch,
  schema: Schema,
  { scrubber, counts }: { readonly scrubber: Scrubber; readonly counts: SourceCounts | undefined },
): ColumnBatch | Fault {
  try {
    const [scrubbed, { tokenised, dropped }] = scrubber.scrub(batch, schema);
    if (counts !== undefined) {
      counts.tokenised += tokenised;
      counts.dropped += dropped;
    }
    return scrubbed;
  } catch (error) {
    return error instanceof FreeTextError ? error.code : "failed";
  }
}
