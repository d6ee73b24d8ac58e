/**
 * Writes a bundle (`sdk/proof/bundle.ts`): what `custos verify` needs to judge frames without this
 * hub.
 *
 * @module
 */
import { type BundleRecord, bundleWriter, type ClaimedKey } from "../../sdk/proof/bundle.ts";
import { inclusionProof, nodeHash, type SubtreeRoot } from "../../sdk/proof/merkle.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import type { Checkpoint } from "../../sdk/proof/checkpoint.ts";
import { deletedError } from "../ledger/deleted_frame.ts";
import { encodeEntryHead } from "../ledger/entry.ts";
import type { LedgerEntry } from "../ledger/ledger.ts";
import { leafOf } from "../ledger/tiles.ts";
import { provenRow } from "./row.ts";
import { type Readable, readAll, selectEntries, type Wanted } from "./select.ts";

/** Where bundles are made from. */
export interface BundleSource {
  readonly ledger: Readable;
  /** The tree that entries are proved in; covers no more than what is durable. */
  readonly checkpoint: Checkpoint;
  /** The hub's key, 32 bytes. */
  readonly hubKey: Uint8Array;
  /** Witnesses whose cosignatures the checkpoint has. */
  readonly witnesses: readonly Omit<ClaimedKey, "role">[];
}

/** Nothing fits what was asked for. */
export class NothingFoundError extends Error {
  override readonly name = "NothingFoundError";
  readonly code = "empty";
}

/** A bundle, ready to be written. */
export interface Bundle {
  readonly frames: number;
  readonly entries: number;
  /** Its bytes, piece by piece. */
  bytes(): AsyncGenerator<Uint8Array>;
}

/** Gathers the bundle of `wanted`. @throws {NothingFoundError} If no frame fits. */
export async function openBundle(source: BundleSource, wanted: Wanted): Promise<Bundle> {
  const { ledger, checkpoint } = source;
  const { indexes, frames } = await selectEntries(ledger, wanted, checkpoint.size);
  if (frames === 0) await refuse(source, wanted);
  return {
    frames,
    entries: indexes.length,
    async *bytes() {
      const writer = bundleWriter(nativeProvider.sha256);
      yield writer.start();
      for (const record of headRecords(source)) yield writer.record(record);
      const subtree = await treeOf(source);
      const chosen = new Set(indexes);
      let proven: BundleRecord | undefined;
      for await (const entry of readAll(ledger, indexes.at(-1)! + 1)) {
        if (!chosen.has(entry.index)) continue;
        if (wanted.row !== undefined && entry.kind === "frame") {
          proven = provenRow(entry, wanted.row).record;
          continue;
        }
        const proof = inclusionProof(entry.index, checkpoint.size, subtree);
        yield writer.record(recordOf(entry, proof));
      }
      if (proven !== undefined) yield writer.record(proven);
      yield writer.record({ kind: "end" });
    },
  };
}

/** An entry, or what is left of a frame that was deleted. */
function recordOf(entry: LedgerEntry, proof: readonly Uint8Array[]): BundleRecord {
  const { index, deleted, payload } = entry;
  if (deleted === undefined) return { kind: "entry", index, proof, entry: bytesOf(entry) };
  const { leaf, tombstone } = deleted;
  return { kind: "deleted", index, proof, leaf, tombstone, header: payload };
}

/** Nothing fits: says why, where one entry was named. */
async function refuse(
  { ledger, checkpoint: { size } }: BundleSource,
  { row, index }: Wanted,
): Promise<never> {
  const named = row === undefined ? undefined : index?.first;
  if (named !== undefined && named >= size) {
    throw new NothingFoundError(
      `Cannot prove row: there is no entry ${named}, the ledger has ${size}`,
    );
  }
  const [entry] = named === undefined ? [] : await ledger.read(named, { maxBytes: 1 });
  if (entry !== undefined) provenRow(entry, row!);
  throw new NothingFoundError(
    `Cannot make bundle: none of the ledger's ${size} entries is a frame that fits what is asked for`,
  );
}

/** A bundle's first records: the tree, and the keys that have signed it. */
export function headRecords(
  { checkpoint, hubKey, witnesses }: Omit<BundleSource, "ledger">,
): readonly BundleRecord[] {
  return [
    { kind: "checkpoint", note: checkpoint.note },
    { kind: "key", role: "hub", name: checkpoint.origin, publicKey: hubKey },
    ...witnesses.map((key): BundleRecord => ({ kind: "key", role: "witness", ...key })),
  ];
}

/** What the leaf of `entry` hashes. */
export function bytesOf(entry: LedgerEntry): Uint8Array {
  const { index, deleted } = entry;
  if (deleted !== undefined) throw deletedError("Cannot make bundle", { index, deleted });
  return new Uint8Array(Buffer.concat([encodeEntryHead(entry), entry.payload]));
}

/** Subtree roots over all leaves, each computed once. */
export async function treeOf(
  { ledger, checkpoint }: Pick<BundleSource, "ledger" | "checkpoint">,
): Promise<SubtreeRoot> {
  const leaves: Uint8Array[] = [];
  for await (const entry of readAll(ledger, checkpoint.size)) {
    leaves.push(leafOf(entry));
  }
  const known = new Map<string, Uint8Array>();
  const root: SubtreeRoot = (from, to) => {
    if (to - from === 1) return leaves[from]!;
    const key = `${from}-${to}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    let split = 1;
    while (split * 2 < to - from) split *= 2;
    const made = nodeHash(root(from, from + split), root(from + split, to));
    known.set(key, made);
    return made;
  };
  return root;
}
