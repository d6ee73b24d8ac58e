/**
 * What the ledger says of agents, schemas and streams: the state that frames are admitted against.
 *
 * Rule 6: the ledger is the only truth. Every change goes through {@link applyEntry}, of an entry
 * that has just been appended or one that is read again at the start; a snapshot only shortens
 * the reading.
 *
 * @module
 */
import { keyHash, verifier, type Verify } from "../../sdk/proof/sign.ts";
import { parseSchemaJson, type Schema, schemaHash } from "../../sdk/table.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { verifyStatement } from "../../sdk/wire/succession.ts";
import { headerOf } from "../ledger/deleted_frame.ts";
import {
  type AgentEntry,
  type ClockNote,
  type IngestNote,
  readAgentEntry,
  readEpochEntry,
  readIngestNote,
  type SessionNote,
} from "./entries.ts";
import type { IngestEntry } from "./ingest_ledger.ts";
import {
  endEpochs,
  judgeHead,
  type Keyring,
  newKeyring,
  reachHeads,
  takeAnnounced,
  takeStatement,
} from "./succession.ts";

/**
 * Hashes of a stream's newest frames that are kept, to tell a repeated frame from a second one.
 * The welcome says where to go on, so an honest agent repeats none; older ones are refused.
 */
export const RECENT_FRAMES = 32;

/** An agent that was enrolled. */
export interface Agent {
  readonly entry: AgentEntry;
  /** SHA-256 of its public key, 32 bytes. */
  readonly keyHash: Uint8Array;
  readonly verify: Verify;
  /** Keys of its frames, and heads that it owes. */
  readonly ring: Keyring;
}

/** One stream in its newest epoch. */
export interface StreamState {
  readonly agent: string;
  readonly stream: string;
  name: string;
  plugin: string;
  epoch: number;
  /** The seq that is taken next. */
  next: number;
  /** Hash of the frame before it; zeros at 0. */
  tail: Uint8Array;
  /** Ledger index of the frame that ended its newest whole group, also of an older epoch. */
  groupAt: number | undefined;
  /** Hub time of its newest entry, ticks. */
  lastTime: bigint;
  /** Hashes by seq, newest {@link RECENT_FRAMES}. */
  recent: Map<number, Uint8Array>;
  /** Hash of the frame that was refused in the place of `next`, in hex. */
  refused: string | undefined;
  /** Why it was refused. */
  refusedFor: string | undefined;
}

/** All of it. Read freely; change by {@link applyEntry} only. */
export interface StreamIndex {
  /** Ledger index of the first entry that was not applied. */
  next: number;
  /** {@link markOf} the entry before it; empty where there is none. */
  mark: Uint8Array;
  /** By id in hex. */
  readonly agents: Map<string, Agent>;
  /** By {@link streamKey}. */
  readonly streams: Map<string, StreamState>;
  /** By agent id, the keys of its streams. */
  readonly streamsOf: Map<string, Set<string>>;
  /** By hash in hex. */
  readonly schemas: Map<string, Schema>;
  /** How each agent connected last, by its id. No snapshot has it: it is noted once more then. */
  readonly sessions: Map<string, SessionNote>;
  /** What was noted of each agent's clock last; the same holds. */
  readonly clocks: Map<string, ClockNote>;
}

export function createIndex(): StreamIndex {
  return {
    next: 0,
    mark: new Uint8Array(0),
    agents: new Map(),
    streams: new Map(),
    streamsOf: new Map(),
    schemas: new Map(),
    sessions: new Map(),
    clocks: new Map(),
  };
}

/** Key of {@link StreamIndex.streams}, from ids in hex. */
export function streamKey(agent: string, stream: string): string {
  return `${agent}/${stream}`;
}

/** Streams of one agent. */
export function streamsOfAgent(index: StreamIndex, agent: string): readonly StreamState[] {
  return [...index.streamsOf.get(agent) ?? []].flatMap((key) => index.streams.get(key) ?? []);
}

/** Takes a later entry of the ledger; those of other parts, such as ticks, may be left out. */
export function applyEntry(index: StreamIndex, entry: IngestEntry): void {
  if (entry.index < index.next) {
    throw new RangeError(`Cannot apply entry ${entry.index}: the next is ${index.next}`);
  }
  index.next = entry.index + 1;
  index.mark = markOf(entry);
  switch (entry.kind) {
    case "frame":
      return applyFrame(index, entry);
    case "schema":
      return applySchema(index, entry.payload);
    case "agent":
      return applyAgent(index, entry.payload);
    case "epoch":
      return applyEpoch(index, entry);
    case "succession":
      return applyStatement(index, entry);
    case "note":
      return applyNote(index, entry);
  }
}

/** What tells an entry from another one in its place: hash of the frame, or of the payload. */
export function markOf({ kind, payload }: Pick<IngestEntry, "kind" | "payload">): Uint8Array {
  return kind === "frame" ? frameHash(payload) : sha256("custos/index/mark/v1", payload);
}

function applyFrame(index: StreamIndex, entry: IngestEntry): void {
  const header = headerOf(entry);
  const key = streamKey(hexOf(header.agent), hexOf(header.stream));
  const state = index.streams.get(key);
  if (state?.epoch !== header.epoch || state.next !== header.seq) {
    throw new RangeError(`Cannot apply entry ${entry.index}: its frame does not continue a stream`);
  }
  advance(state, index.mark, entry.hubTime);
  if (header.groupLast) state.groupAt = entry.index;
  const ring = index.agents.get(state.agent)?.ring;
  if (ring !== undefined) reachHeads(ring, state.stream, state);
}

function applySchema(index: StreamIndex, payload: Uint8Array): void {
  const schema = parseSchemaJson(new TextDecoder().decode(payload));
  index.schemas.set(hexOf(schemaHash(schema)), schema);
}

function applyAgent(index: StreamIndex, payload: Uint8Array): void {
  const entry = readAgentEntry(payload);
  if (entry === undefined) return;
  const publicKey = Uint8Array.from(Buffer.from(entry.publicKey, "hex"));
  const ring = index.agents.get(entry.id)?.ring ?? newKeyring(publicKey);
  const agent = { entry, keyHash: keyHash(publicKey), verify: verifier(publicKey), ring };
  index.agents.set(entry.id, agent);
}

function applyEpoch(index: StreamIndex, { payload, hubTime }: IngestEntry): void {
  const entry = readEpochEntry(payload);
  if (entry === undefined) return;
  const { agent, stream, name, plugin, epoch } = entry;
  const key = streamKey(agent, stream);
  const ring = index.agents.get(agent)?.ring;
  if (ring !== undefined) {
    endEpochs(ring, stream, { end: index.streams.get(key), epoch });
  }
  const groupAt = index.streams.get(key)?.groupAt;
  index.streams.set(key, {
    agent,
    stream,
    name,
    plugin,
    epoch,
    next: 0,
    tail: new Uint8Array(32),
    groupAt,
    lastTime: hubTime,
    recent: new Map(),
    refused: undefined,
    refusedFor: undefined,
  });
  const keys = index.streamsOf.get(agent) ?? new Set();
  index.streamsOf.set(agent, keys.add(key));
}

function applyStatement(index: StreamIndex, { index: at, payload }: IngestEntry): void {
  const agent = index.agents.get(hexOf(payload.subarray(8, 24)));
  if (agent === undefined) {
    throw new RangeError(`Cannot apply entry ${at}: its statement is of no known agent`);
  }
  const { ring, entry } = agent;
  const verified = verifyStatement(payload, ring.succession);
  takeStatement(ring, verified, (stream) => index.streams.get(streamKey(entry.id, stream)));
}

function applyNote(index: StreamIndex, { payload, hubTime }: IngestEntry): void {
  const note = readIngestNote(payload);
  const ring = note && index.agents.get(note.agent)?.ring;
  switch (note?.note) {
    case "refused": {
      const state = index.streams.get(streamKey(note.agent, note.stream));
      if (state?.epoch !== note.epoch || state.next !== note.seq) return;
      state.refused = note.hash;
      state.refusedFor = note.code;
      return;
    }
    case "heads":
      if (ring !== undefined) applyHeads(index, note, { ring, hubTime });
      return;
    case "succession":
      if (ring !== undefined) ring.refused = note.hash;
      return;
    case "session":
      index.sessions.set(note.agent, note);
      return;
    case "clock":
      index.clocks.set(note.agent, note);
      return;
    case "equivocation":
    case "cut":
    case undefined:
      return;
  }
}

function applyHeads(
  index: StreamIndex,
  note: Extract<IngestNote, { note: "heads" }>,
  { ring, hubTime }: { readonly ring: Keyring; readonly hubTime: bigint },
): void {
  ring.announcedAt = hubTime;
  for (const { stream, epoch, next, tail } of note.heads) {
    const head = { stream, epoch, next, tail: Uint8Array.from(Buffer.from(tail, "hex")) };
    const now = index.streams.get(streamKey(note.agent, stream));
    if (judgeHead(ring, head, now) === "due") takeAnnounced(ring, stream, head);
  }
}

function advance(state: StreamState, hash: Uint8Array, hubTime: bigint): void {
  state.recent.set(state.next, hash);
  state.recent.delete(state.next - RECENT_FRAMES);
  state.next++;
  state.tail = hash;
  state.refused = undefined;
  state.refusedFor = undefined;
  state.lastTime = hubTime;
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
