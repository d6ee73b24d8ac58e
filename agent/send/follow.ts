/**
 * Whether the agent follows a hub that was restored: its log goes on under a new id, and two of the
 * operators that the agent learnt of before must have signed the statement that says so
 * (`sdk/proof/rollback.ts`).
 *
 * @module
 */
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";
import { originOf } from "../../sdk/proof/checkpoint.ts";
import {
  openRollback,
  type Operator,
  parseRollback,
  ROLLBACK_SIGNERS,
  RollbackError,
  type RollbackStatement,
} from "../../sdk/proof/rollback.ts";
import type { MessageOf } from "../../sdk/wire/link.ts";

/** The log that an agent believes, and whose word counts when it is rolled back. */
export interface Trust {
  /** 8 bytes. */
  readonly logId: Uint8Array;
  /** Fewer than two until a hub has told of them. */
  readonly operators: readonly Operator[];
  /** Of the older log, or of the tree that the new one goes on from. */
  readonly witnessed: Checkpoint | undefined;
  /** What else the older log has signed: the new one does not owe it. */
  readonly seen?: Checkpoint | undefined;
  readonly owed?: Checkpoint | undefined;
}

/** What follows from a welcome. */
export type Followed =
  /** Nothing is new. */
  | { readonly kind: "same"; readonly trust?: undefined }
  /** To be kept from now on; `notes` are the statements that were accepted. */
  | { readonly kind: "new"; readonly trust: Trust; readonly notes: readonly string[] }
  /**
   * `rollback-unsigned`: fewer than two operators that this agent knows have signed.
   * `rollback-foreign`: it is no statement, or not of the log that this agent knows.
   */
  | { readonly kind: "refuse"; readonly code: "rollback-unsigned" | "rollback-foreign" };

/** Judges what a hub tells in its welcome. */
export function follow(
  { logId, operators: known, witnessed }: Trust,
  { rollbacks = [], operators = [] }: Pick<MessageOf<"welcome">, "rollbacks" | "operators">,
): Followed {
  const before: Trust = { logId, operators: known, witnessed };
  let now = before;
  for (const note of rollbacks) {
    try {
      now = rolledBack(now, note);
    } catch (error) {
      if (!(error instanceof RollbackError)) throw error;
      const isUnsigned = error.code === "unsigned";
      return { kind: "refuse", code: isUnsigned ? "rollback-unsigned" : "rollback-foreign" };
    }
  }
  // Once two are known, nobody but they can tell of others: and they only by enrolling again.
  if (now.operators.length < ROLLBACK_SIGNERS && isOther(operators, now.operators)) {
    now = { ...now, operators };
  }
  return now === before ? { kind: "same" } : { kind: "new", trust: now, notes: rollbacks };
}

/** @throws {RollbackError} */
function rolledBack(trust: Trust, note: string): Trust {
  const { oldLogId } = parseRollback(note);
  if (Buffer.compare(oldLogId, trust.logId) !== 0) {
    throw new RollbackError("format", "Cannot follow roll-back statement: it is of another log");
  }
  const statement = openRollback(note, trust.operators);
  const { newLogId } = statement;
  const { operators, witnessed } = trust;
  const unsigned = { seen: undefined, owed: undefined };
  return { logId: newLogId, operators, witnessed: beginning(witnessed, statement), ...unsigned };
}

/** The tree that the new log must begin with: as much of what was seen as the statement keeps. */
function beginning(
  witnessed: Checkpoint | undefined,
  { newLogId, newHead, note }: RollbackStatement,
): Checkpoint {
  const origin = originOf(newLogId);
  if (witnessed !== undefined && witnessed.size <= newHead.size) return { ...witnessed, origin };
  return { ...newHead, origin, note };
}

function isOther(told: readonly Operator[], known: readonly Operator[]): boolean {
  return JSON.stringify(wordsOf(told)) !== JSON.stringify(wordsOf(known));
}

function wordsOf(operators: readonly Operator[]): readonly string[] {
  return operators.map(({ name, publicKey }) =>
    `${name} ${Buffer.from(publicKey).toString("hex")}`
  );
}
