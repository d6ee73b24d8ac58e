/**
 * Which frames go out next: in order within a stream, by turns among streams, within the credit.
 *
 * @module
 */
import { encodeMessage } from "../../sdk/wire/link.ts";
import type { Priority } from "../../sdk/table.ts";
import { hexOf } from "./agreement.ts";
import type { HeldStream } from "./frame_source.ts";
import type { Link } from "./link_state.ts";
import { newStatements } from "./statements.ts";
import type { StreamLink } from "./stream_seq.ts";

/** Frames of one turn: audit goes first and most, but bulk is never starved. */
const TURN: Readonly<Record<Priority, number>> = { audit: 4, normal: 2, bulk: 1 };

interface Turn {
  readonly id: string;
  readonly stream: StreamLink;
  readonly held: HeldStream;
}

/**
 * Takes WebSocket messages, about `maxBytes` in all: frames, each schema before its first frame.
 * Empty when there is nothing to send or no credit. They must then be sent, in this order.
 */
export function nextFrames(link: Link, now: number, maxBytes: number): readonly Uint8Array[] {
  if (link.phase !== "ready") return [];
  // Before the first frame that the newest key has signed.
  const out: Uint8Array[] = newStatements(link).map(encodeMessage);
  const room = { bytes: Math.min(maxBytes, link.credit - link.sentBytes) };
  let before = -1;
  while (out.length > before && room.bytes > 0) {
    before = out.length;
    for (const turn of turnsOf(link, now)) takeTurn(link, turn, { out, room });
  }
  return out;
}

/** Streams that may send, by priority, the one served longest ago first. */
function turnsOf(link: Link, now: number): readonly Turn[] {
  const turns: Turn[] = [];
  for (const held of link.context.source.streams()) {
    const id = hexOf(held.id);
    const stream = link.streams.get(id);
    if (stream?.phase === "open" && stream.pausedUntil <= now) turns.push({ id, stream, held });
  }
  const served = (turn: Turn): number => link.served.get(turn.id) ?? 0;
  return turns.sort((a, b) =>
    TURN[b.held.priority] - TURN[a.held.priority] || served(a) - served(b)
  );
}

interface Outgoing {
  readonly out: Uint8Array[];
  /** Bytes that may still go out in this call. */
  readonly room: { bytes: number };
}

function takeTurn(link: Link, turn: Turn, outgoing: Outgoing): void {
  const { id, stream, held } = turn;
  for (let i = 0; i < TURN[held.priority] && outgoing.room.bytes > 0; i++) {
    const frame = link.context.source.frame({ stream: id, epoch: stream.epoch, seq: stream.next });
    if (frame === undefined) return;
    const { bytes, schema } = frame;
    if (link.sentBytes + bytes.length > link.credit) {
      // Nobody else may overtake with smaller frames: the big one would wait for ever.
      outgoing.room.bytes = 0;
      return;
    }
    sendSchema(link, schema, outgoing.out);
    outgoing.out.push(bytes);
    outgoing.room.bytes -= bytes.length;
    link.sentBytes += bytes.length;
    stream.next++;
    stream.sent = Math.max(stream.sent, stream.next);
    link.served.set(id, link.sentBytes);
  }
}

function sendSchema(link: Link, hash: Uint8Array, out: Uint8Array[]): void {
  const key = hexOf(hash);
  if (link.schemas.has(key)) return;
  link.schemas.add(key);
  const json = link.context.source.schemaJson(hash);
  // The hub may know it already; if not, it says so by refusing the frame.
  if (json !== undefined) out.push(encodeMessage({ type: "schema", hash, json }));
}
