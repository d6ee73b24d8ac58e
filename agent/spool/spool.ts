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
import { FilesError, isFull } from "../../sdk/runtime/files.ts";
import { frameHash, type FrameHeader, parseHeader } from "../../sdk/wire/frame.ts";
import { RECORD_HEAD_BYTES, recordBytes } from "../../sdk/wire/segment.ts";
import type { FrameAt, FrameSource, HeldFrame, HeldStream } from "../send/frame_source.ts";
import {
  ackBelow,
  addFrame,
  chainOf,
  emptyEpoch,
  forget,
  goOnBehind,
  type HeldEpochs,
  type HeldSource,
  revert,
  type SegmentFile,
} from "./held.ts";
import {
  type SpoolLimits,
  spoolLimits,
  type SpoolOptions,
  type SpoolStatus,
  type SpoolStream,
  type StreamOwner,
  type Waiting,
} from "./options.ts";
import { lockSpool } from "./lock.ts";
import { openQuarantine } from "./quarantine.ts";
import { type FrameReader, openFrameReader } from "./reader.ts";
import { recover, type Recovered, type RecoveryReport } from "./recover.ts";
import { type Renewal, type Reseal, resealGroup } from "./reseal.ts";
import { openRoom, type Room } from "./room.ts";
import { openSchemas, type Schemas } from "./schemas.ts";
import { cutTail } from "./segment_files.ts";
import { SpoolError } from "./spool_error.ts";
import { SpoolLog } from "./spool_log.ts";
import { checkGroup, Streams } from "./streams.ts";
import { removable } from "./trim.ts";

export type { SpoolStream } from "./options.ts";

/** Opens the spool of `agent` in a folder, and recovers what it holds. @throws {SpoolError} */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files, folder, agent } = options;
  const limits = spoolLimits(options.limits);
  files.makeFolder(folder);
  const release = lockSpool(files, folder);
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
  readonly #streams: Streams;
  readonly #schemas: Schemas;
  #waiting: Waiting[] = [];
  #syncing: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** Segments whose removal a state record has told of: told, or told durably. */
  readonly #told = new Map<SegmentFile, "written" | "durable">();
  #lastFailure: string | undefined;

  constructor(
    options: SpoolOptions & { readonly limits: SpoolLimits },
    recovered: Recovered,
    release: () => void,
  ) {
    const { files, folder, agent, now, limits, isExpected = false } = options;
    const isCut = recovered.isCut || (isExpected && recovered.segments.length === 0);
    this.#options = options;
    this.#limits = limits;
    this.#release = release;
    this.report = recovered.report;
    this.#reader = openFrameReader(files, limits.cacheBytes);
    this.#streams = new Streams(recovered.sources, this.#reader, { now, isCut });
    this.#schemas = openSchemas(recovered.schemas, options.schemaJson);
    this.#room = openRoom({ files, folder, now, ...limits });
    const owner = agent.subarray(0, 8);
    const state = () => this.#streams.stateRecord();
    const onState = () => this.#streams.stateWritten();
    this.#log = new SpoolLog(
      { ...limits, files, folder, owner, state, onState },
      recovered.segments,
    );
  }

  /** Puts what recovery decided on the disk, before anything is sealed or sent. */
  async start({ renew, tornTails }: Recovered): Promise<void> {
    this.#streams.begin(renew);
    await this.#log.refillReserve();
    try {
      this.#log.prepare(0);
      await this.#sync();
    } catch (error) {
      if (!isFull(error)) throw error;
      // To read, send and trim needs no room; the first append tries again.
      this.#room.ranOut();
      return;
    }
    for (const tail of tornTails) cutTail(this.#options.files, tail);
    this.#trim();
  }

  /** The stream of a source; opens its first epoch if the spool does not know it. */
  stream(owner: StreamOwner): SpoolStream {
    const { source, isNew } = this.#streams.adopt(owner);
    if (isNew && this.#tell()) this.#flushSoon({ durable: () => {}, lost: () => {} });
    const room = () => this.#room.of(source.priority, this.#log.bytes);
    return {
      chain: () => chainOf(source.epochs.at(-1)!),
      cursor: () => this.#streams.cursorOf(source, "durable"),
      isCut: () => source.isCut === true,
      append: (frames) => this.#append(source, frames),
      room,
      roomAgain: (signal) => this.#room.wait(() => room() === "ok", signal),
    };
  }

  streams(): readonly HeldStream[] {
    return this.#streams.held();
  }

  /** @throws {SpoolError} `damaged`. */
  frame(at: FrameAt): HeldFrame | undefined {
    return this.#streams.frame(at);
  }

  /** @throws {SpoolError} `damaged`. */
  previousOf(at: FrameAt): Uint8Array | undefined {
    return this.#streams.previousOf(at);
  }

  schemaJson(hash: Uint8Array): string | undefined {
    return this.#schemas.json(Buffer.from(hash).toString("hex"));
  }

  resume(at: FrameAt): void {
    this.#streams.resume(at);
  }

  /** A stream that was cut goes on at the hub's cursor. It is kept with the next frame or record. */
  takeCursor(stream: string, cursor: Uint8Array): void {
    const source = this.#streams.get(stream);
    if (source?.isCut) Object.assign(source, { cursor, cursorAt: undefined });
  }

  /** The hub has all frames of the epoch up to `seq`, and all of older epochs. */
  ack(at: FrameAt): void {
    this.#streams.ack(at);
    this.#trim();
  }

  /**
   * Rule 2 of the link: a new epoch above `above`. What the hub has (`held`) counts as acknowledged;
   * the rest is sealed anew by `seal` and takes the place of the old frames.
   *
   * @throws {SpoolError} `full`: nothing has changed, try later. `lost`.
   */
  async renew(stream: string, why: Renewal, seal: Reseal): Promise<void> {
    const source = this.#streams.get(stream);
    if (source === undefined) return;
    if (why.held !== undefined) this.ack({ stream, epoch: why.held.epoch, seq: why.held.next - 1 });
    const { lost } = why;
    if (lost !== undefined) this.resume({ stream, epoch: lost.epoch, seq: lost.to });
    const { epochs: old, replaced = [], cursor, cursorAt, isCut } = source;
    if (why.cursor !== undefined) this.takeCursor(stream, why.cursor);
    // Until the state record below has told of it, recovery ignores this epoch.
    const renewed = emptyEpoch(this.#streams.newEpoch(source, why.above), why.reason);
    const write = (group: readonly Uint8Array[], sealAs = seal): void =>
      this.#write(source, renewed, resealGroup(group, chainOf(renewed), sealAs));
    try {
      if (lost !== undefined) {
        const cursor = this.#streams.cursorOf(source, "written");
        write([new Uint8Array(0)], (_, place) => ({ frame: lost.gap(source.id, place, cursor) }));
      }
      for (const group of this.#streams.unacked(source)) write(group);
      source.epochs = [renewed];
      goOnBehind(source, renewed);
      source.replaced = [...replaced, ...old];
      this.#log.prepare(0);
      this.#log.tell();
    } catch (error) {
      Object.assign(source, { epochs: old, replaced, cursor, cursorAt, isCut });
      revert(renewed);
      throw this.#failed(error);
    }
    await this.#durable(source, renewed);
    for (const held of old) ackBelow(held, held.next);
    source.replaced = source.replaced?.filter((held) => !old.includes(held)) ?? [];
  }

  /** Looks again whether there is room; call it about once a second. */
  tick(): void {
    this.#room.look();
  }

  /** Resolves when all that was appended is durable, or lost. */
  async settled(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  status(): SpoolStatus {
    return { ...this.#log.status(), lastFailure: this.#lastFailure };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    this.#log.close();
    this.#release();
  }

  /** A state record in the newest segment: recovery must know of each epoch before its frames. */
  #tell(): boolean {
    if (this.#log.newest === undefined) return false;
    try {
      this.#log.tell();
      return true;
    } catch (error) {
      if (!isFull(error)) throw this.#failed(error);
      // Without room no frame follows either; the next segment starts with all of it.
      this.#log.retire();
      return false;
    }
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
    checkGroup(source, held, headers);
    const bytes = frames.reduce((sum, { length }) => sum + recordBytes(length), 0);
    try {
      this.#log.prepare(bytes);
      this.#put(source, held, { frames, headers });
    } catch (error) {
      if (!isFull(error) || !headers.some(({ kind }) => kind === "gap")) throw error;
      this.#log.prepareReserve(bytes + this.#schemas.bytesFor(headers));
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
    const schemas = this.#schemas.missing(headers, this.#log.newest?.number ?? -1);
    const records = [...schemas.map(({ record }) => record), ...frames];
    const { segment, offset } = this.#log.append(records.map((record) => [record]));
    this.#schemas.written(schemas);
    let at = offset + schemas.reduce((sum, { record }) => sum + recordBytes(record.length), 0);
    for (const [i, frame] of frames.entries()) {
      this.#reader.put({ stream: source.key, epoch: held.epoch, seq: held.next }, frame);
      const following = headers[i + 1];
      const hash = following === undefined ? frameHash(frame) : new Uint8Array(following.previous);
      addFrame(held, { segment, offset: at + RECORD_HEAD_BYTES, length: frame.length }, hash);
      at += recordBytes(frame.length);
    }
    if (held === source.epochs.at(-1)) goOnBehind(source, held);
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
    this.#flushing ??= this.#flush();
  }

  async #sync(): Promise<void> {
    const told = this.#streams.written();
    await this.#log.sync();
    for (const held of told) if (held.told === "written") held.told = "durable";
  }

  async #flush(): Promise<void> {
    // What is appended in the same turn shares the sync.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#syncing = this.#waiting;
      this.#waiting = [];
      try {
        await this.#sync();
        for (const waiting of batch.splice(0)) waiting.durable();
        this.#trim();
        await this.#log.refillReserve();
        this.#options.onChange?.();
      } catch (error) {
        this.#startOver(error);
      }
    }
    // In the same turn as the last look: who comes later must start another.
    this.#flushing = undefined;
  }

  /** A write or sync failed: only what was durable before counts, and its seqs are never reused. */
  #startOver(cause: unknown): SpoolError {
    const error = new SpoolError(
      "lost",
      "Cannot keep frames: a write or sync failed, their streams go on in new epochs",
      cause,
    );
    this.#lastFailure = cause instanceof Error ? cause.message : String(cause);
    this.#log.abandon();
    this.#streams.revert();
    // A sync that is still running is of bytes that are given up: its success means nothing.
    const lost = [...this.#syncing.splice(0), ...this.#waiting];
    this.#waiting = [];
    for (const waiting of lost) waiting.lost(error);
    this.#options.onChange?.();
    return error;
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof FilesError)) return error;
    if (!isFull(error)) return this.#startOver(error);
    this.#room.ranOut();
    this.#trim();
    return new SpoolError("full", "Cannot append to spool: there is no room", error);
  }

  #trim(): void {
    // What is left must be able to tell of what goes.
    if (!this.#log.isSettled) return;
    const retained = this.#room.isShort() ? 0 : this.#limits.retainAckedBytes;
    const { atOnce, afterTelling } = removable(this.#log.segments, retained);
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
    gone.forEach((segment) => this.#told.delete(segment));
    for (const source of this.#streams.all()) forget(source, gone);
    this.#room.freed();
  }
}
