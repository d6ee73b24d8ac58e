/**
 * Stage 2 of 7: says of each frame whether the ledger may take it, and in which place.
 *
 * Cheap questions first: whose it is, its place in the stream, its signature, its schema; the body
 * is decoded last, bounded, so that what never will decode is never recorded.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import {
  decodeBody,
  FrameError,
  frameHash,
  type FrameHeader,
  parseHeader,
  verifyFrame,
} from "../../sdk/wire/frame.ts";
import { misfitOf } from "./fits.ts";
import { type Agent, hexOf, type StreamIndex, streamKey } from "./stream_index.ts";
import { type FrameKey, keyDue, missesHead } from "./succession.ts";

/** A frame and the place that it claims. */
interface Placed {
  readonly header: FrameHeader;
  /** The frame hash, 32 bytes. */
  readonly hash: Uint8Array;
  /** Stream id in hex. */
  readonly stream: string;
}

export type Admission =
  | ({ readonly kind: "take"; readonly batch: ColumnBatch; readonly source: string } & Placed)
  /** The ledger has it already: acknowledge again. */
  | ({ readonly kind: "again" } & Placed)
  /** The ledger has another frame in its place, and this one is signed too. */
  | ({ readonly kind: "equivocation"; readonly held: Uint8Array } & Placed)
  /** Not here: `expect` would be taken, see `nack` of the link. */
  | ({ readonly kind: "place"; readonly code: PlaceCode; readonly expect: number } & Placed)
  /** Never: it is noted, and the stream goes on in a new epoch (rule 7). */
  | ({ readonly kind: "refuse"; readonly code: RefuseCode } & Placed)
  /** Not even a place can be told: the connection ends. */
  | { readonly kind: "end"; readonly code: "frame" | "frame-version" | "agent" };

export type PlaceCode = "epoch" | "sequence" | "chain";
export type RefuseCode =
  | "signature"
  /** Signed by another key than the one that was in force when its place was sealed. */
  | "key"
  /** Not the frame that was stated or announced to end here. */
  | "head"
  | "hash"
  | "body"
  | "scrub"
  | "schema-unknown"
  | "schema-conflict"
  | "schema-form";

/** Who sends, and what this connection knows besides the index. */
export interface Sender {
  readonly agent: Agent;
  /** Schemas that were refused on this connection, by hash in hex. */
  readonly refusedSchemas: ReadonlyMap<string, "schema-conflict" | "schema-form">;
}

/** Judges the frame `bytes`. Changes nothing. */
export function admit(bytes: Uint8Array, sender: Sender, index: StreamIndex): Admission {
  let header: FrameHeader;
  try {
    header = parseHeader(bytes);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return { kind: "end", code: error.code === "version" ? "frame-version" : "frame" };
  }
  const { id } = sender.agent.entry;
  if (hexOf(header.agent) !== id) return { kind: "end", code: "agent" };
  const placed = { header, hash: frameHash(bytes), stream: hexOf(header.stream) };
  const state = index.streams.get(streamKey(id, placed.stream));
  if (state?.epoch !== header.epoch) {
    return { kind: "place", code: "epoch", expect: (state?.epoch ?? 0) + 1, ...placed };
  }
  if (header.seq < state.next) {
    return judgeRepeated(
      bytes,
      { placed, sender, known: state.recent.get(header.seq) },
      state.next,
    );
  }
  const expect = state.next;
  if (header.seq > expect) return { kind: "place", code: "sequence", expect, ...placed };
  if (!isEqual(header.previous, state.tail)) {
    return { kind: "place", code: "chain", expect, ...placed };
  }
  return judgeContent(bytes, { placed, sender, index, source: state.name });
}

interface Repeated {
  readonly placed: Placed;
  readonly sender: Sender;
  readonly known: Uint8Array | undefined;
}

/** Its place is taken: by itself, or by another (rule 6). */
function judgeRepeated(bytes: Uint8Array, repeated: Repeated, next: number): Admission {
  const { placed, sender, known } = repeated;
  if (known !== undefined && isEqual(known, placed.hash)) return { kind: "again", ...placed };
  // Without a good signature it proves nothing; and too old to compare is not too old to refuse.
  const { keyId } = placed.header;
  const key = [...sender.agent.ring.keys.values()].find(({ id }) => isEqual(id, keyId));
  if (known === undefined || signatureFault(bytes, placed, key) !== undefined) {
    return { kind: "place", code: "sequence", expect: next, ...placed };
  }
  return { kind: "equivocation", held: known, ...placed };
}

interface Content {
  readonly placed: Placed;
  readonly sender: Sender;
  readonly index: StreamIndex;
  readonly source: string;
}

function judgeContent(bytes: Uint8Array, content: Content): Admission {
  const { placed, sender, index, source } = content;
  const refuse = (code: RefuseCode): Admission => ({ kind: "refuse", code, ...placed });
  const { header, stream } = placed;
  const { ring } = sender.agent;
  const at = { stream, epoch: header.epoch, seq: header.seq };
  const due = keyDue(ring, at);
  const isOther = due !== undefined && !isEqual(due.id, header.keyId) &&
    [...ring.keys.values()].some(({ id }) => isEqual(id, header.keyId));
  if (isOther) return refuse("key");
  const fault = signatureFault(bytes, placed, due);
  if (fault !== undefined) return refuse(fault);
  if (missesHead(ring, at, placed.hash)) return refuse("head");
  const hash = hexOf(placed.header.schema);
  const schema = index.schemas.get(hash);
  if (schema === undefined) return refuse(sender.refusedSchemas.get(hash) ?? "schema-unknown");
  let batch: ColumnBatch;
  try {
    batch = decodeBody(bytes, placed.header).batch;
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return refuse("body");
  }
  const misfit = misfitOf(batch, schema);
  return misfit === undefined ? { kind: "take", batch, source, ...placed } : refuse(misfit);
}

function signatureFault(
  bytes: Uint8Array,
  { header }: Placed,
  key: FrameKey | undefined,
): "signature" | "hash" | undefined {
  if (key === undefined || !isEqual(header.keyId, key.id)) return "signature";
  try {
    verifyFrame(bytes, header, key.verify);
    return undefined;
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return error.code === "hash" ? "hash" : "signature";
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
