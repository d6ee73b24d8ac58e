/**
 * What the welcome tells an agent of its streams: how far each is, and where a source whose agent
 * has lost frames goes on.
 *
 * The agent reads again what it has lost. Some of it may be in the ledger: the cursor in the last
 * whole group there is behind all of that. It is sealed for the agent alone.
 *
 * @module
 */
import { decodeBody, FrameError, parseHeader } from "../../sdk/wire/frame.ts";
import type { StreamHead } from "../../sdk/wire/link.ts";
import type { IngestLedger } from "./ingest_ledger.ts";
import { hexOf, type StreamState } from "./stream_index.ts";

/** Heads of `streams`, with cursors of those in `cut`. */
export async function welcomeHeads(
  ledger: Pick<IngestLedger, "read">,
  streams: readonly StreamState[],
  cut: readonly Uint8Array[],
): Promise<StreamHead[]> {
  const asked = new Set(cut.map(hexOf));
  const heads: StreamHead[] = [];
  for (const state of streams) {
    const { stream, epoch, next, tail } = state;
    const head = { stream: new Uint8Array(Buffer.from(stream, "hex")), epoch, next, tail };
    const cursor = asked.has(stream) ? await cursorOf(ledger, state) : undefined;
    heads.push(cursor === undefined ? head : { ...head, cursor });
  }
  return heads;
}

async function cursorOf(
  ledger: Pick<IngestLedger, "read">,
  { groupAt }: StreamState,
): Promise<Uint8Array | undefined> {
  const [entry] = groupAt === undefined ? [] : await ledger.read(groupAt, { maxBytes: 1 });
  if (entry?.kind !== "frame") return undefined;
  if (entry.deleted !== undefined) return entry.deleted.cursor;
  try {
    return decodeBody(entry.payload, parseHeader(entry.payload)).cursor;
  } catch (error) {
    // What was admitted decodes; where it does not, a start that reads the ledger says so.
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}
