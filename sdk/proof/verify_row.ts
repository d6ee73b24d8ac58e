/**
 * A row that is proved alone: by the tree over its frame's rows, whose root the agent has signed.
 *
 * The frame's body is not there, so that nothing is told of other rows; nor can anybody tell from
 * the header alone which entry of the ledger it is in: that is said, not proved.
 *
 * @module
 */
import { FrameError, parseHeaderAlone, SIGNED_BYTES } from "../wire/header.ts";
import type { ProvenRow } from "./bundle.ts";
import { hexOf } from "./hex.ts";
import type { Provider } from "./provider.ts";
import { readRow } from "./read_row.ts";
import type { Broken, FramePlace, SeenRow } from "./verdict.ts";
import type { AgentKeys } from "./verify_agents.ts";
import { holdsLeaf } from "./verify_leaf.ts";

export type JudgedRow =
  | { readonly broken: Broken }
  | { readonly broken: undefined; readonly seen: SeenRow };

export function judgeRow(
  { index, row, header: bytes, salt, hashes, bytes: rowBytes }: ProvenRow,
  provider: Provider,
  agents: AgentKeys,
): JudgedRow {
  const header = headerOf(bytes);
  if (header === undefined) {
    const why = "the header of a row's frame is none";
    return { broken: { link: "frame", code: "header", why, index } };
  }
  const { epoch, seq } = header;
  const frame: FramePlace = {
    agent: hexOf(header.agent),
    stream: hexOf(header.stream),
    epoch,
    seq,
  };
  const signature = bytes.subarray(SIGNED_BYTES);
  const fault = agents.fault(header, { message: bytes.subarray(0, SIGNED_BYTES), signature });
  if (fault !== undefined) return { broken: { link: "signature", ...fault, index, frame } };
  const entry = new Uint8Array(salt.length + rowBytes.length);
  entry.set(salt);
  entry.set(rowBytes, salt.length);
  const tree = { size: header.rows, root: header.rowRoot };
  if (!holdsLeaf({ index: row, proof: hashes, entry }, tree, provider.sha256)) {
    const why = "the tree over its frame's rows has another row in this place, or none";
    return { broken: { link: "row", code: "proof", why, index, frame } };
  }
  const read = readRow(rowBytes);
  if (read === undefined) {
    const why = "its agent has signed what is no row";
    return { broken: { link: "row", code: "bytes", why, index, frame } };
  }
  const host = agents.hostOf(frame.agent);
  return { broken: undefined, seen: { index, frame, row, ...(host && { host }), ...read } };
}

function headerOf(bytes: Uint8Array) {
  try {
    return parseHeaderAlone(bytes);
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}
