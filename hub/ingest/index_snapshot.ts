/**
 * The stream index as JSON: saved every so often, so that a start reads only the rest of the ledger.
 *
 * It is no truth of its own. One that is damaged, of another log, ahead of the ledger or of another
 * history (a backup was restored) is not used: all is read again, to the same end.
 *
 * @module
 */
import * as v from "valibot";
import { schemaJson } from "../../sdk/table.ts";
import { encodeEntry } from "./entries.ts";
import type { IngestLedger } from "./ingest_ledger.ts";
import { restoreRing, Ring, ringOf } from "./keyring_snapshot.ts";
import {
  applyEntry,
  createIndex,
  hexOf,
  markOf,
  type StreamIndex,
  streamKey,
  type StreamState,
} from "./stream_index.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hash = v.pipe(v.string(), v.hexadecimal(), v.length(64));
const Stream = v.object({
  agent: v.string(),
  stream: v.string(),
  name: v.string(),
  plugin: v.string(),
  epoch: count,
  next: count,
  tail: hash,
  groupAt: v.optional(count),
  lastTime: v.pipe(v.string(), v.regex(/^-?\d{1,19}$/)),
  /** By seq, newest last. */
  recent: v.array(v.tuple([count, hash])),
  refused: v.nullable(hash),
  refusedFor: v.nullable(v.string()),
});
type Stream = v.InferOutput<typeof Stream>;
const Snapshot = v.object({
  version: v.literal(3),
  logId: v.string(),
  next: count,
  mark: v.pipe(v.string(), v.hexadecimal()),
  agents: v.array(v.looseObject({})),
  /** By agent id. */
  rings: v.record(v.string(), Ring),
  schemas: v.array(v.string()),
  streams: v.array(Stream),
});
type Snapshot = v.InferOutput<typeof Snapshot>;

/** Writes `index` down; `logId` says of which log. Save it when its entries are durable. */
export function snapshotOf(index: StreamIndex, logId: string): string {
  const snapshot: Snapshot = {
    version: 3,
    logId,
    next: index.next,
    mark: hexOf(index.mark),
    agents: [...index.agents.values()].map((agent) => agent.entry),
    rings: Object.fromEntries([...index.agents].map(([id, { ring }]) => [id, ringOf(ring)])),
    schemas: [...index.schemas.values()].map(schemaJson),
    streams: [...index.streams.values()].map(streamOf),
  };
  return JSON.stringify(snapshot);
}

function streamOf(state: StreamState): Stream {
  const { agent, stream, name, plugin, epoch, next, refused, refusedFor } = state;
  return {
    agent,
    stream,
    name,
    plugin,
    epoch,
    next,
    tail: hexOf(state.tail),
    ...(state.groupAt !== undefined && { groupAt: state.groupAt }),
    lastTime: String(state.lastTime),
    recent: [...state.recent].map(([seq, of]) => [seq, hexOf(of)]),
    refused: refused ?? null,
    refusedFor: refusedFor ?? null,
  };
}

/** The index that `text` tells of, if it is one of `ledger`. */
export async function restoreIndex(
  text: string,
  ledger: Pick<IngestLedger, "read">,
  logId: string,
): Promise<StreamIndex | undefined> {
  const snapshot = parse(text);
  if (snapshot?.logId !== logId) return undefined;
  if (snapshot.next > 0) {
    // None where the snapshot is ahead.
    const [last] = await ledger.read(snapshot.next - 1);
    if (last === undefined || hexOf(markOf(last)) !== snapshot.mark) return undefined;
  }
  try {
    return indexOf(snapshot);
  } catch {
    // Not ours to judge: the ledger has all of it.
    return undefined;
  }
}

function parse(text: string): Snapshot | undefined {
  try {
    const parsed = v.safeParse(Snapshot, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function indexOf(snapshot: Snapshot): StreamIndex {
  const index = createIndex();
  const replay = (kind: string, payload: Uint8Array): void => {
    const keyHash = new Uint8Array(32);
    applyEntry(index, { index: index.next, hubTime: 0n, kind, keyHash, payload });
  };
  for (const agent of snapshot.agents) {
    replay("agent", new TextEncoder().encode(JSON.stringify(agent)));
  }
  for (const json of snapshot.schemas) replay("schema", new TextEncoder().encode(json));
  for (const stream of snapshot.streams) {
    const { next, tail, groupAt, lastTime, recent, refused, refusedFor, ...named } = stream;
    replay("epoch", encodeEntry({ ...named, reason: "snapshot" }));
    const state = index.streams.get(streamKey(named.agent, named.stream));
    if (state === undefined) throw new TypeError("Cannot restore index: a stream is malformed");
    state.next = next;
    state.tail = bytesOf(tail);
    state.groupAt = groupAt;
    state.lastTime = BigInt(lastTime);
    for (const [seq, of] of recent) state.recent.set(seq, bytesOf(of));
    state.refused = refused ?? undefined;
    state.refusedFor = refusedFor ?? undefined;
  }
  for (const [id, ring] of Object.entries(snapshot.rings)) {
    const agent = index.agents.get(id);
    if (agent === undefined) throw new TypeError("Cannot restore index: keys of no agent");
    restoreRing(agent.ring, ring);
  }
  index.next = snapshot.next;
  index.mark = bytesOf(snapshot.mark);
  return index;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
