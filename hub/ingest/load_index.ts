/**
 * Builds the stream index at the hub's start: from the last snapshot, then from the ledger.
 *
 * A snapshot that is missing, damaged, of another log or ahead of the ledger is not used: all is
 * read again, to the same end.
 *
 * @module
 */
import * as v from "valibot";
import { encodeEntry } from "./entries.ts";
import type { IngestLedger } from "./ingest_ledger.ts";
import { applyEntry, createIndex, type StreamIndex, streamKey } from "./stream_index.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Snapshot = v.object({
  version: v.literal(1),
  logId: v.string(),
  next: count,
  agents: v.array(v.looseObject({})),
  schemas: v.array(v.string()),
  streams: v.array(v.object({
    agent: v.string(),
    stream: v.string(),
    name: v.string(),
    plugin: v.string(),
    epoch: count,
    next: count,
    tail: v.pipe(v.string(), v.hexadecimal(), v.length(64)),
    lastTime: v.pipe(v.string(), v.regex(/^-?\d{1,19}$/)),
  })),
});

/** The index of all durable entries. */
export async function loadIndex(
  ledger: IngestLedger,
  logId: string,
  snapshot: string | undefined,
): Promise<StreamIndex> {
  const index = restore(snapshot, { logId, size: ledger.size }) ?? createIndex();
  for (;;) {
    const entries = await ledger.read(index.next);
    if (entries.length === 0) return index;
    for (const entry of entries) applyEntry(index, entry);
  }
}

function restore(
  text: string | undefined,
  of: { readonly logId: string; readonly size: number },
): StreamIndex | undefined {
  if (text === undefined) return undefined;
  try {
    const snapshot = v.parse(Snapshot, JSON.parse(text));
    if (snapshot.logId !== of.logId || snapshot.next > of.size) return undefined;
    return indexOf(snapshot);
  } catch {
    // Not ours to judge: the ledger has all of it.
    return undefined;
  }
}

function indexOf(snapshot: v.InferOutput<typeof Snapshot>): StreamIndex {
  const index = createIndex();
  const replay = (kind: string, payload: Uint8Array): void =>
    applyEntry(index, {
      index: index.next,
      hubTime: 0n,
      kind,
      keyHash: new Uint8Array(32),
      payload,
    });
  for (const agent of snapshot.agents) {
    replay("agent", new TextEncoder().encode(JSON.stringify(agent)));
  }
  for (const json of snapshot.schemas) replay("schema", new TextEncoder().encode(json));
  for (const { next, tail, lastTime, ...named } of snapshot.streams) {
    replay("epoch", encodeEntry({ ...named, reason: "snapshot" }));
    const state = index.streams.get(streamKey(named.agent, named.stream));
    if (state === undefined) throw new TypeError("Cannot restore index: a stream is malformed");
    state.next = next;
    state.tail = Uint8Array.from(Buffer.from(tail, "hex"));
    state.lastTime = BigInt(lastTime);
  }
  index.next = snapshot.next;
  return index;
}
