/**
 * Stage 6 of 7: the disk queue of frames. What it has confirmed survives a crash, and the cursor
 * with it; what the hub has acknowledged it removes.
 *
 * Nothing of a group can be read before all of it is durable. After a failed sync the spool starts
 * over from what was durable, in new epochs, without asking the disk again.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { frameHash, type FrameHeader, parseHeader } from "../../sdk/wire/frame.ts";
import { RECORD_HEAD_BYTES, recordBytes } from "../../sdk/wire/segment.ts";
import type { FrameAt, FrameSource, HeldFrame, HeldStream } from "../send/frame_source.ts";
import {
  ackBelow,
  addFrame,
  emptyEpoch,
  forget,
  type HeldEpochs,
  type HeldSource,
  NO_HASH,
  type Place,
  placeOf,
  revert,
  type SegmentFile,
} from "./held.ts";
import {
  DEFAULT_LIMITS,
  type SpoolLimits,
  type SpoolOptions,
  type SpoolStatus,
  type SpoolStream,
  type StreamOwner,
} from "./options.ts";
import { openQuarantine } from "./quarantine.ts";
import { type FrameReader, openFrameReader } from "./reader.ts";
import { encodeSchema, encodeState } from "./records.ts";
import { recover, type Recovered, type RecoveryReport } from "./recover.ts";
import type { Chain } from "./reseal.ts";
import { openRoom, type Room } from "./room.ts";
import { SpoolError } from "./spool_error.ts";
import { SpoolLog } from "./spool_log.ts";
import { removable } from "./trim.ts";

/** Opens the spool of `agent` in a folder, and recovers what it holds. @throws {SpoolError} */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files, folder, agent } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  files.makeFolder(folder);
  const release = lock(files, folder);
  try {
    const quarantine = openQuarantine(files, join(folder, "quarantine"), limits.quarantineBytes);
    const recovered = await recover({ files, folder, owner: agent.subarray(0, 8), quarantine });
    const spool = new Spool({ ...options, limits }, recovered, release);
    await spool.start(recovered);
    return spool;
  } catch (error) {
    release();
    throw error;
  }
}

function lock(files: Files, folder: string): () => void {
  try {
    return files.lock(join(folder, "lock"));
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "in-use") throw error;
    throw new SpoolError("in-use", `Cannot open spool: ${error.message}`, error);
  }
}

/** Somebody who waits for the next sync. */
interface Waiting {
  durable(): void;
  lost(error: SpoolError): void;
}

/** A spool; one process at a time has it. */
export class Spool implements FrameSource, AsyncDisposable {
  /** What the start found. */
  readonly report: RecoveryReport;
  readonly #options: SpoolOptions;
  readonly #limits: SpoolLimits;
  readonly #release: () => void;
  readonly #log: SpoolLog;
  readonly #room: Room;
  readonly #reader: FrameReader;
  readonly #sources: Map<string, HeldSource>;
  readonly #schemas: Map<string, string>;
  /** Schemas that the newest segment has a record of. */
  #schemasIn = { segment: -1, hashes: new Set<string>() };
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** Segments whose removal a state record has told of: told, or told durably. */
  readonly #told = new Map<SegmentFile, "written" | "durable">();
  readonly #roomWaiters = new Set<() => void>();
  #lastFailure: string | undefined;

  constructor(
    options: SpoolOptions & { readonly limits: SpoolLimits },
    recovered: Recovered,
    release: () => void,
  ) {
    const { files, folder, agent, now, limits } = options;
    this.#options = options;
    this.#limits = limits;
    this.#release = release;
    this.report = recovered.report;
    this.#sources = new Map(recovered.sources.map((source) => [source.key, source]));
    this.#schemas = new Map(recovered.schemas);
    this.#reader = openFrameReader(files, limits.cacheBytes);
    this.#room = openRoom({ files, folder, now, ...limits });
    const { segmentBytes } = limits;
    const owner = agent.subarray(0, 8);
    const state = () => this.#stateRecord();
    this.#log = new SpoolLog({ files, folder, owner, segmentBytes, state }, recovered.segments);
  }

  /** Puts what recovery decided on the disk, before anything is sealed or sent. */
  async start({ renew, tornTails }: Recovered): Promise<void> {
    for (const source of this.#sources.values()) {
      if (renew.has(source.key) || source.epochs.length === 0) {
        this.#openEpoch(source, "spool cut", 0);
      }
    }
    await this.#log.refillReserve();
    try {
      this.#log.prepare(0);
      await this.#log.sync();
    } catch (error) {
      if (!isFull(error)) throw error;
      // To read, send and trim needs no room; the first append tries again.
      this.#room.ranOut();
      return;
    }
    for (const { path, offset } of tornTails) {
      const file = this.#options.files.open(path, "write");
      file.truncate(offset);
      file.close();
    }
  }

  /** The stream of a source; opens its first epoch if the spool does not know it. */
  stream(owner: StreamOwner): SpoolStream {
    const source = this.#adopt(owner);
    const room = () => this.#room.of(source.priority, this.#log.bytes);
    return {
      chain: () => {
        const { epoch, next, tail } = source.epochs.at(-1)!;
        return { epoch, seq: next, tail };
      },
      cursor: () => this.#cursorOf(source, "durable"),
      append: (frames) => this.#append(source, frames),
      room,
      roomAgain: (signal) => this.#roomAgain(room, signal),
    };
  }

  streams(): readonly HeldStream[] {
    const streams: HeldStream[] = [];
    for (const { id, name, plugin, priority, epochs } of this.#sources.values()) {
      if (name === "") continue;
      const { reason } = epochs.at(-1)!;
      const held = epochs.map(({ epoch, first, durable }) => ({
        epoch,
        first: Math.min(first, durable),
        next: durable,
      }));
      streams.push({ id, name, plugin, priority, epochs: held, reason });
    }
    return streams;
  }

  /** @throws {SpoolError} `damaged`. */
  frame(at: FrameAt): HeldFrame | undefined {
    const held = this.#epochAt(at);
    if (held === undefined || at.seq >= held.durable) return undefined;
    const bytes = this.#reader.frame(at, held);
    return bytes && { bytes, schema: parseHeader(bytes).schema };
  }

  /** @throws {SpoolError} `damaged`. */
  previousOf(at: FrameAt): Uint8Array | undefined {
    if (at.seq === 0) return NO_HASH;
    const held = this.#epochAt(at);
    if (held === undefined || at.seq > held.durable) return undefined;
    if (at.seq === held.durable) return held.durableTail;
    const bytes = this.#reader.frame(at, held);
    return bytes && parseHeader(bytes).previous;
  }

  schemaJson(hash: Uint8Array): string | undefined {
    const key = hexOf(hash);
    return this.#schemas.get(key) ?? this.#options.schemaJson(key);
  }

  /** The hub has all frames of the epoch up to `seq`, and all of older epochs. */
  ack({ stream, epoch, seq }: FrameAt): void {
    const source = this.#sources.get(stream);
    if (source === undefined) return;
    for (const held of source.epochs) {
      if (held.epoch > epoch) continue;
      const until = held.epoch < epoch ? held.durable : Math.min(seq + 1, held.durable);
      this.#reader.drop({ stream, epoch: held.epoch }, held.first, until);
      ackBelow(held, until);
    }
    source.epochs = source.epochs.filter((held) =>
      held === source.epochs.at(-1) || held.first < held.next
    );
    this.#trim();
  }

  /**
   * Rule 2 of the link: a new epoch above `above`. What the hub has (`held`) counts as acknowledged;
   * the rest is sealed anew by `seal` and takes the place of the old frames.
   *
   * @throws {SpoolError} `full`: nothing has changed, try later. `lost`.
   */
  async renew(
    stream: string,
    why: {
      readonly above: number;
      readonly reason: string;
      readonly held?: { readonly epoch: number; readonly next: number } | undefined;
    },
    seal: (frame: Uint8Array, chain: Chain) => { readonly frame: Uint8Array },
  ): Promise<void> {
    const source = this.#sources.get(stream);
    if (source === undefined) return;
    if (why.held !== undefined) this.ack({ stream, epoch: why.held.epoch, seq: why.held.next - 1 });
    const old = source.epochs;
    // Until the state record below has told of it, recovery ignores this epoch.
    const renewed = emptyEpoch(this.#newEpoch(source, why.above), why.reason);
    try {
      for (const frame of this.#unacked(source)) {
        const { epoch, next, tail } = renewed;
        this.#write(source, renewed, [seal(frame, { epoch, seq: next, tail }).frame]);
      }
      source.epochs = [renewed];
      this.#log.append([[this.#stateRecord()]]);
    } catch (error) {
      source.epochs = old;
      revert(renewed);
      throw this.#failed(error);
    }
    for (const held of old) ackBelow(held, held.next);
    await this.#durable(source, renewed);
  }

  /** Looks again whether there is room; call it about once a second. */
  tick(): void {
    for (const look of this.#roomWaiters) look();
  }

  status(): SpoolStatus {
    const { segments, bytes } = this.#log;
    const unackedFrames = segments.reduce((sum, { unacked }) => sum + unacked, 0);
    return { bytes, segments: segments.length, unackedFrames, lastFailure: this.#lastFailure };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    this.#log.close();
    this.#release();
  }

  #epochAt({ stream, epoch }: FrameAt): HeldEpochs | undefined {
    return this.#sources.get(stream)?.epochs.find((held) => held.epoch === epoch);
  }

  #adopt({ id, name, plugin, priority }: StreamOwner): HeldSource {
    const key = hexOf(id);
    const known = this.#sources.get(key);
    if (known !== undefined) return Object.assign(known, { name, plugin, priority });
    const source: HeldSource = { id, key, name, plugin, priority, epochs: [], cursor: undefined };
    this.#sources.set(key, source);
    this.#openEpoch(source, "first start", 0);
    this.#tell();
    return source;
  }

  /** A state record in the newest segment: recovery must know of each epoch before its frames. */
  #tell(): boolean {
    if (this.#log.newest === undefined) return false;
    try {
      this.#log.append([[this.#stateRecord()]]);
      return true;
    } catch (error) {
      if (!isFull(error)) throw this.#failed(error);
      // Without room no frame follows either; the next segment starts with all of it.
      this.#log.retire();
      return false;
    }
  }

  #stateRecord(): Uint8Array {
    const known = [...this.#sources.values()].filter(({ name }) => name !== "");
    return encodeState(known.map((source) => {
      // Asked for now, it is known when the segment that it is in has gone.
      this.#cursorOf(source, "durable");
      return { ...source, cursor: this.#cursorOf(source, "written") };
    }));
  }

  /** The cursor in the last frame, or the one that the stream came with. */
  #cursorOf(source: HeldSource, which: "durable" | "written"): Uint8Array | undefined {
    const place = source.cursorAt?.[which];
    return place === undefined ? source.cursor : this.#reader.cursor(place);
  }

  #openEpoch(source: HeldSource, reason: string, above: number): void {
    const opened = emptyEpoch(this.#newEpoch(source, above), reason);
    source.epochs = [...source.epochs.filter(({ first, next }) => first < next), opened];
  }

  /** Seconds since the Unix epoch where that is higher: a spool that was lost starts above it. */
  #newEpoch(source: HeldSource, above: number): number {
    const last = source.epochs.at(-1)?.epoch ?? 0;
    return Math.max(last + 1, above + 1, Math.floor(this.#options.now() / 1000));
  }

  async #append(source: HeldSource, frames: readonly Uint8Array[]): Promise<void> {
    const held = source.epochs.at(-1)!;
    try {
      this.#write(source, held, frames);
    } catch (error) {
      throw this.#failed(error);
    }
    await this.#durable(source, held);
  }

  /** Writes a group, whole or not at all. @throws {FilesError} @throws {SpoolError} `chain`. */
  #write(source: HeldSource, held: HeldEpochs, frames: readonly Uint8Array[]): void {
    const headers = frames.map(parseHeader);
    checkChain(source, held, headers);
    const bytes = frames.reduce((sum, { length }) => sum + recordBytes(length), 0);
    try {
      this.#log.prepare(bytes);
      this.#put(source, held, { frames, headers });
    } catch (error) {
      if (!isFull(error) || !headers.some(({ kind }) => kind === "gap")) throw error;
      this.#log.prepareReserve(bytes + SCHEMA_SLACK_BYTES);
      this.#put(source, held, { frames, headers });
    }
  }

  #put(
    source: HeldSource,
    held: HeldEpochs,
    { frames, headers }: {
      readonly frames: readonly Uint8Array[];
      readonly headers: readonly FrameHeader[];
    },
  ): void {
    const schemas = this.#newSchemas(headers);
    const records = [...schemas.map(({ record }) => record), ...frames];
    const { segment, offset } = this.#log.append(records.map((record) => [record]));
    for (const { hash } of schemas) this.#schemasIn.hashes.add(hash);
    let at = offset + schemas.reduce((sum, { record }) => sum + recordBytes(record.length), 0);
    for (const [i, frame] of frames.entries()) {
      this.#reader.put({ stream: source.key, epoch: held.epoch, seq: held.next }, frame);
      const hash = headers[i + 1]?.previous.slice() ?? frameHash(frame);
      addFrame(held, { segment, offset: at + RECORD_HEAD_BYTES, length: frame.length }, hash);
      at += recordBytes(frame.length);
    }
    source.cursorAt = { ...source.cursorAt, written: placeOf(held, held.next - 1)! };
  }

  #newSchemas(headers: readonly FrameHeader[]): { hash: string; record: Uint8Array }[] {
    const segment = this.#log.newest?.number ?? -1;
    if (this.#schemasIn.segment !== segment) this.#schemasIn = { segment, hashes: new Set() };
    const hashes = new Set(headers.map(({ schema }) => hexOf(schema)));
    return [...hashes].filter((hash) => !this.#schemasIn.hashes.has(hash)).flatMap((hash) => {
      const json = this.#schemas.get(hash) ?? this.#options.schemaJson(hash);
      if (json === undefined) return [];
      this.#schemas.set(hash, json);
      return [{ hash, record: encodeSchema(json) }];
    });
  }

  *#unacked(source: HeldSource): Iterable<Uint8Array> {
    for (const held of source.epochs) {
      for (let seq = held.first; seq < held.next; seq++) {
        const frame = this.#reader.frame({ stream: source.key, epoch: held.epoch, seq }, held);
        if (frame !== undefined) yield frame;
      }
    }
  }

  /** Resolves when what is written of `held` now is durable. */
  #durable(source: HeldSource, held: HeldEpochs): Promise<void> {
    const { next, tail } = held;
    const written = source.cursorAt?.written;
    return new Promise((resolve, reject) => {
      this.#flushSoon({
        durable: () => {
          held.durable = Math.max(held.durable, next);
          if (held.durable === next) held.durableTail = tail;
          if (written !== undefined) source.cursorAt = { ...source.cursorAt, durable: written };
          resolve();
        },
        lost: reject,
      });
    });
  }

  #flushSoon(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
  }

  async #flush(): Promise<void> {
    // What is appended in the same turn shares the sync.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#log.sync();
      } catch (error) {
        this.#startOver(error, batch);
        continue;
      }
      for (const waiting of batch) waiting.durable();
      this.#trim();
      await this.#log.refillReserve();
      this.#options.onChange?.();
    }
  }

  /** A write or sync failed: only what was durable before counts, and its seqs are never reused. */
  #startOver(cause: unknown, batch: readonly Waiting[]): SpoolError {
    const error = new SpoolError(
      "lost",
      "Cannot keep frames: a write or sync failed, their streams go on in new epochs",
      cause,
    );
    this.#lastFailure = cause instanceof Error ? cause.message : String(cause);
    this.#log.abandon();
    for (const source of this.#sources.values()) {
      const { durable } = source.cursorAt ?? {};
      source.cursorAt = durable && { durable, written: durable };
      for (const held of source.epochs) {
        if (held.next === held.durable) continue;
        this.#reader.drop({ stream: source.key, epoch: held.epoch }, held.durable, held.next);
        revert(held);
        if (held === source.epochs.at(-1)) this.#openEpoch(source, "write failed", 0);
      }
    }
    const lost = [...batch, ...this.#waiting];
    this.#waiting = [];
    for (const waiting of lost) waiting.lost(error);
    this.#options.onChange?.();
    return error;
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof FilesError)) return error;
    if (!isFull(error)) return this.#startOver(error, []);
    this.#room.ranOut();
    return new SpoolError("full", "Cannot append to spool: there is no room", error);
  }

  #trim(): void {
    // What is left must be able to tell of what goes.
    if (!this.#log.isSettled) return;
    const { atOnce, afterTelling } = removable(this.#log.segments, this.#limits.retainAckedBytes);
    const told = afterTelling.filter((segment) => this.#told.get(segment) === "durable");
    this.#remove([...atOnce, ...told]);
    const untold = afterTelling.filter((segment) => !this.#told.has(segment));
    if (untold.length === 0 || !this.#tell()) return;
    for (const segment of untold) this.#told.set(segment, "written");
    this.#flushSoon({
      durable: () => {
        for (const segment of untold) this.#told.set(segment, "durable");
      },
      lost: () => {
        for (const segment of untold) this.#told.delete(segment);
      },
    });
  }

  #remove(segments: readonly SegmentFile[]): void {
    if (segments.length === 0) return;
    const gone = this.#log.remove(segments);
    for (const segment of gone) this.#told.delete(segment);
    for (const source of this.#sources.values()) forget(source, gone);
    this.#room.freed();
    this.tick();
  }

  #roomAgain(room: () => "ok" | "full", signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (room() === "full" && !signal.aborted) return;
        this.#roomWaiters.delete(look);
        signal.removeEventListener("abort", look);
        resolve();
      };
      this.#roomWaiters.add(look);
      signal.addEventListener("abort", look);
      look();
    });
  }
}

/** Schema records that may have to stand before a gap frame in the reserve. */
const SCHEMA_SLACK_BYTES = 64 * 1024;

function checkChain(
  source: HeldSource,
  held: HeldEpochs,
  headers: readonly FrameHeader[],
): void {
  const isNext = headers.length > 0 && headers.every(({ epoch, seq, stream }, i) =>
    epoch === held.epoch && seq === held.next + i && Buffer.compare(stream, source.id) === 0
  ) && Buffer.compare(headers[0]!.previous, held.tail) === 0;
  if (isNext) return;
  throw new SpoolError(
    "chain",
    `Cannot append to spool: the frames do not go on at ${held.epoch}/${held.next} of stream ` +
      `"${source.name}"`,
  );
}

function isFull(error: unknown): error is FilesError {
  return error instanceof FilesError && error.code === "full";
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
