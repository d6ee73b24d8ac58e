/**
 * `/checkpoint`, `/tile/…` (C2SP tlog-checkpoint, tlog-tiles) and `/proof/…`: what an auditor asks.
 *
 * Hashes of the tree are no secret, and tools that know nothing of custos read them: those routes
 * are open. What names a frame needs a scope. Entry bundles are not served: their format has 65,535
 * bytes for an entry, and a frame has up to 8 MiB; frames are events and go out by queries alone.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant } from "./values.ts";

const whole = v.pipe(
  v.string(),
  v.regex(/^(?:0|[1-9]\d{0,15})$/, "must be a whole number"),
  v.transform(Number),
  v.maxValue(Number.MAX_SAFE_INTEGER, "must be a whole number"),
);
const Hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/));
/** 32 bytes in base64. */
const Hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{43}=$/));

export const getCheckpoint = defineRoute({
  method: "GET",
  path: "/checkpoint",
  summary: "Show the newest signed checkpoint of the ledger",
  scope: "open",
  reply: v.string(),
  media: ["text/plain"],
});

export const getTile = defineRoute({
  method: "GET",
  path: "/tile/:tile+",
  summary: "Give a tile of the ledger's tree, such as 0/x001/234 or 1/000.p/17",
  scope: "open",
  reply: v.instance(Uint8Array),
  media: ["application/octet-stream"],
});

/** Hashes in the order of RFC 6962, with the checkpoint of the newest tree. */
export const ConsistencyProof = v.object({
  from: Count,
  to: Count,
  hashes: v.array(Hash),
  checkpoint: v.string(),
});
export type ConsistencyProof = v.InferOutput<typeof ConsistencyProof>;

export const getConsistency = defineRoute({
  method: "GET",
  path: "/proof/consistency",
  summary: "Prove that a ledger of some size begins with that of an earlier size",
  scope: "open",
  query: v.object({
    from: whole,
    /** Default: the size of the newest checkpoint. */
    to: v.optional(whole),
  }),
  reply: ConsistencyProof,
});

/**
 * A proof that an entry is in the ledger. The leaf is SHA-256 of 0, `head` and the payload: for a
 * frame, the frame as its agent sealed it.
 */
export const FrameProof = v.object({
  index: Count,
  kind: v.string(),
  hubTime: Instant,
  /** The entry's first 42 bytes. */
  head: Hex,
  leaf: Hash,
  /** Of a frame alone: what acknowledgements and the next frame's `previous` name. */
  frameHash: v.nullable(Hash),
  size: Count,
  hashes: v.array(Hash),
  checkpoint: v.string(),
  /** The same as C2SP tlog-proof, which a caller gets alone by `Accept: text/plain`; `head` as its extra data: a file that is checked offline. */
  proof: v.string(),
});
export type FrameProof = v.InferOutput<typeof FrameProof>;

const byIndex = { index: whole };
const byPlace = {
  agent: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, "must be 32 hexadecimal digits")),
  source: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  epoch: whole,
  seq: whole,
};

export const proveFrame = defineRoute({
  method: "GET",
  path: "/proof/frame",
  summary: "Prove that a frame is in the ledger, by its index or by its place in a stream",
  scope: "status:read",
  query: v.union(
    [v.strictObject(byIndex), v.strictObject(byPlace)],
    "must be index=N, or agent, source, epoch and seq",
  ),
  reply: FrameProof,
  media: ["application/json", "text/plain"],
});

const ofRow = {
  /** From 0. */
  row: whole,
  /** For the record of who read what. */
  why: v.optional(v.pipe(v.string(), v.maxLength(512)), ""),
};

/** The row of an event, as evidence of an alert names it by entry and row. */
export const proveRow = defineRoute({
  method: "GET",
  path: "/proof/row",
  summary: "Prove one row alone, as a bundle for custos verify; its source must have row_proofs",
  scope: "events:read",
  query: v.union([
    v.strictObject({ ...byIndex, ...ofRow }),
    v.strictObject({ ...byPlace, ...ofRow }),
  ], "must be row=N with index=N, or with agent, source, epoch and seq"),
  reply: v.instance(Uint8Array),
  media: ["application/octet-stream"],
});
