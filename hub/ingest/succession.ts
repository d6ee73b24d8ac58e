/**
 * What the ledger says of one agent's keys and heads: who may sign what, and how far its streams
 * must come (`sdk/wire/succession.ts`).
 *
 * A frame has one right key: of the first statement that covers it, the key before; where none
 * does, the newest. So a key that was taken later signs nothing that was sealed before.
 *
 * @module
 */
import { keyId, verifier, type Verify } from "../../sdk/proof/sign.ts";
import { enrolled, type Statement, type Succession } from "../../sdk/wire/succession.ts";

/** Keys below the oldest that may still be asked for, kept to tell a repeated frame's signature. */
const KEPT_KEYS = 8;
/** Closed epochs of a stream whose ends are remembered. */
const KEPT_ENDS = 16;
/** Heads of one agent that its streams have not come to: bounds the hub's memory. */
export const MOST_HEADS = 65_536;

/** A key that signs frames. */
export interface FrameKey {
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly verify: Verify;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** How far an epoch was at some time. */
export interface Head {
  readonly epoch: number;
  readonly next: number;
  /** 32 bytes. */
  readonly tail: Uint8Array;
}

/** A head that the stream must come to before its epoch ends. */
export interface DueHead extends Head {
  /** Number of the statement that says so; 0: announced on the link. */
  readonly statement: number;
}

/** All of one agent. Change it by ledger entries only. */
export interface Keyring {
  succession: Succession;
  /** By number; 0 is the enrolled one. */
  readonly keys: Map<number, FrameKey>;
  /** By stream id in hex: heads not reached yet, by statement. */
  readonly due: Map<string, DueHead[]>;
  /** By stream id in hex: where its newest closed epochs ended, oldest first. */
  readonly ends: Map<string, Head[]>;
  /** Hash of the last statement that was refused, in hex: it is noted once. */
  refused: string | undefined;
  /** Hub time of the last announcement that was recorded, in ticks. */
  announcedAt: bigint;
}

export function newKeyring(enrolledKey: Uint8Array): Keyring {
  return {
    succession: enrolled(enrolledKey),
    keys: new Map([[0, frameKey(enrolledKey)]]),
    due: new Map(),
    ends: new Map(),
    refused: undefined,
    announcedAt: 0n,
  };
}

export function frameKey(publicKey: Uint8Array): FrameKey {
  return { id: keyId(publicKey), verify: verifier(publicKey), publicKey };
}

/** A place of a stream, named by its id in hex. */
export interface At {
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
}

/** The one key that may have signed the next frame of a stream. */
export function keyDue(ring: Keyring, at: At): FrameKey | undefined {
  const cover = ring.due.get(at.stream)?.find((head) => head.statement > 0 && isBelow(at, head));
  return ring.keys.get(cover === undefined ? ring.succession.number : cover.statement - 1);
}

/** Whether `hash` is another frame than one that ends where a head says. */
export function missesHead(ring: Keyring, at: At, hash: Uint8Array): boolean {
  return (ring.due.get(at.stream) ?? []).some(({ epoch, next, tail }) =>
    epoch === at.epoch && next === at.seq + 1 && Buffer.compare(tail, hash) !== 0
  );
}

/** The stream has come to `next` of `epoch`. */
export function reachHeads(
  ring: Keyring,
  stream: string,
  { epoch, next }: Omit<Head, "tail">,
): void {
  const due = ring.due.get(stream);
  if (due === undefined || !due.some((head) => head.epoch === epoch && head.next <= next)) return;
  keep(ring, stream, due.filter((head) => head.epoch !== epoch || head.next > next));
}

/** Ends the epochs below `epoch`; what they owed is due no more. */
export function endEpochs(
  ring: Keyring,
  stream: string,
  { end, epoch }: { readonly end: Head | undefined; readonly epoch: number },
): void {
  if (end !== undefined) {
    const { next, tail } = end;
    const ends = [...ring.ends.get(stream) ?? [], { epoch: end.epoch, next, tail }];
    ring.ends.set(stream, ends.slice(-KEPT_ENDS));
  }
  keep(ring, stream, (ring.due.get(stream) ?? []).filter((head) => head.epoch >= epoch));
}

/** Of the heads that a new epoch leaves behind, the farthest. */
export function missedHead(ring: Keyring, stream: string, epoch: number): DueHead | undefined {
  return ring.due.get(stream)?.filter((head) => head.epoch < epoch)
    .toSorted((a, b) => a.epoch - b.epoch || a.next - b.next).at(-1);
}

/** How a head stands to what the ledger has of its stream, of which `now` is the open epoch. */
export function judgeHead(
  ring: Keyring,
  head: Head & { readonly stream: string },
  now: Head | undefined,
): "due" | "reached" | "missed" {
  if (head.next === 0) return "reached";
  if (now === undefined || head.epoch > now.epoch) return "due";
  if (head.epoch === now.epoch) return head.next > now.next ? "due" : tailOf(head, now);
  const end = ring.ends.get(head.stream)?.find(({ epoch }) => epoch === head.epoch);
  if (end === undefined || end.next < head.next) return "missed";
  return tailOf(head, end);
}

/** Below the newest frame the chain holds it: only at the end can it be another one. */
function tailOf(head: Head, held: Head): "reached" | "missed" {
  return head.next === held.next && Buffer.compare(head.tail, held.tail) !== 0
    ? "missed"
    : "reached";
}

/** Takes a verified statement; `now` gives what the ledger has of a stream. */
export function takeStatement(
  ring: Keyring,
  { statement, after }: { readonly statement: Statement; readonly after: Succession },
  now: (stream: string) => Head | undefined,
): void {
  ring.succession = after;
  ring.keys.set(after.number, frameKey(after.publicKey));
  for (const { stream, epoch, next, tail } of statement.heads) {
    const key = hexOf(stream);
    if (judgeHead(ring, { stream: key, epoch, next, tail }, now(key)) !== "due") continue;
    addDue(ring, key, { epoch, next, tail: new Uint8Array(tail), statement: after.number });
  }
  forgetKeys(ring);
}

/** Takes an announced head that is due; it replaces an earlier one of the epoch, never lowers it. */
export function takeAnnounced(ring: Keyring, stream: string, head: Head): void {
  const { epoch, next, tail } = head;
  addDue(ring, stream, { epoch, next, tail, statement: 0 });
}

/** Heads that are due, of all streams. */
export function dueCount(ring: Keyring): number {
  let count = 0;
  for (const due of ring.due.values()) count += due.length;
  return count;
}

function addDue(ring: Keyring, stream: string, head: DueHead): void {
  const due = ring.due.get(stream) ?? [];
  const isSaid = due.some(({ epoch, next, statement }) =>
    epoch === head.epoch && next >= head.next && (statement > 0) === (head.statement > 0)
  );
  // Of statements the first that covers a frame tells its key: a later one says nothing new.
  if (isSaid) return;
  const others = due.filter(({ epoch, statement }) =>
    head.statement > 0 || statement > 0 || epoch !== head.epoch
  );
  keep(ring, stream, [...others, head]);
}

function keep(ring: Keyring, stream: string, due: DueHead[]): void {
  if (due.length === 0) ring.due.delete(stream);
  else ring.due.set(stream, due);
}

/** Keys that no frame may be signed with any more. */
function forgetKeys(ring: Keyring): void {
  let least = ring.succession.number;
  for (const due of ring.due.values()) {
    for (const { statement } of due) if (statement > 0) least = Math.min(least, statement - 1);
  }
  for (const number of ring.keys.keys()) {
    if (number < least - KEPT_KEYS) ring.keys.delete(number);
  }
}

function isBelow({ epoch, seq }: At, head: Head): boolean {
  return epoch === head.epoch && seq < head.next;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
