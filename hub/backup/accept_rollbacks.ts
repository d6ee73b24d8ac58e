/**
 * What a hub does at its start about its own restores, and how its ledger learns of operators.
 *
 * @module
 */
import type { Operators } from "../access/operators.ts";
import type { HubEnv } from "../env.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { readRollbackNote, type RecordNote } from "../notes.ts";
import { openRollbacks, type SignedRollback } from "./rollbacks.ts";

/**
 * A restored hub serves when two operators have signed; its first entry says so.
 *
 * @throws {RollbackError} `unsigned`.
 */
export async function acceptRollbacks({ env, folder, ledger, operators, recordNote }: {
  readonly env: Pick<HubEnv, "files">;
  /** The hub's data folder. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly operators: Operators;
  readonly recordNote: RecordNote;
}): Promise<readonly SignedRollback[]> {
  const { size } = ledger;
  const rollbacks = await openRollbacks({
    files: env.files,
    data: folder,
    operators: operators.list(),
    async signersAt(index) {
      const [entry] = await ledger.read(index, { maxBytes: 1 });
      return entry && readRollbackNote(entry.payload)?.signers;
    },
  });
  const last = rollbacks.at(-1);
  if (last !== undefined && size === last.newHead.size) {
    await recordNote({ note: "rollback", statement: last.note, signers: [...last.signers] });
  }
  return rollbacks;
}

/** Writes a note where the operators are others than at the call before; at a start, where there are any. */
export function operatorNotes(operators: Operators, recordNote: RecordNote): () => Promise<void> {
  const textOf = (): string => JSON.stringify(namedKeys(operators));
  let noted = "[]";
  return async () => {
    const text = textOf();
    if (text === noted) return;
    noted = text;
    await recordNote({ note: "operators", operators: namedKeys(operators) });
  };
}

function namedKeys(operators: Operators) {
  return operators.list().map(({ name, publicKey }) => ({
    name,
    publicKey: Buffer.from(publicKey).toString("hex"),
  }));
}
