/**
 * Both ends of a link for tests: a spool in memory that seals real frames, a ledger in memory.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { EpochNeeded } from "../../agent/send/agreement.ts";
import type { FrameAt, FrameSource, HeldFrame, HeldStream } from "../../agent/send/frame_source.ts";
import type { LinkContext } from "../../agent/send/link_state.ts";
import type { Statements } from "../../agent/send/statements.ts";
import { createIndex, hexOf, type StreamIndex } from "../../hub/ingest/stream_index.ts";
import { DEFAULT_LIMITS, type Ingest, type RecordedFrame } from "../../hub/ingest/ingest.ts";
import type { IngestEntry, IngestKind, IngestLedger } from "../../hub/ingest/ingest_ledger.ts";
import { createRefusals } from "../../hub/ingest/refusals.ts";
import type { EquivocationNote, RefusedNote } from "../../hub/ingest/entries.ts";
import { appendEntry } from "../../hub/ingest/ingest.ts";
import { encodeEntry } from "../../hub/ingest/entries.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import {
  type Checkpoint,
  openCheckpoint,
  originOf,
  signCheckpoint,
} from "../../sdk/proof/checkpoint.ts";
import {
  consistencyProof,
  EMPTY_RANGE,
  leafHash,
  rootOf,
  subtreesOf,
} from "../../sdk/proof/merkle.ts";
import { generateKeys, keyHash, keyId, type Keys, signer, verifier } from "../../sdk/proof/sign.ts";
import { column, schemaHash, schemaJson, schemaOf, table } from "../../sdk/table.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { type FrameFields, frameHash, packBody, sealFrame } from "../../sdk/wire/frame.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";

export const LOG_ID = new Uint8Array(8).fill(7);
const TICKS = 17_000_000_000_000_000n;

const declared = table({
  doc: "Test",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Line: column.string({ class: "content" }),
  },
});
export const SCHEMA = schemaOf("Test", declared);

/** A raw body of one row. */
function rawBody(line: string, name = "Test"): Uint8Array {
  const writer = new TableWriter({ ...SCHEMA, name });
  writer.add({ TimeGenerated: 0, Line: line });
  return new BodyEncoder().encode({ batch: writer.view(), cursor: undefined });
}

export interface TestAgent {
  readonly keys: Keys;
  readonly id: Uint8Array;
  /** Signs frames. */
  signing: { readonly keyId: Uint8Array; sign(message: Uint8Array): Uint8Array };
}

export function makeAgent(): TestAgent {
  const keys = generateKeys();
  const id = keyHash(keys.publicKey).slice(0, 16);
  const signing = { keyId: keyId(keys.publicKey), sign: signer(keys.privateKey) };
  return { keys, id, signing };
}

/** Seals one frame. `raw` and `fields` are for frames that are wrong on purpose. */
export function seal(
  agent: TestAgent,
  at: { readonly name: string; readonly epoch: number; readonly seq: number },
  wrong: { readonly raw?: Uint8Array; readonly fields?: Partial<FrameFields> } = {},
): Uint8Array {
  const raw = wrong.raw ?? rawBody(`${at.name}/${at.epoch}/${at.seq}`);
  const fields: FrameFields = {
    kind: "events",
    groupLast: true,
    agent: agent.id,
    boot: new Uint8Array(16),
    stream: streamIdOf(at.name),
    epoch: at.epoch,
    seq: at.seq,
    groupIndex: 0,
    dictionarySeq: at.seq,
    rows: 1,
    schema: schemaHash(SCHEMA),
    firstTime: TICKS,
    lastTime: TICKS,
    sealedAt: TICKS,
    monotonic: 0n,
    previous: new Uint8Array(32),
    rowRoot: new Uint8Array(32),
    logId: new Uint8Array(8),
    logSize: 0,
    logRoot: new Uint8Array(32),
    policy: new Uint8Array(32),
    keyId: agent.signing.keyId,
    ...wrong.fields,
  };
  return sealFrame(fields, packBody(raw), (message) => agent.signing.sign(message));
}

interface FakeEpoch {
  readonly epoch: number;
  first: number;
  /** By seq, also those that are trimmed. */
  readonly frames: Uint8Array[];
  /** What is wrong with each. */
  readonly wrong: Wrong[];
}

type Wrong = NonNullable<Parameters<typeof seal>[2]>;

interface FakeStream {
  readonly name: string;
  readonly priority: HeldStream["priority"];
  epochs: FakeEpoch[];
  reason: string;
}

/** A spool in memory. */
export class FakeSpool implements FrameSource {
  readonly agent: TestAgent;
  /** Names of streams that have lost frames. */
  readonly cut = new Set<string>();
  readonly #streams = new Map<string, FakeStream>();

  constructor(agent: TestAgent) {
    this.agent = agent;
  }

  /** Makes a stream, or another epoch of it. */
  open(name: string, epoch: number, priority: HeldStream["priority"] = "normal"): void {
    const id = hexOf(streamIdOf(name));
    const known = this.#streams.get(id);
    const stream = known ?? { name, priority, epochs: [], reason: "first start" };
    if (known !== undefined) known.reason = "write failed";
    stream.epochs.push({ epoch, first: 0, frames: [], wrong: [] });
    this.#streams.set(id, stream);
  }

  /** Seals the next frame of the newest epoch. */
  add(name: string, wrong: Wrong = {}): Uint8Array {
    const { epoch, frames, wrong: wrongs } = this.newest(name);
    const last = frames.at(-1);
    const previous = last === undefined ? new Uint8Array(32) : frameHash(last);
    const fields = { previous, ...wrong.fields };
    const bytes = seal(this.agent, { name, epoch, seq: frames.length }, { ...wrong, fields });
    frames.push(bytes);
    wrongs.push(wrong);
    return bytes;
  }

  newest(name: string): FakeEpoch {
    const epoch = this.#streams.get(hexOf(streamIdOf(name)))?.epochs.at(-1);
    if (epoch === undefined) throw new RangeError(`No stream ${name}`);
    return epoch;
  }

  /** What the pipeline does on `epoch`: seals again what the hub does not have. */
  renew({ stream, above, held, reason }: EpochNeeded): void {
    const of = this.#streams.get(stream);
    if (of === undefined) return;
    const left = of.epochs.flatMap((e) => {
      const from = held === undefined || e.epoch > held.epoch
        ? e.first
        : e.epoch < held.epoch
        ? e.frames.length
        : Math.max(e.first, held.next);
      return e.wrong.slice(from);
    });
    of.epochs = [];
    this.open(of.name, above + 1, of.priority);
    of.reason = reason;
    for (const wrong of left) this.add(of.name, wrong);
  }

  /** What the pipeline does on `refused`: the frame is replaced, the rest sealed again. */
  replace({ stream, epoch, seq }: FrameAt): void {
    const of = this.#streams.get(stream);
    if (of === undefined) return;
    // A frame with nothing wrong stands for the gap.
    of.epochs.find((e) => e.epoch === epoch)?.wrong.splice(seq, 1, {});
    this.renew({ stream, above: epoch, reason: "epoch", held: { epoch, next: seq } });
  }

  trim({ stream, epoch, seq }: FrameAt): void {
    const of = this.#streams.get(stream);
    const mine = of?.epochs.find((e) => e.epoch === epoch);
    if (of === undefined || mine === undefined) return;
    mine.first = Math.max(mine.first, seq + 1);
    const isDone = (e: FakeEpoch): boolean => e !== of.epochs.at(-1) && e.first === e.frames.length;
    of.epochs = of.epochs.filter((e) => !isDone(e));
  }

  /** Frames that are not trimmed. */
  get heldFrames(): number {
    return this.streams().flatMap((s) => s.epochs).reduce((n, e) => n + e.next - e.first, 0);
  }

  streams(): readonly HeldStream[] {
    return [...this.#streams.values()].map(({ name, priority, epochs, reason }) => ({
      id: streamIdOf(name),
      name,
      plugin: "test",
      priority,
      reason,
      isCut: this.cut.has(name),
      epochs: epochs.map(({ epoch, first, frames }) => ({ epoch, first, next: frames.length })),
    }));
  }

  frame(at: FrameAt): HeldFrame | undefined {
    const epoch = this.#epoch(at);
    const bytes = epoch?.frames[at.seq];
    if (bytes === undefined || at.seq < (epoch?.first ?? 0)) return undefined;
    return { bytes, schema: bytes.subarray(82, 114) };
  }

  previousOf(at: FrameAt): Uint8Array | undefined {
    const epoch = this.#epoch(at);
    if (epoch === undefined || at.seq === 0) return epoch && new Uint8Array(32);
    const before = epoch.frames[at.seq - 1];
    return before && frameHash(before);
  }

  schemaJson(hash: Uint8Array): string | undefined {
    return hexOf(hash) === hexOf(schemaHash(SCHEMA)) ? schemaJson(SCHEMA) : undefined;
  }

  #epoch({ stream, epoch }: Pick<FrameAt, "stream" | "epoch">): FakeEpoch | undefined {
    return this.#streams.get(stream)?.epochs.find((e) => e.epoch === epoch);
  }
}

/** A ledger in memory; `hold()` keeps commits open until `release()`. */
export class FakeLedger implements IngestLedger {
  readonly keys = generateKeys();
  readonly entries: IngestEntry[] = [];
  readonly failure: { append?: Error; commit?: Error } = {};
  checkpoint: Checkpoint = this.#sign(0);
  /** Proves nothing until it resolves. */
  proves: Promise<void> = Promise.resolve();
  readonly tiles = {
    consistency: async (before: number, size: number): Promise<readonly Uint8Array[]> => {
      await this.proves;
      return consistencyProof(before, size, subtreesOf(this.#leaves()));
    },
  };
  #held: (() => void)[] | undefined;

  get size(): number {
    return this.entries.length;
  }

  append(kind: IngestKind, keyHashOfAgent: Uint8Array, payload: Uint8Array): number {
    if (this.failure.append !== undefined) throw this.failure.append;
    const index = this.entries.length;
    this.entries.push({ index, hubTime: 0n, kind, keyHash: keyHashOfAgent, payload });
    return index;
  }

  async commit(): Promise<Checkpoint> {
    const size = this.entries.length;
    const held = this.#held;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    if (this.failure.commit !== undefined) throw this.failure.commit;
    if (size > this.checkpoint.size) this.checkpoint = this.#sign(size);
    return this.checkpoint;
  }

  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resolve of held) resolve();
  }

  read(from: number): Promise<readonly IngestEntry[]> {
    return Promise.resolve(this.entries.slice(from, from + 3));
  }

  framesOf(name: string): readonly Uint8Array[] {
    const stream = hexOf(streamIdOf(name));
    return this.entries.filter((e) => e.kind === "frame").map((e) => e.payload)
      .filter((bytes) => hexOf(bytes.subarray(40, 48)) === stream);
  }

  #leaves(): readonly Uint8Array[] {
    return this.entries.map(({ keyHash: hash, payload }) => leafHash(hash, payload));
  }

  #sign(size: number): Checkpoint {
    const root = size === 0 ? rootOf(EMPTY_RANGE) : subtreesOf(this.#leaves())(0, size);
    const head = { origin: originOf(LOG_ID), size, root };
    return signCheckpoint(head, this.keys.publicKey, signer(this.keys.privateKey));
  }
}

export interface TestIngest extends Ingest {
  readonly ledger: FakeLedger;
  readonly recorded: RecordedFrame[];
  readonly refused: RefusedNote[];
  readonly equivocations: EquivocationNote[];
  readonly fatal: unknown[];
  limit: { windowBytes: number; bytesPerSecond: number };
  time: number;
}

export function makeIngest(
  ledger = new FakeLedger(),
  index: StreamIndex = createIndex(),
): TestIngest {
  const recorded: RecordedFrame[] = [];
  const refused: RefusedNote[] = [];
  const equivocations: EquivocationNote[] = [];
  const fatal: unknown[] = [];
  const ingest: TestIngest = {
    ...{ ledger, index, recorded, refused, equivocations, fatal },
    logId: LOG_ID,
    limit: DEFAULT_LIMITS,
    time: 1_000_000,
    limits: () => ingest.limit,
    now: () => ingest.time,
    random: (size) => new Uint8Array(randomBytes(size)),
    connected: new Map(),
    refusals: createRefusals(),
    events: {
      recorded: (frame) => recorded.push(frame),
      refused: (note) => refused.push(note),
      equivocation: (note) => equivocations.push(note),
      fatal: (error) => fatal.push(error),
    },
  };
  return ingest;
}

/** Makes the hub know `agent`, as enrolment does. */
export function introduce(ingest: Ingest, { keys, id }: TestAgent): void {
  const publicKey = hexOf(keys.publicKey);
  const entry = { id: hexOf(id), publicKey, host: "host", os: "linux", state: "active" } as const;
  const hash = keyHash(keys.publicKey);
  appendEntry(ingest, { kind: "agent", keyHash: hash, payload: encodeEntry(entry) });
}

/** What the agent brings to its links. */
export function makeContext(
  agent: TestAgent,
  source: FrameSource,
  ledger: FakeLedger,
): LinkContext & { statements?: Statements | undefined } {
  const { publicKey } = ledger.keys;
  const expect = { origin: originOf(LOG_ID), publicKey, verify: verifier(publicKey) };
  return {
    agent: agent.id,
    boot: new Uint8Array(16),
    release: "0.0.0",
    host: "host",
    os: "linux",
    sign: signer(agent.keys.privateKey),
    logId: LOG_ID,
    operators: [],
    source,
    readCheckpoint: (note) => openCheckpoint(note, expect),
    witnessed: undefined,
  };
}
