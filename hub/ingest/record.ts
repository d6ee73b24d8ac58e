/**
 * Into stage 3 of 7: turns what was judged into ledger entries, and says what to tell the agent.
 *
 * Nothing is told before the ledger is durable (rule 1): the session holds the outcomes back until
 * the commit that covers them.
 *
 * @module
 */
import { MAX_STREAMS, type Message, type MessageOf, streamIdOf } from "../../sdk/wire/link.ts";
import { HEADER_BYTES } from "../../sdk/wire/frame.ts";
import { parseSchemaJson, type Schema, schemaHash, schemaJson } from "../../sdk/table.ts";
import type { Admission, PlaceCode } from "./admit.ts";
import {
  encodeEntry,
  type EpochEntry,
  type EquivocationNote,
  placeOf,
  type RefusedNote,
} from "./entries.ts";
import { appendEntry, type Ingest, isFull } from "./ingest.ts";
import type { Outcome } from "./outcomes.ts";
import { type Keyring, missedHead } from "./succession.ts";
import {
  type Agent,
  hexOf,
  type StreamIndex,
  streamKey,
  type StreamState,
} from "./stream_index.ts";

/** How long an agent waits after the disk was found full, in ms. */
export const FULL_RETRY_MS = 5000;

type Judged = Exclude<Admission, { readonly kind: "end" }>;

/** What becomes of a judged frame. `isBlocked`: nothing but the expected frame may follow. */
export interface Recorded {
  readonly outcome: Outcome;
  readonly isBlocked: boolean;
}

/** Records a frame, or why it was not taken. */
export function recordFrame(
  ingest: Ingest,
  { entry, keyHash }: Agent,
  { bytes, judged }: { readonly bytes: Uint8Array; readonly judged: Judged },
): Recorded {
  const { header } = judged;
  try {
    switch (judged.kind) {
      case "take": {
        const { batch, source } = judged;
        const index = appendEntry(ingest, { kind: "frame", keyHash, payload: bytes });
        ingest.events.recorded?.({ index, agent: entry.id, source, header, batch });
        return { outcome: ackOf(judged, bytes), isBlocked: false };
      }
      case "again":
        return { outcome: ackOf(judged, bytes), isBlocked: false };
      case "refuse": {
        const { code } = judged;
        const { seq, rows } = header;
        noteRefused(ingest, keyHash, { note: "refused", ...named(entry.id, judged), rows, code });
        const nack = { code, expect: seq, retryMs: 0, permanent: true };
        return { outcome: nackOf(judged, bytes, nack), isBlocked: true };
      }
      case "equivocation": {
        const note: EquivocationNote = {
          note: "equivocation",
          ...named(entry.id, judged),
          held: hexOf(judged.held),
          header: hexOf(bytes.subarray(0, HEADER_BYTES)),
        };
        appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
        ingest.events.equivocation?.(note);
        const nack = { code: "equivocation", expect: 0, retryMs: 0, permanent: false };
        return { outcome: nackOf(judged, bytes, nack), isBlocked: true };
      }
      case "place": {
        const { code, expect } = judged;
        const nack = { code: code satisfies PlaceCode, expect, retryMs: 0, permanent: false };
        return { outcome: nackOf(judged, bytes, nack), isBlocked: true };
      }
    }
  } catch (error) {
    if (!isFull(error)) throw error;
    const busy = { code: "full", expect: header.seq, retryMs: FULL_RETRY_MS, permanent: false };
    return { outcome: nackOf(judged, bytes, busy), isBlocked: true };
  }
}

/** Once: an agent that died before it could replace the frame sends it again. */
function noteRefused(ingest: Ingest, keyHash: Uint8Array, note: RefusedNote): void {
  const state = ingest.index.streams.get(streamKey(note.agent, note.stream));
  if (state?.refused === note.hash) return;
  appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
  ingest.events.refused?.(note);
}

/**
 * Opens an epoch: the fence is an entry (rule 3). Asking again for an epoch without frames is
 * answered again; undefined if the agent has too many streams or the name is not the stream's.
 */
export function recordEpoch(
  ingest: Ingest,
  { entry, keyHash, ring }: Agent,
  message: MessageOf<"epoch">,
): Outcome | undefined {
  const { index } = ingest;
  const stream = hexOf(message.stream);
  const { name, plugin, epoch, reason } = message;
  const state = index.streams.get(streamKey(entry.id, stream));
  if (hexOf(streamIdOf(name)) !== stream) return undefined;
  if (state === undefined && (index.streamsOf.get(entry.id)?.size ?? 0) >= MAX_STREAMS) {
    return undefined;
  }
  const ok: Outcome = {
    kind: "tell",
    message: { type: "epochok", stream: message.stream, epoch, credit: 0 },
    frameBytes: 0,
  };
  if (state?.epoch === epoch && state.next === 0) return ok;
  if (state !== undefined && epoch <= state.epoch) return closedEpoch(message, state.epoch + 1);
  const before = state && { before: placeOf(state) };
  const opened = { agent: entry.id, stream, name, plugin, epoch, reason, ...before };
  const cut = cutBy(ring, state, { stream, epoch });
  const payload = encodeEntry({ ...opened, ...cut });
  appendEntry(ingest, { kind: "epoch", keyHash, payload });
  return ok;
}

/** Records a schema that the ledger lacks; gives the code if it is refused. */
export function recordSchema(
  ingest: Ingest,
  { keyHash }: Agent,
  message: MessageOf<"schema">,
): "schema-form" | "schema-conflict" | undefined {
  const { index } = ingest;
  if (index.schemas.has(hexOf(message.hash))) return undefined;
  let schema: Schema;
  try {
    schema = parseSchemaJson(message.json);
  } catch {
    return "schema-form";
  }
  const isCanonical = schemaJson(schema) === message.json;
  if (!isCanonical || hexOf(schemaHash(schema)) !== hexOf(message.hash)) return "schema-form";
  if (isConflicting(schema, index)) return "schema-conflict";
  const payload = new TextEncoder().encode(message.json);
  appendEntry(ingest, { kind: "schema", keyHash, payload });
  return undefined;
}

/** Same name, and a column of both has another type: no query could read them as one table. */
function isConflicting(schema: Schema, index: StreamIndex): boolean {
  const others = [...index.schemas.values()].filter((other) => other.name === schema.name);
  return others.some((other) =>
    other.time !== schema.time ||
    Object.entries(schema.columns).some(([name, { type }]) => {
      const theirs = Object.hasOwn(other.columns, name) ? other.columns[name] : undefined;
      return theirs !== undefined && theirs.type !== type;
    })
  );
}

/** What the stream owes and will never give once `opening` is open. */
function cutBy(
  ring: Keyring,
  state: StreamState | undefined,
  opening: { readonly stream: string; readonly epoch: number },
): Pick<EpochEntry, "announced" | "statement" | "refused"> {
  const missed = missedHead(ring, opening.stream, opening.epoch);
  if (missed === undefined) return {};
  const { statement } = missed;
  return {
    announced: placeOf(missed),
    ...(statement > 0 ? { statement } : {}),
    ...(state?.refusedFor === undefined ? {} : { refused: state.refusedFor }),
  };
}

function closedEpoch(message: MessageOf<"epoch">, expect: number): Outcome {
  const { stream, epoch } = message;
  const hash = new Uint8Array(32);
  const why = { code: "epoch", expect, retryMs: 0, permanent: false };
  const nack: Message = { type: "nack", stream, epoch, seq: 0, hash, ...why };
  return { kind: "tell", message: nack, frameBytes: 0 };
}

function ackOf({ header }: Judged, bytes: Uint8Array): Outcome {
  const { stream, epoch, seq } = header;
  return { kind: "ack", acked: { stream, epoch, seq }, frameBytes: bytes.length };
}

type Why = Pick<MessageOf<"nack">, "code" | "expect" | "retryMs" | "permanent">;

function nackOf({ header, hash }: Judged, bytes: Uint8Array, why: Why): Outcome {
  const { stream, epoch, seq } = header;
  const message: Message = { type: "nack", stream, epoch, seq, hash, ...why };
  return { kind: "tell", message, frameBytes: bytes.length };
}

function named(agent: string, { header, hash, stream }: Judged) {
  return { agent, stream, epoch: header.epoch, seq: header.seq, hash: hexOf(hash) };
}
