/**
 * What agent and hub make of one stream when a link opens: go on, open an epoch, or start anew.
 *
 * Rules 2, 3 and 5 of the link ("Link" in ARCHITECTURE.md): the hub's ledger is the truth about
 * what was taken; the agent trims only what the hub's tail hash proves to be the same frames.
 *
 * @module
 */
import { sha256 } from "../../sdk/runtime/hash.ts";
import type { StreamHead } from "../../sdk/wire/link.ts";
import type { FrameAt, FrameSource, HeldEpoch, HeldStream } from "./frame_source.ts";
import type { StreamLink } from "./stream_seq.ts";

/** Why a stream cannot go on in the epochs that the spool holds. */
export type EpochReason =
  /** The hub has later frames or epochs than the agent: the agent has lost state. */
  | "agent-behind"
  /** The hub has lost frames that it acknowledged and the agent no longer holds. */
  | "hub-lost"
  /** The hub's tail is not our frame: two histories. */
  | "tail"
  /** Frames are held of an epoch that the hub has closed. */
  | "fenced"
  /** The hub refused a frame for its place: wrong previous hash, wrong epoch, or a second hash. */
  | "chain"
  | "epoch"
  | "equivocation";

/** A call for a new epoch of one stream. */
export interface EpochNeeded {
  /** Stream id in hex. */
  readonly stream: string;
  /** The new epoch must be higher. */
  readonly above: number;
  readonly reason: EpochReason;
  /**
   * Frames that the hub has of ours: all older epochs, and this one below `next`. They must not be
   * sealed again. Absent: it has none of those the spool holds, as far as anybody can tell.
   */
  readonly held?: { readonly epoch: number; readonly next: number };
  /** The sealed cursor behind all that the hub has, where it was asked for and we have no more. */
  readonly cursor?: Uint8Array;
  /** With `hub-lost`: what neither end has. The frames from `to` on are kept, and needed again. */
  readonly lost?: { readonly epoch: number; readonly from: number; readonly to: number };
}

/** What follows for a stream. */
export type Agreement =
  /** The hub has our frames below `next` of `epoch`, and everything of older epochs. */
  | {
    readonly kind: "open";
    readonly epoch: number;
    readonly next: number;
    /** As of {@link EpochNeeded}. */
    readonly cursor?: Uint8Array;
  }
  /** Ask the hub to open `epoch`. */
  | { readonly kind: "ask"; readonly epoch: number }
  | { readonly kind: "new"; readonly needed: EpochNeeded };

/** Why a stream's first epoch was opened. */
export const FIRST_START = "first start";

type PreviousOf = (at: FrameAt) => Uint8Array | undefined;

/** Compares what the spool holds with what the hub says; `hub` is undefined if it knows nothing. */
export function agree(
  held: HeldStream,
  hub: StreamHead | undefined,
  previousOf: PreviousOf,
): Agreement {
  const stream = hexOf(held.id);
  const newest = held.epochs.at(-1);
  if (newest === undefined) throw new RangeError(`Cannot agree on stream ${stream}: no epoch`);
  const above = Math.max(newest.epoch, hub?.epoch ?? 0);
  const anew: Anew = (reason, rest) => ({
    kind: "new",
    needed: { stream, above, reason, ...rest },
  });
  if (hub === undefined) {
    const [first = newest] = held.epochs;
    // What came before a later epoch may be lost as well.
    const isWhole = keptOf(first) === 0 && held.epochs.length === 1 && held.reason === FIRST_START;
    return isWhole ? { kind: "ask", epoch: first.epoch } : askFor(first, anew);
  }
  const mine = held.epochs.find((e) => e.epoch === hub.epoch);
  if (mine === undefined) return agreeElsewhere(held, hub, anew);
  if (hub.next > mine.next) {
    return anew("agent-behind", {
      held: { epoch: mine.epoch, next: mine.next },
      ...cursorFor(held, hub),
    });
  }
  const kept = keptOf(mine);
  if (hub.next < kept) {
    return anew("hub-lost", { lost: { epoch: mine.epoch, from: hub.next, to: kept } });
  }
  const previous = previousOf({ stream, epoch: mine.epoch, seq: hub.next });
  if (hub.next > 0 && !isEqual(previous, hub.tail)) {
    return anew("tail", previous === undefined ? cursorFor(held, hub) : undefined);
  }
  return { kind: "open", epoch: mine.epoch, next: hub.next, ...cursorFor(held, hub) };
}

type Anew = (
  reason: EpochReason,
  rest?: Pick<EpochNeeded, "held" | "lost" | "cursor">,
) => Agreement;

/** The hub's epoch is none that we hold. */
function agreeElsewhere(held: HeldStream, hub: StreamHead, anew: Anew): Agreement {
  const found = cursorFor(held, hub);
  // Each epoch was opened when the hub had all of the one before.
  if (found) return anew("agent-behind", { held: { epoch: hub.epoch, next: 0 }, ...found });
  if (held.epochs.some((e) => e.epoch < hub.epoch && e.next > e.first)) {
    return anew(held.epochs.some((e) => e.epoch > hub.epoch) ? "fenced" : "agent-behind");
  }
  const later = held.epochs.find((e) => e.epoch > hub.epoch);
  return later === undefined ? anew("agent-behind") : askFor(later, anew);
}

/** The hub's cursor, unless we hold frames that are behind it. */
function cursorFor(
  { epochs }: HeldStream,
  { epoch, next, cursor }: StreamHead,
): { readonly cursor: Uint8Array } | undefined {
  const isNewest = epochs.every((held) =>
    held.epoch < epoch || held.next <= (held.epoch === epoch ? next : 0)
  );
  return cursor && isNewest ? { cursor: new Uint8Array(cursor) } : undefined;
}

/** Of an epoch that the hub does not know nothing may have been acknowledged. */
function askFor({ epoch, first, kept = first }: HeldEpoch, anew: Anew): Agreement {
  if (first === 0) return { kind: "ask", epoch };
  return anew("hub-lost", { lost: { epoch, from: 0, to: kept } });
}

function keptOf({ first, kept = first }: HeldEpoch): number {
  return kept;
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What the spool can trim: the agreed epoch below `next`, and older epochs, each all acknowledged
 * before its successor was opened. */
export function alreadyHeld(
  held: HeldStream,
  epoch: number,
  next: number,
): Omit<FrameAt, "stream">[] {
  return held.epochs
    .filter((e) => e.epoch <= epoch)
    .map((e) => ({ epoch: e.epoch, first: e.first, end: e.epoch === epoch ? next : e.next }))
    .filter((e) => e.end > e.first)
    .map((e) => ({ epoch: e.epoch, seq: e.end - 1 }));
}

/**
 * Whether the hub may close the epochs before `later`: what is not acknowledged yet, or of a halted
 * stream not sealed again yet, it would shut out.
 */
export function mayClose(
  { epochs }: HeldStream,
  { phase, epoch, acked }: StreamLink,
  later: number,
): boolean {
  const before = epochs.filter((e) => e.epoch < later);
  if (phase === "halted") return before.every(({ first, next }) => first >= next);
  return before.every((e) => e.epoch !== epoch || acked >= e.next);
}

/** How far the spool is with a stream, for the hub. */
export function headOf(source: FrameSource, held: HeldStream): StreamHead {
  const newest = held.epochs.at(-1) ?? { epoch: 1, first: 0, next: 0 };
  const { epoch, next } = newest;
  const tail = source.previousOf({ stream: hexOf(held.id), epoch, seq: next });
  return { stream: held.id, epoch, next, tail: tail ?? new Uint8Array(32) };
}

/** Lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Hashing both first makes the comparison's time tell nothing about either. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return hexOf(sha256("custos/same/v1", a)) === hexOf(sha256("custos/same/v1", b));
}
