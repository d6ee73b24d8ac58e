/**
 * Ledger entries as items, decoded once for all followers that keep up with each other.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { decodeBody, FrameError, type FrameHeader } from "../../sdk/wire/frame.ts";
import { headerOf } from "../ledger/deleted_frame.ts";
import type { LedgerEntry } from "../ledger/ledger.ts";
import type { FrameItem, Item } from "./follower.ts";
import { type Decoded, decodedBytes } from "./handover.ts";
import type { SourceName } from "./source_names.ts";

/** Decoded bytes that are kept for followers a little behind. */
const SHARED_BYTES = 96 * 1024 * 1024;
const NO_EVENTS: ColumnBatch = { table: "", rows: 0, columns: [] };

/** Where items come from besides the ledger. */
export interface ItemSources {
  readonly sourceName: SourceName;
  /** A frame that was decoded when it was recorded, if it is still there. */
  readonly decoded?: ((index: number) => Decoded | undefined) | undefined;
}

/** Makes items of entries; those made lately are given again. */
export function openItems(
  sources: ItemSources,
): (entries: readonly LedgerEntry[]) => Promise<readonly Item[]> {
  const shared = new Map<number, { readonly item: Item; readonly bytes: number }>();
  let bytes = 0;

  const share = (item: Item): Item => {
    const size = item.frame === undefined ? 0 : decodedBytes(item.frame.header);
    shared.set(item.index, { item, bytes: size });
    bytes += size;
    for (const [index, old] of shared) {
      if (bytes <= SHARED_BYTES && shared.size <= 4096) break;
      shared.delete(index);
      bytes -= old.bytes;
    }
    return item;
  };
  return async (entries) => {
    const items: Item[] = [];
    for (const entry of entries) {
      const known = shared.get(entry.index)?.item;
      const item = known ?? await itemOf(entry, sources);
      // Another follower may have made it while this one waited.
      items.push(shared.get(entry.index)?.item ?? share(item));
    }
    return items;
  };
}

async function itemOf(
  entry: LedgerEntry,
  { sourceName, decoded }: ItemSources,
): Promise<Item> {
  if (entry.kind !== "frame") return entry;
  const known = decoded?.(entry.index);
  if (known !== undefined) {
    const { header, agent, source, batch } = known;
    return { ...entry, frame: { header, agent, source, batch: () => batch } };
  }
  const header = headerOf(entry);
  const agent = hexOf(header.agent);
  const stream = hexOf(header.stream);
  const named = sourceName(agent, stream, entry.index);
  const name = typeof named === "string" ? named : await named;
  const names = { agent, source: name ?? stream };
  // Retention waits for those who follow: only one that begins anew comes by here.
  if (entry.deleted !== undefined) {
    return { ...entry, frame: { header, ...names, batch: () => NO_EVENTS } };
  }
  return { ...entry, frame: frameOf(entry.payload, header, names) };
}

function frameOf(
  payload: Uint8Array,
  header: FrameHeader,
  names: { readonly agent: string; readonly source: string },
): FrameItem {
  let batch: ColumnBatch | undefined;
  return {
    header,
    ...names,
    batch: () => batch ??= decode(payload, header),
  };
}

/** The ledger holds it for good: throwing would stop every follower here for ever. */
function decode(payload: Uint8Array, header: FrameHeader): ColumnBatch {
  try {
    return decodeBody(payload, header).batch;
  } catch (error) {
    if (error instanceof FrameError) return NO_EVENTS;
    throw error;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
