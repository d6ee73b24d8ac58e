/**
 * A row whose frame has been deleted as a bundle of its own, made while the hub runs.
 *
 * @module
 */
import { bundleWriter } from "../../sdk/proof/bundle.ts";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import type { ProvenRow } from "../api/proofs.ts";
import { ApiError } from "../api/refusal.ts";
import { type FoundFile, type RowPlace, storedRecords } from "../bundle/stored.ts";
import { bytesOf, headRecords } from "../bundle/write.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { FramePlaces } from "./frame_places.ts";
import { type Found, type RowSource, sealedValues } from "./row.ts";

/** What such rows are proved from. */
export interface StoredSource extends Pick<RowSource, "hubKey"> {
  readonly ledger: RowSource["ledger"] & Pick<Ledger, "checkpoint">;
  readonly places: Pick<FramePlaces, "sealOf">;
  /** The cold file that has a row. */
  readonly findStored: (place: RowPlace) => Promise<FoundFile | undefined>;
}

/** Makes the bundle of a row of the deleted frame that was found. @throws {ApiError} */
export async function storedRowBundle(
  { ledger, places, hubKey, findStored }: StoredSource,
  { entry: { index, deleted }, ...cosigned }: Found,
  row: number,
): Promise<ProvenRow> {
  const place = { index, row };
  const { tombstone } = deleted!;
  const stored = await findStored(place);
  const leaf = stored && places.sealOf(stored.file.path);
  if (stored === undefined || leaf === undefined) {
    const why = `the frame in entry ${index} was deleted by tombstone ${tombstone}`;
    throw new ApiError(
      "missing",
      `Cannot prove row: ${why}, and no sealed file has its row ${row}`,
    );
  }
  const { table, rows } = stored.file;
  if (table === REVEAL_SCHEMA.name) throw sealedValues();
  // What witnesses have signed may be older than the file's leaf: the hub's own has all.
  const isCovered = Math.max(leaf, tombstone) < cosigned.checkpoint.size;
  const { checkpoint, witnesses } = isCovered
    ? cosigned
    : { checkpoint: ledger.checkpoint, witnesses: [] };
  const writer = bundleWriter(nativeProvider.sha256);
  const pieces = [writer.start()];
  for (const head of headRecords({ checkpoint, hubKey, witnesses })) {
    pieces.push(writer.record(head));
  }
  for (const at of [leaf, tombstone].toSorted((a, b) => a - b)) {
    const [note] = await ledger.read(at, { maxBytes: 1 });
    const proof = await ledger.tiles.inclusion(at, checkpoint.size);
    pieces.push(writer.record({ kind: "entry", index: at, proof, entry: bytesOf(note!) }));
  }
  for (const record of storedRecords({ bytes: stored.bytes, leaf }, place)) {
    pieces.push(writer.record(record));
  }
  pieces.push(writer.record({ kind: "end" }));
  return { index, row, table, shown: rows, bundle: new Uint8Array(Buffer.concat(pieces)) };
}
