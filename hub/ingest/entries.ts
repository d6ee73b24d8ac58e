/**
 * What ingest writes into ledger entries besides frames, as JSON that an auditor can read.
 *
 * | kind   | payload                                                                        |
 * | ------ | ------------------------------------------------------------------------------ |
 * | frame  | the frame, byte for byte                                                       |
 * | schema | the canonical JSON that the schema hash covers                                  |
 * | agent  | {@link AgentEntry}: an agent was enrolled, got a certificate, or was shut out    |
 * | epoch  | {@link EpochEntry}: the fence; frames of older epochs are refused after it      |
 * | note   | an {@link IngestNote}; others write notes of their own                          |
 * | succession | a statement of `sdk/wire/statement.ts`, byte for byte                      |
 *
 * @module
 */
import * as v from "valibot";
import type { Head } from "./succession.ts";

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const AgentEntry = v.object({
  id: hex(16),
  publicKey: hex(32),
  host: v.string(),
  os: v.string(),
  state: v.picklist(["active", "shut-out"]),
  /** Who shut it out, and why. */
  revoked: v.optional(v.object({ by: v.string(), why: v.string() })),
  /** Of the link, newest last; absent: the agent never asked for one and may come without. */
  certificates: v.optional(v.array(v.object({ hash: hex(32), notAfter: count }))),
});
/** An agent as the ledger knows it; the last entry of an id counts. */
export type AgentEntry = Readonly<v.InferOutput<typeof AgentEntry>>;

const Place = v.object({ epoch: count, next: count, tail: hex(32) });
/** How far a stream was: epoch, next seq, hash of the frame before it. */
export type Place = Readonly<v.InferOutput<typeof Place>>;

/** Of a head as the index has it. */
export function placeOf({ epoch, next, tail }: Head): Place {
  return { epoch, next, tail: Buffer.from(tail).toString("hex") };
}

const EpochEntry = v.object({
  agent: hex(16),
  stream: hex(8),
  name: v.string(),
  plugin: v.string(),
  epoch: count,
  /** The agent's words. */
  reason: v.string(),
  /** What the ledger had of the stream; absent for its first epoch. */
  before: v.optional(Place),
  /** What the stream owed of an older epoch and the ledger does not have: history was cut. */
  announced: v.optional(Place),
  /** Number of the statement that says so; absent: it was announced on the link. */
  statement: v.optional(count),
  /** The hub itself had refused the frame that is missing first, and why. */
  refused: v.optional(v.string()),
});
/** An epoch was opened. */
export type EpochEntry = Readonly<v.InferOutput<typeof EpochEntry>>;

const frameNamed = {
  agent: hex(16),
  stream: hex(8),
  epoch: count,
  seq: count,
  hash: hex(32),
};
const RefusedNote = v.object({
  note: v.literal("refused"),
  ...frameNamed,
  /** As its header says: events that are missing. */
  rows: count,
  code: v.string(),
});
/** A frame that never will be taken: what is missing is known even if no gap frame ever comes. */
export type RefusedNote = Readonly<v.InferOutput<typeof RefusedNote>>;

const EquivocationNote = v.object({
  note: v.literal("equivocation"),
  ...frameNamed,
  /** Hash of the frame that the ledger holds in that place. */
  held: hex(32),
  /** The second frame's header, signature included: with the first one, the proof. */
  header: v.pipe(v.string(), v.hexadecimal()),
});
/** One agent has signed two frames for one place. */
export type EquivocationNote = Readonly<v.InferOutput<typeof EquivocationNote>>;

const HeadsNote = v.object({
  note: v.literal("heads"),
  agent: hex(16),
  heads: v.array(v.object({ stream: hex(8), ...Place.entries })),
});
/** What an agent has announced ahead of its frames: its streams must come to it. */
export type HeadsNote = Readonly<v.InferOutput<typeof HeadsNote>>;

const CutNote = v.object({
  note: v.literal("cut"),
  agent: hex(16),
  stream: hex(8),
  /** What the statement says of an epoch that was over before it came. */
  stated: Place,
  /** What the ledger has. */
  held: v.optional(Place),
  statement: count,
});
/** A statement tells of more than the ledger was given, when it is too late to give it. */
export type CutNote = Readonly<v.InferOutput<typeof CutNote>>;

const SuccessionNote = v.object({
  note: v.literal("succession"),
  agent: hex(16),
  /** Of the key that the refused statement names; 0 where none was told. */
  number: count,
  /** Number of the key that the ledger has. */
  held: count,
  code: v.string(),
  /** Hash of the statement. */
  hash: hex(32),
});
/** A statement was refused: the agent's keys do not follow one another. */
export type SuccessionNote = Readonly<v.InferOutput<typeof SuccessionNote>>;

const SessionNote = v.object({
  note: v.literal("session"),
  agent: hex(16),
  /** Drawn at the agent's start. */
  boot: hex(16),
  /** Number of that start; absent of agents before 0.2.0. */
  instance: v.optional(count),
  /** Hash of the certificate that the connection has shown. */
  certificate: v.optional(hex(32)),
  release: v.string(),
});
/**
 * An agent has connected, otherwise than the last time. What it sends comes under that certificate
 * until its next such note.
 */
export type SessionNote = Readonly<v.InferOutput<typeof SessionNote>>;

const ClockNote = v.object({
  note: v.literal("clock"),
  agent: hex(16),
  /** The agent's clock less the hub's; the truth is within `boundMs` of it. */
  offsetMs: v.pipe(v.number(), v.safeInteger()),
  boundMs: count,
  /** What the hub's config allows. */
  limitMs: count,
  /** When it was measured, ms since the epoch. */
  at: count,
});
/** How far an agent's clock was from the hub's. */
export type ClockNote = Readonly<v.InferOutput<typeof ClockNote>>;

const IngestNote = v.variant("note", [
  RefusedNote,
  EquivocationNote,
  HeadsNote,
  CutNote,
  SuccessionNote,
  SessionNote,
  ClockNote,
]);
export type IngestNote =
  | RefusedNote
  | EquivocationNote
  | HeadsNote
  | CutNote
  | SuccessionNote
  | SessionNote
  | ClockNote;

/** The payload of an entry of kind agent, epoch or note. */
export function encodeEntry(entry: AgentEntry | EpochEntry | IngestNote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(entry));
}

/** Reads the payload of an `agent` entry; undefined if it is none. */
export function readAgentEntry(payload: Uint8Array): AgentEntry | undefined {
  return read(AgentEntry, payload);
}

/** Reads the payload of an `epoch` entry; undefined if it is none. */
export function readEpochEntry(payload: Uint8Array): EpochEntry | undefined {
  return read(EpochEntry, payload);
}

/** Reads the payload of a `note` entry that ingest wrote; undefined if another part did. */
export function readIngestNote(payload: Uint8Array): IngestNote | undefined {
  return read(IngestNote, payload);
}

function read<S extends v.GenericSchema>(
  schema: S,
  payload: Uint8Array,
): v.InferOutput<S> | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
