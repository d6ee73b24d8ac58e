/**
 * What ingest writes into ledger entries besides frames, as JSON that an auditor can read.
 *
 * | kind   | payload                                                                        |
 * | ------ | ------------------------------------------------------------------------------ |
 * | frame  | the frame, byte for byte                                                       |
 * | schema | the canonical JSON that the schema hash covers                                  |
 * | agent  | {@link AgentEntry}: an agent was enrolled, or shut out                          |
 * | epoch  | {@link EpochEntry}: the fence; frames of older epochs are refused after it      |
 * | note   | {@link RefusedNote} or {@link EquivocationNote}; others write notes of their own |
 *
 * @module
 */
import * as v from "valibot";

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const AgentEntry = v.object({
  id: hex(16),
  publicKey: hex(32),
  host: v.string(),
  os: v.string(),
  state: v.picklist(["active", "shut-out"]),
});
/** An agent as the ledger knows it; the last entry of an id counts. */
export type AgentEntry = Readonly<v.InferOutput<typeof AgentEntry>>;

const Place = v.object({ epoch: count, next: count, tail: hex(32) });
/** How far a stream was: epoch, next seq, hash of the frame before it. */
export type Place = Readonly<v.InferOutput<typeof Place>>;

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
  /** What the agent had last announced of the older epoch: more than `before` is a loss. */
  announced: v.optional(Place),
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

const IngestNote = v.variant("note", [RefusedNote, EquivocationNote]);
export type IngestNote = RefusedNote | EquivocationNote;

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
