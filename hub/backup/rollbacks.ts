/**
 * The roll-backs of a hub's log, and whether two operators have signed each.
 *
 * `DATA/rollbacks/LOG.note`: the statement by which log LOG goes on from an older one. What must be
 * stated is read from the ledger's segments, which say whose they are.
 *
 * @module
 */
import { join } from "node:path";
import {
  openRollback,
  type Operator,
  parseRollback,
  RollbackError,
  rollbackSigners,
  type RollbackStatement,
} from "../../sdk/proof/rollback.ts";
import { type Files, readWhole } from "../../sdk/runtime/files.ts";
import { logIdsOf } from "../ledger/continue_as.ts";
import { hexOf } from "./manifest.ts";

/** A statement, and who of the operators has signed it. */
export interface SignedRollback extends RollbackStatement {
  readonly signers: readonly string[];
}

export interface RollbackOptions {
  readonly files: Files;
  /** The hub's data folder. */
  readonly data: string;
  readonly operators: readonly Operator[];
  /** Who had signed, as the note at this entry says; undefined if its hub has not served yet. */
  readonly signersAt: (entry: number) => Promise<readonly string[] | undefined>;
}

/** Where the statement of log `newLogId` is. */
export function statementPath(data: string, newLogId: Uint8Array): string {
  return join(data, "rollbacks", `${hexOf(newLogId)}.note`);
}

/**
 * The roll-backs of the log in `data`, oldest first.
 *
 * @throws {RollbackError} `unsigned` until two operators have signed the newest one.
 */
export async function openRollbacks(options: RollbackOptions): Promise<readonly SignedRollback[]> {
  const { files, data, operators, signersAt } = options;
  const rollbacks: SignedRollback[] = [];
  const [first, ...later] = await logIdsOf(files, join(data, "ledger"));
  let before = first;
  for (const logId of later) {
    const path = statementPath(data, logId);
    const bytes = await readWhole(files, path);
    if (bytes === undefined) {
      throw new RollbackError(
        "unsigned",
        `Cannot serve: ledger ${hexOf(logId)} goes on from another one and ${path} is missing`,
      );
    }
    const note = new TextDecoder().decode(bytes);
    // Operators may change later: what counted when the hub first served, counts.
    const signers = await signersAt(parseRollback(note).newHead.size);
    const statement = signers === undefined
      ? signedOrRefused(note, operators, path)
      : parseRollback(note);
    if (!isFrom(statement, before, logId)) {
      throw new RollbackError("format", `Cannot serve: ${path} is the statement of another log`);
    }
    rollbacks.push({ ...statement, signers: signers ?? rollbackSigners(note, operators) });
    before = logId;
  }
  return rollbacks;
}

function signedOrRefused(
  note: string,
  operators: readonly Operator[],
  path: string,
): RollbackStatement {
  try {
    return openRollback(note, operators);
  } catch (error) {
    if (!(error instanceof RollbackError) || error.code !== "unsigned") throw error;
    const fix = `sign it with custos-hub operator sign ${path}`;
    throw new RollbackError("unsigned", `Cannot serve a restored hub: ${error.message}: ${fix}`);
  }
}

function isFrom(
  { oldLogId, newLogId }: RollbackStatement,
  before: Uint8Array | undefined,
  logId: Uint8Array,
): boolean {
  return before !== undefined && Buffer.compare(oldLogId, before) === 0 &&
    Buffer.compare(newLogId, logId) === 0;
}
