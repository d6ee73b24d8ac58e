/**
 * Stage 6 of 7: the disk queue of frames. What it has acknowledged survives a crash, and the cursor
 * with it; what the hub has acknowledged it removes.
 *
 * Nothing of a group can be read before all of it is durable. After a failed sync the spool starts
 * over from what was durable, in new epochs, without asking the disk again.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import type { Priority } from "../../sdk/table.ts";
import { decodeBody, frameHash, type FrameHeader, parseHeader } from "../../sdk/wire/frame.ts";
import { readRecordNow, recordBytes, RECORD_HEAD_BYTES } from "../../sdk/wire/segment.ts";
import type { FrameAt, HeldFrame, HeldStream } from "../send/frame_source.ts";
import { type FrameCache, openFrameCache } from "./frame_cache.ts";
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
} from "./held.ts";
import { openQuarantine } from "./quarantine.ts";
import { encodeSchema, encodeState, type StreamState } from "./records.ts";
import { recover, type Recovered, type RecoveryReport } from "./recover.ts";
import type { Chain } from "./reseal.ts";
import { openRoom, type Room } from "./room.ts";
import { SpoolError } from "./spool_error.ts";
import { SpoolLog } from "./spool_log.ts";
import { removable } from "./trim.ts";

export interface SpoolOptions {
  readonly folder: string;
  readonly files: Files;
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** Wall clock, ms since the Unix epoch. */
  readonly now: () => number;
  /** The JSON of a schema by its hash in hex, for frames sealed in this process. */
  readonly schemaJson: (hash: string) => string | undefined;
  /** Called when frames have become durable or streams have changed: wakes the sender. */
  readonly onChange?: () => void;
  readonly limits?: Partial<SpoolLimits>;
}

export interface SpoolLimits {
  /** Budget on the disk; default 1 GiB, of which the last fifth is for `audit` alone. */
  readonly maxBytes: number;
  /** Free space left to others; default 256 MiB. */
  readonly floorBytes: number;
  /** Default 8 MiB. */
  readonly segmentBytes: number;
  /** Newest frames kept in memory; default 16 MiB. */
  readonly cacheBytes: number;
  /** Acknowledged segments kept against a hub that loses them; default 16 MiB. */
  readonly retainAckedBytes: number;
  /** Default 64 MiB. */
  readonly quarantineBytes: number;
}

const DEFAULTS: SpoolLimits = {
  maxBytes: 1024 ** 3,
  floorBytes: 256 * 1024 ** 2,
  segmentBytes: 8 * 1024 ** 2,
  cacheBytes: 16 * 1024 ** 2,
  retainAckedBytes: 16 * 1024 ** 2,
  quarantineBytes: 64 * 1024 ** 2,
};

/** Who seals into a stream. */
export interface StreamOwner {
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  readonly plugin: string;
  readonly priority: Priority;
}

/** One stream as its source sees it. */
export interface SpoolStream {
  /** Where the chain stands, with all that was appended. */
  chain(): Chain;
  /** Sealed cursor of the last durable group. */
  cursor(): Uint8Array | undefined;
  /**
   * Writes a whole group at once and resolves when it is durable.
   *
   * @throws {SpoolError} `full`: nothing was written, the chain stands where it stood. `lost`: the
   *   stream has a new epoch, read again from `cursor()`.
   */
  append(frames: readonly Uint8Array[]): Promise<void>;
  /** "full": nothing more but gaps of this priority. */
  room(): "ok" | "full";
  /** Resolves when `room()` is "ok" or on abort. */
  roomAgain(signal: AbortSignal): Promise<void>;
}

export interface SpoolStatus {
  readonly bytes: number;
  readonly segments: number;
  readonly unackedFrames: number;
  /** Newest failure that frames were lost to, for people. */
  readonly lastFailure: string | undefined;
}

/** Opens the spool of `agent` in a folder, and recovers what it holds. @throws {SpoolError} */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files, folder, agent } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  files.makeFolder(folder);
  const release = lock(files, folder);
  try {
    const quarantine = openQuarantine(files, join(folder, "quarantine"), limits.quarantineBytes);
    const owner = agent.subarray(0, 8);
    const recovered = await recover({ files, folder, owner, quarantine });
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

interface Waiting {
  readonly source: HeldSource;
  readonly held: HeldEpochs;
  readonly next: number;
  readonly tail: Uint8Array;
  readonly cursorAt: Place;
  readonly resolve: () => void;
  readonly reject: (error: SpoolError) => void;
}

/** A spool; one process at a time has it. */
export class Spool implements AsyncDisposable {
  readonly report: RecoveryReport;
  readonly #options: SpoolOptions & { readonly limits: SpoolLimits };
  readonly #release: () => void;
  readonly #log: SpoolLog;
  readonly #room: Room;
  readonly #cache: FrameCache;
  readonly #sources: Map<string, HeldSource>;
  readonly #schemas: Map<string, string>;
  /** Schemas that the newest segment has a record of. */
  #schemasIn = { number: -1, hashes: new Set<string>() };
  /** Last frame of the last durable group of each stream, until its cursor is asked for. */
  readonly #cursorAt = new Map<HeldSource, Place>();
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  readonly #wakers = new Set<() => void>();
  #lastFailure: string | undefined;

  constructor(
    options: SpoolOptions & { readonly limits: SpoolLimits },
    recovered: Recovered,
    release: () => void,
  ) {
    const { files, folder, agent, now, limits } = options;
    this.#options = options;
    this.#release = release;
    this.report = recovered.report;
    this.#sources = new Map(recovered.sources.map((source) => [source.key, source]));
    this.#schemas = new Map(recovered.schemas);
    this.#cache = openFrameCache(limits.cacheBytes);
    this.#room = openRoom({ files, folder, now, ...limits });
    const owner = agent.subarray(0, 8);
    const { segmentBytes } = limits;
    const state = () => encodeState(this.#state());
    this.#log = new SpoolLog({ files, folder, owner, segmentBytes, state }, recovered.segments);
  }

  /** Puts what recovery decided on the disk, before anything is sealed or sent. */
  async start(recovered: Recovered): Promise<void> {
    for (const key of recovered.renew) {
      const source = this.#sources.get(key);
      if (source !== undefined) this.#openEpoch(source, "spool cut", 0);
    }
    for (const source of this.#sources.values()) {
      if (source.epochs.length === 0) this.#openEpoch(source, "spool cut", 0);
    }
    await this.#log.refillReserve();
    try {
      this.#log.prepare(0);
      await this.#log.sync();
    } catch (error) {
      if (!(error instanceof FilesError) || error.code !== "full") throw error;
      // Read, send and trim work without room; the first append tries again.
      this.#room.ranOut();
      return;
    }
    for (const { path, offset } of recovered.tornTails) {
      const file = this.#options.files.open(path, "write");
      file.truncate(offset);
      file.close();
    }
  }

  /** The stream of a source; opens its first epoch if the spool does not know it. */
  stream(owner: StreamOwner): SpoolStream {
    const source = this.#adopt(owner);
    return {
      chain: () => {
        const { epoch, next, tail } = source.epochs.at(-1)!;
        return { epoch, seq: next, tail };
      },
      cursor: () => this.#cursorOf(source),
      append: (frames) => this.#append(source, frames),
      room: () => this.#room.of(source.priority, this.#log.bytes),
      roomAgain: (signal) => this.#roomAgain(source.priority, signal),
    };
  }

  /** For the sender: what there is to send or to agree on. */
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

  /** For the sender: a durable frame. @throws {SpoolError} `damaged`. */
  frame(at: FrameAt): HeldFrame | undefined {
    const held = this.#epochAt(at);
    if (held === undefined || at.seq >= held.durable) return undefined;
    const bytes = this.#bytesOf(at, held);
    return bytes && { bytes, schema: bytes.subarray(82, 114) };
  }

  /** For the sender: the hash of the frame before `at`. */
  previousOf(at: FrameAt): Uint8Array | undefined {
    if (at.seq === 0) return NO_HASH;
    const held = this.#epochAt(at);
    if (held === undefined || at.seq > held.durable) return undefined;
    if (at.seq === held.durable) return held.durableTail;
    const bytes = this.#bytesOf(at, held);
    return bytes && parseHeader(bytes).previous;
  }

  /** For the sender: the JSON of a schema that a held frame uses. */
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
      for (let n = held.first; n < until; n++) this.#cache.delete(keyOf(stream, held.epoch, n));
      ackBelow(held, until);
    }
    source.epochs = source.epochs.filter((held, i, all) =>
      i === all.length - 1 || held.first < held.next
    );
    this.#trim();
  }

  /**
   * Rule 2: a new epoch above `above`. What the hub has (`held`) counts as acknowledged; the rest
   * is sealed anew by `seal`, which gives a frame's new bytes, and takes the place of the old.
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
    seal: (frame: Uint8Array, chain: Chain) => { readonly frame: Uint8Array; readonly chain: Chain },
  ): Promise<void> {
    const source = this.#sources.get(stream);
    if (source === undefined) return;
    if (why.held !== undefined) this.ack({ stream, epoch: why.held.epoch, seq: why.held.next - 1 });
    const before = source.epochs;
    // Until the state record at the end has told of it, recovery ignores this epoch.
    const renewed = emptyEpoch(this.#newEpoch(source, why.above), why.reason);
    try {
      for (const held of before) {
        for (let seq = held.first; seq < held.next; seq++) {
          const old = this.#bytesOf({ stream, epoch: held.epoch, seq }, held);
          if (old === undefined) continue;
          const { epoch, next, tail } = renewed;
          this.#write(stream, renewed, [seal(old, { epoch, seq: next, tail }).frame]);
        }
      }
      source.epochs = [renewed];
      this.#log.append([[encodeState(this.#state())]]);
    } catch (error) {
      source.epochs = before;
      renewed.durable = 0;
      revert(renewed);
      throw this.#failed(error);
    }
    for (const held of before) ackBelow(held, held.next);
    await this.#durable(source, renewed);
  }

  /** Looks again whether there is room; call it about once a second. */
  tick(): void {
    for (const wake of this.#wakers) wake();
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

  #state(): readonly StreamState[] {
    return [...this.#sources.values()].filter(({ name }) => name !== "").map((source) => ({
      ...source,
      cursor: this.#writtenCursorOf(source),
    }));
  }

  #adopt(owner: StreamOwner): HeldSource {
    const key = hexOf(owner.id);
    const known = this.#sources.get(key);
    const { name, plugin, priority } = owner;
    if (known !== undefined) return Object.assign(known, { name, plugin, priority });
    const { id } = owner;
    const source: HeldSource = { id, key, name, plugin, priority, epochs: [], cursor: undefined };
    this.#sources.set(key, source);
    this.#openEpoch(source, "first start", 0);
    this.#tell();
    return source;
  }

  /** A state record before the next frame, so that recovery knows of a new stream or epoch. */
  #tell(): void {
    if (this.#log.newest === undefined) return;
    try {
      this.#log.append([[encodeState(this.#state())]]);
    } catch (error) {
      // Without room no frame follows either; the next segment starts with all of it.
      if (!(error instanceof FilesError) || error.code !== "full") throw this.#failed(error);
      this.#log.retire();
    }
  }

  #openEpoch(source: HeldSource, reason: string, above: number): void {
    const opened = emptyEpoch(this.#newEpoch(source, above), reason);
    source.epochs = [...source.epochs.filter(({ first, next }) => first < next), opened];
  }

  /** Seconds since the Unix epoch where they are higher: a spool that was lost starts above it. */
  #newEpoch(source: HeldSource, above: number): number {
    const last = source.epochs.at(-1)?.epoch ?? 0;
    return Math.max(last + 1, above + 1, Math.floor(this.#options.now() / 1000));
  }

  async #append(source: HeldSource, frames: readonly Uint8Array[]): Promise<void> {
    const held = source.epochs.at(-1)!;
    try {
      this.#write(source.key, held, frames);
    } catch (error) {
      throw this.#failed(error);
    }
    await this.#durable(source, held);
  }

  /** Writes a group, whole or not at all. @throws {FilesError} or {SpoolError} `chain`. */
  #write(stream: string, held: HeldEpochs, frames: readonly Uint8Array[]): void {
    const headers = frames.map(parseHeader);
    checkChain(stream, held, headers);
    const total = frames.reduce((sum, { length }) => sum + recordBytes(length), 0);
    this.#makeRoom(total, headers.some(({ kind }) => kind === "gap"));
    const schemas = this.#newSchemas(headers);
    const { segment, offset } = this.#log.append([
      ...schemas.map(({ record }) => [record]),
      ...frames.map((frame) => [frame]),
    ]);
    for (const { hash } of schemas) this.#schemasIn.hashes.add(hash);
    let at = offset + schemas.reduce((sum, { record }) => sum + recordBytes(record.length), 0);
    frames.forEach((frame, i) => {
      const hash = headers[i + 1]?.previous ?? frameHash(frame);
      this.#cache.put(keyOf(stream, held.epoch, held.next), frame);
      addFrame(held, { segment, offset: at + RECORD_HEAD_BYTES, length: frame.length }, hash);
      at += recordBytes(frame.length);
    });
  }

  /** Schemas are few and small: what they add to a segment is left out of the account. */
  #makeRoom(bytes: number, isGap: boolean): void {
    try {
      this.#log.prepare(bytes);
    } catch (error) {
      if (!isGap || !(error instanceof FilesError) || error.code !== "full") throw error;
      this.#log.prepareReserve(bytes + 64 * 1024);
    }
  }

  #newSchemas(headers: readonly FrameHeader[]): { hash: string; record: Uint8Array }[] {
    const number = this.#log.newest?.number ?? -1;
    if (this.#schemasIn.number !== number) this.#schemasIn = { number, hashes: new Set() };
    const hashes = new Set(headers.map(({ schema }) => hexOf(schema)));
    return [...hashes].filter((hash) => !this.#schemasIn.hashes.has(hash)).flatMap((hash) => {
      const json = this.#schemas.get(hash) ?? this.#options.schemaJson(hash);
      if (json === undefined) return [];
      this.#schemas.set(hash, json);
      return [{ hash, record: encodeSchema(json) }];
    });
  }
}
