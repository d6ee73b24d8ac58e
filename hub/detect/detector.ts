/**
 * The contract of a detector: what looks at columns and says what it found.
 *
 * Stage 5 of 7 of the hub. A detector's only clock is the ledger and its only input are the
 * ledger's items, in order: the same range and the same rules give the same findings, live or
 * replayed, however the items were batched.
 *
 * @module
 */
import type { Evidence, Severity } from "../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";

/** Where a detector stands in the ledger. */
export interface Moment {
  /** Index of the ledger entry. */
  readonly entry: number;
  /** The hub's receive time, ms since the Unix epoch; never goes back. */
  readonly hubMs: number;
  /** Ms that the ledger has been written to: time in which the hub was down does not count. */
  readonly aliveMs: number;
}

/** What the hub knows of a batch besides its columns. */
export interface Facts extends Moment {
  /** Id of the agent, hexadecimal. */
  readonly agent: string;
  /** Name of the source. */
  readonly source: string;
  /** False for the agent's own statement that events were lost. */
  readonly isEvents: boolean;
}

/**
 * What became of what a rule watches: `hit` was seen, `ended` is over by itself, `overflow` is more
 * than a limit allows to list, `refused` is a rule that cannot work on this table, `drift` a model that
 * was trained on something else than it sees now.
 */
export type FindingKind = "hit" | "ended" | "overflow" | "refused" | "drift";

/** One hit, before the rule's name is on it. */
export interface Hit {
  readonly kind: FindingKind;
  /** What it is about, such as the token of an address; after scrub. */
  readonly entity: string;
  /** One sentence of what was seen, without personal values. */
  readonly summary: string;
  /** Events behind it, of which `evidence` holds some. */
  readonly events: number;
  /** Oldest first, at most {@link MOST_EVIDENCE}. */
  readonly evidence: readonly Evidence[];
}

/** One hit of one rule, as stage 6 gets it. */
export interface Finding extends Hit {
  /** 64 hexadecimal digits over rule, kind, entity and first evidence: a replay gives the same. */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** Such as `attack.t1059`, of rules that have any. */
  readonly tags?: readonly string[];
  /** Ledger entry at which it was found, and that entry's hub time in ms. */
  readonly entry: number;
  readonly hubMs: number;
}

/** Rows that one finding shows at most. */
export const MOST_EVIDENCE = 10;

/** A part of a detector's state: JSON under a key; undefined is one that is gone. */
export interface Cell {
  readonly key: string;
  readonly value: string | undefined;
}

/** What a detector has to say of one item. */
export interface Report {
  readonly hits: readonly Hit[];
  /** Entities or values it had to forget because a limit was reached. */
  readonly forgotten: number;
}

/** The report of nothing. */
export const NOTHING: Report = { hits: [], forgotten: 0 };

/** A ledger entry that is no frame. */
export interface PlainEntry {
  readonly kind: string;
  readonly payload: Uint8Array;
}

/** Looks at the batches of its tables. All it knows it saves. */
export interface Detector {
  /** Tables whose batches it wants; undefined is every table. */
  readonly table: string | undefined;
  /** Columns it touches; it never reads another one. */
  readonly columns: readonly string[];
  /**
   * Looks at one batch, which is only valid during the call.
   *
   * @throws {ConditionError} If the rule cannot be applied to a column of this batch.
   */
  batch(batch: ColumnBatch, facts: Facts): Report;
  /** Looks at a ledger entry that is no frame, such as a note. */
  entry?(entry: PlainEntry, moment: Moment): Report;
  /** Called for every ledger item, before its batch: what time alone brings about. */
  tick(moment: Moment): Report;
  /** The cells that have changed since the last call, or since `load`. */
  save(): readonly Cell[];
  /** Takes up saved cells, in any order; called once and first. */
  load(cells: readonly Cell[]): void;
}

/** The id of what `rule` found about `hit.entity` at the place `entry`, unless it has evidence. */
export function findingId(rule: string, hit: Hit, entry: number): string {
  const first = hit.evidence[0];
  const place = first === undefined ? [entry, -1] : [first.entry, first.row];
  const text = JSON.stringify([rule, hit.kind, hit.entity, ...place]);
  return Buffer.from(sha256("custos/finding/v1", Buffer.from(text))).toString("hex");
}
