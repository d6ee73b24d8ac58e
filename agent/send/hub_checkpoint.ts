/**
 * The agent as a witness of the hub: each checkpoint must be signed and continue the last one.
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";

/** Why the hub cannot be believed. The link closes; the agent keeps its frames. */
export interface Doubt {
  readonly code: "checkpoint" | "fork";
  readonly detail: string;
  /** The note in question: the evidence. */
  readonly note: string;
  readonly last: Checkpoint | undefined;
}

interface Witness {
  readonly readCheckpoint: (note: string) => Checkpoint;
  witnessed: Checkpoint | undefined;
}

/** Verifies `note` and remembers it; gives the doubt if it cannot be. */
export function accept(witness: Witness, note: string): Doubt | undefined {
  const last = witness.witnessed;
  if (last?.note === note) return undefined;
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
  witness.witnessed = next;
  return undefined;
}
