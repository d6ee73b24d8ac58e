/**
 * A row of a frame as a bundle of its own, made while the hub runs.
 *
 * @module
 */
import { bundleWriter } from "../../sdk/proof/bundle.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import { parseHeader } from "../../sdk/wire/header.ts";
import type { ProvenRow } from "../api/proofs.ts";
import { ApiError } from "../api/refusal.ts";
import { provenRow, RowError, type RowOfFrame } from "../bundle/row.ts";
import { bytesOf, headRecords } from "../bundle/write.ts";
import type { Ledger, LedgerEntry } from "../ledger/ledger.ts";
import type { Witnessed } from "../witness/witnessing.ts";
import type { FramePlaces } from "./frame_places.ts";

/** What rows are proved from. */
export interface RowSource {
  readonly ledger: Pick<Ledger, "read"> & { readonly tiles: Pick<Ledger["tiles"], "inclusion"> };
  readonly places: Pick<FramePlaces, "keysOf"> & { readonly follower: { readonly next: number } };
  /** The hub's public key, 32 bytes. */
  readonly hubKey: Uint8Array;
}

/** An entry that somebody wants proved, and the tree to prove it in. */
export interface Found extends Witnessed {
  readonly entry: LedgerEntry;
}

/** Makes the bundle of row `row` of the frame that was found. @throws {ApiError} */
export async function rowBundle(
  { ledger, places, hubKey }: RowSource,
  { entry, checkpoint, witnesses }: Found,
  row: number,
): Promise<ProvenRow> {
  const { table, record } = proven(entry, row);
  const { index } = entry;
  if (places.follower.next <= index) {
    const why = `entry ${index} is so new that its agent's keys are not looked up yet`;
    throw new ApiError("unavailable", `Cannot prove row: ${why}, try again`, { retryAfter: 1 });
  }
  const writer = bundleWriter(nativeProvider.sha256);
  const pieces = [writer.start()];
  for (const head of headRecords({ checkpoint, hubKey, witnesses })) {
    pieces.push(writer.record(head));
  }
  const agent = Buffer.from(parseHeader(entry.payload).agent).toString("hex");
  for (const at of places.keysOf(agent, index)) {
    const [key] = await ledger.read(at, { maxBytes: 1 });
    const proof = await ledger.tiles.inclusion(at, checkpoint.size);
    pieces.push(writer.record({ kind: "entry", index: at, proof, entry: bytesOf(key!) }));
  }
  pieces.push(writer.record(record), writer.record({ kind: "end" }));
  return { index, row, table, bundle: new Uint8Array(Buffer.concat(pieces)) };
}

/** By why a row cannot be proved: what the caller has asked for, or what the ledger has. */
const CODES = {
  kind: "input",
  range: "input",
  no_tree: "conflict",
  body: "conflict",
  deleted: "missing",
} as const;

function proven(entry: LedgerEntry, row: number): RowOfFrame {
  try {
    const found = provenRow(entry, row);
    if (found.table !== REVEAL_SCHEMA.name) return found;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw new ApiError(CODES[error.code], error.message, { cause: error });
  }
  throw sealedValues();
}

export function sealedValues(): ApiError {
  return new ApiError(
    "forbidden",
    "Cannot prove row: sealed values are handed out under a grant alone",
  );
}
