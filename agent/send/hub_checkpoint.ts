/**
 * The agent as a witness of the hub: each checkpoint must be signed, and the hub must prove that
 * its tree begins with the one that this agent has verified before.
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";
import { verifyConsistency } from "../../sdk/proof/merkle.ts";

/**
 * Why the hub cannot be believed. The link closes; the agent keeps its frames.
 *
 * - `checkpoint`: its word is not signed by the hub that this agent knows.
 * - `fork`: the hub has signed two logs, neither of which continues the other.
 */
export interface Doubt {
  readonly code: "checkpoint" | "fork";
  readonly detail: string;
  /** The note in question, and the one before it: the evidence. */
  readonly note: string;
  readonly last: Checkpoint | undefined;
  /** What the hub gave as its proof, where it came to that. */
  readonly hashes?: readonly Uint8Array[];
}

interface Witness {
  readonly readCheckpoint: (note: string) => Checkpoint;
  /** Proved. */
  witnessed: Checkpoint | undefined;
  /** The newest that was signed. */
  seen?: Checkpoint | undefined;
  /** The newest that was signed before this link: it must be proved as well. */
  owed?: Checkpoint | undefined;
}

/** What the hub is asked to prove: that `next` continues `last`. */
export interface Asked {
  readonly last: Checkpoint;
  readonly next: Checkpoint;
}

/** Remembers `note` as the newest that the hub has signed; gives the doubt if it cannot be. */
export function look(witness: Witness, note: string): Doubt | undefined {
  const last = witness.seen ?? witness.witnessed;
  if (witness.seen?.note === note) return undefined;
  const doubt = (code: Doubt["code"], detail: string): Doubt => ({ code, detail, note, last });
  let next: Checkpoint;
  try {
    next = witness.readCheckpoint(note);
  } catch (error) {
    return doubt("checkpoint", error instanceof Error ? error.message : String(error));
  }
  if (last !== undefined && next.size < last.size) {
    return doubt("fork", `It has ${next.size} entries, ${last.size} were signed before`);
  }
  if (last?.size === next.size && Buffer.compare(last.root, next.root) !== 0) {
    return doubt("fork", `It has another root at the same size, ${next.size}`);
  }
  witness.seen = next;
  return undefined;
}

/** A new link begins: what was signed on the one before, and not proved on it, comes first. */
export function lookAfresh(witness: Witness, note: string): Doubt | undefined {
  witness.owed = witness.seen;
  return look(witness, note);
}

/** The proof that is due. What needs none counts as proved: the first word, and the same tree. */
export function dueProof(witness: Witness): Asked | undefined {
  const { witnessed: last, seen, owed } = witness;
  if (seen === undefined) return undefined;
  const isOwed = owed !== undefined && last !== undefined && last.size < owed.size;
  if (isOwed && owed.size < seen.size) return { last: owed, next: seen };
  if (last !== undefined && last.size > 0 && last.size < seen.size) return { last, next: seen };
  witness.witnessed = seen;
  return undefined;
}

/** Verifies the hub's proof of what it was asked. */
export function settle(
  witness: Witness,
  { last, next }: Asked,
  hashes: readonly Uint8Array[],
): Doubt | undefined {
  const claim = { before: last.size, beforeRoot: last.root, size: next.size, root: next.root };
  if (verifyConsistency(claim, hashes)) {
    if (last === witness.witnessed) witness.witnessed = next;
    else witness.owed = undefined;
    return undefined;
  }
  return {
    code: "fork",
    detail: `Its ${next.size} entries do not begin with the ${last.size} that it signed before`,
    note: next.note,
    last,
    hashes,
  };
}
