/**
 * Proofs over the ledger, as the API gives them.
 *
 * @module
 */
import type { ConsistencyProof, FrameProof } from "../../sdk/api/proofs.ts";
import { toBase64 } from "../../sdk/proof/checkpoint.ts";
import { formatTlogProof } from "../../sdk/proof/tlog_proof.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import type { FramePlace, ProofParts } from "../api/proofs.ts";
import { ApiError } from "../api/refusal.ts";
import { encodeEntryHead } from "../ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { LedgerError } from "../ledger/ledger_error.ts";
import { leafOf } from "../ledger/tiles.ts";
import type { Witnessed } from "../witness/witnessing.ts";
import type { FramePlaces } from "./frame_places.ts";
import { type Found, rowBundle } from "./row.ts";
import { storedRowBundle, type StoredSource } from "./stored.ts";

/** What proofs are made from. */
export interface ProofSource {
  readonly ledger: Ledger;
  readonly places: FramePlaces;
  /** The newest checkpoint that witnesses have signed, if it is asked of any. */
  readonly witnessed: () => Witnessed | undefined;
  /** The hub's public key, 32 bytes. */
  readonly hubKey: Uint8Array;
  /** The cold file that has a row. */
  readonly findStored: StoredSource["findStored"];
}

/** Answers for the proof routes. */
export function proofParts(source: ProofSource): Omit<ProofParts, "recordLook"> {
  const { ledger } = source;
  return {
    checkpoint: () => (source.witnessed()?.checkpoint ?? ledger.checkpoint).note,
    tile: (at) => told(() => ledger.tiles.tile(at)),
    consistency: ({ from, to }) => told(() => consistency(ledger, from, to)),
    frame: (wanted) => told(() => frame(source, wanted)),
    row: (wanted) =>
      told(async () => {
        const of = await found(source, wanted);
        const make = of.entry.deleted === undefined ? rowBundle : storedRowBundle;
        return await make(source, of, wanted.row);
      }),
  };
}

async function consistency(
  { tiles, checkpoint }: Ledger,
  from: number,
  to = checkpoint.size,
): Promise<ConsistencyProof> {
  if (from < 1 || from > to) {
    throw new ApiError("input", `Cannot prove size ${from}: from must be 1 to ${to}`);
  }
  const hashes = await tiles.consistency(from, to);
  return { from, to, hashes: hashes.map(toBase64), checkpoint: checkpoint.note };
}

async function found(
  { ledger, places, witnessed }: ProofSource,
  wanted: { readonly index: number } | FramePlace,
): Promise<Found> {
  const index = "index" in wanted ? wanted.index : await places.find({
    ...wanted,
    stream: Buffer.from(streamIdOf(wanted.source)).toString("hex"),
  });
  if (index === undefined) {
    throw new ApiError("missing", "Cannot prove frame: the ledger has none in that place");
  }
  const cosigned = witnessed();
  // Of the trees that have the entry, the one that says more.
  const isCovered = cosigned !== undefined && index < cosigned.checkpoint.size;
  const tree = isCovered ? cosigned : { checkpoint: ledger.checkpoint, witnesses: [] };
  const { size } = tree.checkpoint;
  const [entry] = index >= size ? [] : await ledger.read(index, { maxBytes: 1 });
  if (entry !== undefined) return { entry, ...tree };
  throw new ApiError("missing", `Cannot prove entry ${index}: the ledger has ${size} entries`);
}

async function frame(
  source: ProofSource,
  wanted: { readonly index: number } | FramePlace,
): Promise<FrameProof> {
  const { entry, checkpoint } = await found(source, wanted);
  const hashes = await source.ledger.tiles.inclusion(entry.index, checkpoint.size);
  const head = encodeEntryHead(entry);
  const { note } = checkpoint;
  return {
    index: entry.index,
    kind: entry.kind,
    hubTime: new Date(Number(entry.hubTime / 10_000n)).toISOString(),
    head: Buffer.from(head).toString("hex"),
    leaf: toBase64(leafOf(entry)),
    frameHash: entry.kind === "frame" ? toBase64(frameHash(entry.payload)) : null,
    size: checkpoint.size,
    hashes: hashes.map(toBase64),
    checkpoint: note,
    proof: formatTlogProof({ extra: head, index: entry.index, hashes, checkpoint: note }),
  };
}

/** Tells the caller what is not there, or not yet. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === "missing") throw new ApiError("missing", error.message, { cause: error });
    if (error.code !== "behind") throw error;
    const retryAfter = 10;
    throw new ApiError("unavailable", error.message, { cause: error, retryAfter });
  }
}
