/**
 * Into stage 3 of 7: an agent's statements of succession and the heads that it announces.
 *
 * Both say how far streams must come. What the ledger then never gets is found when the next epoch
 * is opened, or here, where a statement comes too late.
 *
 * @module
 */
import { HEAD_EVERY_MS, MAX_STREAMS, type StreamHead } from "../../sdk/wire/link.ts";
import {
  parseStatement,
  statementHash,
  SuccessionError,
  verifyStatement,
} from "../../sdk/wire/succession.ts";
import { type CutNote, encodeEntry, placeOf, type SuccessionNote } from "./entries.ts";
import { appendEntry, type Ingest } from "./ingest.ts";
import { type Agent, hexOf, streamKey } from "./stream_index.ts";
import { dueCount, type Head, judgeHead, MOST_HEADS } from "./succession.ts";

/** Announcements come so often and no oftener; what comes sooner is not worth an entry. */
const HEADS_EVERY_TICKS = BigInt(HEAD_EVERY_MS) * 5_000n;

/**
 * Records the next statement; gives why it is not taken: the connection ends with that code. One
 * that the ledger has already is taken again.
 */
export function recordStatement(
  ingest: Ingest,
  { entry, keyHash, ring }: Agent,
  payload: Uint8Array,
): "succession" | "heads" | undefined {
  const { succession } = ring;
  const hash = statementHash(payload);
  if (Buffer.compare(hash, succession.hash) === 0) return undefined;
  try {
    const { statement } = verifyStatement(payload, succession);
    if (dueCount(ring) + statement.heads.length > MOST_HEADS) return "heads";
    const missed = statement.heads.flatMap((head): CutNote[] => {
      const stream = hexOf(head.stream);
      const held = heldEnd(ingest, { entry, ring }, { stream, epoch: head.epoch });
      const now = ingest.index.streams.get(streamKey(entry.id, stream));
      if (judgeHead(ring, { ...head, stream }, now) !== "missed") return [];
      const facts = { agent: entry.id, stream, stated: placeOf(head), statement: statement.number };
      return [{ note: "cut", ...facts, ...(held === undefined ? {} : { held: placeOf(held) }) }];
    });
    appendEntry(ingest, { kind: "succession", keyHash, payload });
    for (const note of missed) {
      appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof SuccessionError)) throw error;
    const number = numberOf(payload);
    const facts = { agent: entry.id, number, held: succession.number, code: error.code };
    const note: SuccessionNote = { note: "succession", ...facts, hash: hexOf(hash) };
    // Once: an agent whose keys went back comes again and again.
    if (ring.refused !== note.hash) {
      appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
      ingest.events.succession?.(note);
    }
    return "succession";
  }
}

/** Notes that an agent has left because it knows other keys of its own than the ledger, or fewer. */
export function noteBye(ingest: Ingest, { entry, keyHash, ring }: Agent, code: string): void {
  const { number: held, hash } = ring.succession;
  const note: SuccessionNote = {
    ...{ note: "succession", agent: entry.id, number: 0, held, code: "behind", hash: hexOf(hash) },
  };
  if (code !== "succession" || held === 0 || ring.refused === note.hash) return;
  appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
  ingest.events.succession?.(note);
}

/** Records what an agent has sealed and the ledger has not, if that is new. */
export function recordHeads(
  ingest: Ingest,
  { entry, keyHash, ring }: Agent,
  announced: readonly StreamHead[],
): void {
  const since = BigInt(ingest.now()) * 10_000n - ring.announcedAt;
  if (ring.announcedAt > 0n && since >= 0n && since < HEADS_EVERY_TICKS) return;
  const known = new Set([...ring.due.keys()]);
  const heads = announced.flatMap((head) => {
    const stream = hexOf(head.stream);
    const now = ingest.index.streams.get(streamKey(entry.id, stream));
    if (judgeHead(ring, { ...head, stream }, now) !== "due") return [];
    const isSaid = ring.due.get(stream)?.some(({ epoch, next }) =>
      epoch === head.epoch && next >= head.next
    );
    if (isSaid === true || (known.size >= MAX_STREAMS && !known.has(stream))) return [];
    known.add(stream);
    return [{ stream, ...placeOf(head) }];
  });
  if (heads.length === 0 || dueCount(ring) + heads.length > MOST_HEADS) return;
  const note = { note: "heads", agent: entry.id, heads } as const;
  appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
}

function heldEnd(
  ingest: Ingest,
  { entry, ring }: Pick<Agent, "entry" | "ring">,
  { stream, epoch }: { readonly stream: string; readonly epoch: number },
): Head | undefined {
  const now = ingest.index.streams.get(streamKey(entry.id, stream));
  return now?.epoch === epoch ? now : ring.ends.get(stream)?.find((end) => end.epoch === epoch);
}

function numberOf(payload: Uint8Array): number {
  try {
    return parseStatement(payload).number;
  } catch (error) {
    if (error instanceof SuccessionError) return 0;
    throw error;
  }
}
