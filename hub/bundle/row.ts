/**
 * The proof of one row of a frame, without the frame (`sdk/proof/row_tree.ts`).
 *
 * @module
 */
import type { BundleRecord } from "../../sdk/proof/bundle.ts";
import { rowTreeOf } from "../../sdk/proof/row_tree.ts";
import type { FrameBody } from "../../sdk/wire/body.ts";
import {
  decodeBody,
  FrameError,
  type FrameHeader,
  HEADER_BYTES,
  parseHeader,
} from "../../sdk/wire/frame.ts";
import type { LedgerEntry } from "../ledger/ledger.ts";

/**
 * Why a row cannot be proved. The same row never can.
 *
 * - `kind`: the entry is no frame.
 * - `no_tree`: the frame has no tree over its rows.
 * - `range`: the frame has no such row.
 * - `deleted`: the frame's bytes were deleted, by the tombstone that the message names.
 * - `body`: what the agent has signed is no body, or another tree.
 */
export class RowError extends Error {
  override readonly name = "RowError";
  readonly permanent = true;
  readonly code: "kind" | "no_tree" | "range" | "deleted" | "body";

  constructor(code: RowError["code"], message: string, options?: ErrorOptions) {
    super(`Cannot prove row: ${message}`, options);
    this.code = code;
  }
}

/** A row's proof, as a bundle has it. */
export interface RowOfFrame {
  readonly table: string;
  readonly record: Extract<BundleRecord, { readonly kind: "row" }>;
}

/** Proves row `row`, from 0, of a frame. @throws {RowError} */
export function provenRow(entry: LedgerEntry, row: number): RowOfFrame {
  const { index, kind, payload, deleted } = entry;
  if (kind !== "frame") {
    throw new RowError("kind", `entry ${index} is of kind ${kind}, must be a frame`);
  }
  if (deleted !== undefined) {
    throw new RowError(
      "deleted",
      `the bytes of entry ${index} were deleted, by the tombstone in ledger entry ${deleted.tombstone}`,
    );
  }
  const header = parseHeader(payload);
  if (header.rowRoot.every((byte) => byte === 0)) {
    throw new RowError(
      "no_tree",
      `entry ${index} has no tree over its rows, its source must have had row_proofs then`,
    );
  }
  if (row >= header.rows) {
    throw new RowError(
      "range",
      `entry ${index} has ${header.rows} rows, the row must be 0 to ${header.rows - 1}`,
    );
  }
  const { batch, seed } = bodyOf(index, payload, header);
  const tree = seed && rowTreeOf(batch, seed);
  if (tree === undefined || Buffer.compare(tree.root, header.rowRoot) !== 0) {
    throw new RowError("body", `the tree in the header of entry ${index} is not that of its rows`);
  }
  const { table } = batch;
  const proof = tree.prove(row);
  const head = payload.subarray(0, HEADER_BYTES);
  return { table, record: { kind: "row", index, row, header: head, ...proof } };
}

function bodyOf(index: number, payload: Uint8Array, header: FrameHeader): FrameBody {
  try {
    return decodeBody(payload, header);
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    throw new RowError("body", `the body of entry ${index} cannot be read`, { cause });
  }
}
