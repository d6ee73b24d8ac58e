/**
 * The streams of a spool: their epochs, cursors, and the state record that tells of all of them.
 *
 * @module
 */
import { type FrameHeader, parseHeader } from "../../sdk/wire/header.ts";
import type { FrameAt, HeldFrame, HeldStream } from "../send/frame_source.ts";
import { FIRST_START } from "../send/agreement.ts";
import {
  ackBelow,
  emptyEpoch,
  type HeldEpochs,
  type HeldSource,
  keptFrom,
  needAgain,
  NO_HASH,
  revert,
} from "./held.ts";
import type { StreamOwner } from "./options.ts";
import type { FrameReader } from "./reader.ts";
import { encodeState } from "./records.ts";
import { SpoolError } from "./spool_error.ts";

/** Epochs without a frame, of one stream: the hub knows the newest of a time when it was there. */
const MOST_EMPTY = 32;
/** Why an epoch was opened behind frames that a start has lost; where nothing tells of any. */
const CUT = "spool cut";
const LOST = "spool lost";

/** Index of what is held; writes nothing. */
export class Streams {
  readonly #sources: Map<string, HeldSource>;
  readonly #reader: FrameReader;
  readonly #now: () => number;
  readonly #isCut: boolean;

  /** `now` is the wall clock in ms; `isCut`: streams that are not known may have been lost. */
  constructor(
    sources: readonly HeldSource[],
    reader: FrameReader,
    { now, isCut }: { readonly now: () => number; readonly isCut: boolean },
  ) {
    this.#isCut = isCut;
    this.#sources = new Map(sources.map((source) => [source.key, source]));
    this.#reader = reader;
    this.#now = now;
  }

  all(): Iterable<HeldSource> {
    return this.#sources.values();
  }

  /** By stream id in hex. */
  get(key: string): HeldSource | undefined {
    return this.#sources.get(key);
  }

  /** The stream of `owner`, with a first epoch if it is new. */
  adopt({ id, name, plugin, priority }: StreamOwner): { source: HeldSource; isNew: boolean } {
    const key = Buffer.from(id).toString("hex");
    const known = this.#sources.get(key);
    if (known !== undefined) {
      return { source: Object.assign(known, { name, plugin, priority }), isNew: false };
    }
    const source: HeldSource = { id, key, name, plugin, priority, epochs: [], cursor: undefined };
    this.#sources.set(key, source);
    this.openEpoch(source, this.#isCut ? LOST : FIRST_START);
    source.isCut = this.#isCut;
    return { source, isNew: true };
  }

  /** At the start: streams with keys in `renew` go on in new epochs. */
  begin(renew: ReadonlySet<string>): void {
    for (const source of this.all()) {
      if (renew.has(source.key) || source.epochs.length === 0) this.openEpoch(source, CUT);
      const last = source.epochs.at(-1)!;
      // Also where a start before this one has found the loss, and nothing was added since.
      source.isCut = [CUT, LOST].includes(last.reason) && last.next === 0;
    }
  }

  openEpoch(source: HeldSource, reason: string): void {
    const opened = emptyEpoch(this.newEpoch(source, 0), reason);
    // The hub may know of an empty one: that it does says that it has all frames of older ones.
    const empty = source.epochs.filter(({ first, next }) => first >= next);
    const known = empty.filter(({ told }) => told !== "no");
    const gone = new Set([
      ...empty.filter(({ told }) => told === "no"),
      ...known.slice(MOST_EMPTY / 2, -MOST_EMPTY / 2),
    ]);
    source.epochs = [...source.epochs.filter((held) => !gone.has(held)), opened];
  }

  /** Seconds since the Unix epoch where that is higher: a spool that was lost starts above it. */
  newEpoch(source: HeldSource, above: number): number {
    const last = Math.max(source.epochs.at(-1)?.epoch ?? 0, source.givenUp ?? 0);
    return Math.max(last + 1, above + 1, Math.floor(this.#now() / 1000));
  }

  /** Where all streams stand, as written. */
  stateRecord(): Uint8Array {
    const known = [...this.#sources.values()].filter(({ name }) => name !== "");
    return encodeState(known.map((source) => {
      // Asked for now, it is known when the segment that it is in has gone.
      this.cursorOf(source, "durable");
      return { ...source, cursor: this.cursorOf(source, "written") };
    }));
  }

  /** The cursor in the last frame, or the one that the stream came with. */
  cursorOf(source: HeldSource, which: "durable" | "written"): Uint8Array | undefined {
    const place = source.cursorAt?.[which];
    return place === undefined ? source.cursor : this.#reader.cursor(place);
  }

  /** A state record of now has been appended. */
  stateWritten(): void {
    for (const held of this.#epochs()) if (held.told === "no") held.told = "written";
  }

  /** Epochs of which the next sync makes a state record durable. */
  written(): readonly HeldEpochs[] {
    return [...this.#epochs()].filter(({ told }) => told === "written");
  }

  /**
   * All that the sender may see. An epoch of which only memory knows is not for the hub: after a
   * crash the spool would have the frames of the one before, and not know which of them it has.
   */
  held(): readonly HeldStream[] {
    const streams: HeldStream[] = [];
    for (const { id, name, plugin, priority, epochs, isCut = false } of this.#sources.values()) {
      // Frames were found and not whose they are; their source will say when it starts.
      if (name === "") continue;
      const known = epochs.filter(({ told }) => told === "durable");
      if (known.length === 0) continue;
      const { reason } = known.at(-1)!;
      const held = known.map((epoch) => ({
        epoch: epoch.epoch,
        first: Math.min(epoch.first, epoch.durable),
        next: epoch.durable,
        kept: Math.min(keptFrom(epoch), epoch.durable),
      }));
      streams.push({ id, name, plugin, priority, epochs: held, reason, isCut });
    }
    return streams;
  }

  frame(at: FrameAt): HeldFrame | undefined {
    const held = this.#epochAt(at);
    if (held === undefined || at.seq >= held.durable) return undefined;
    const bytes = this.#reader.frame(at, held);
    return bytes && { bytes, schema: parseHeader(bytes).schema };
  }

  previousOf(at: FrameAt): Uint8Array | undefined {
    if (at.seq === 0) return NO_HASH;
    const held = this.#epochAt(at);
    if (held === undefined || at.seq > held.durable) return undefined;
    if (at.seq === held.durable) {
      // Zeros: it was lost, with all that told of it.
      return Buffer.compare(held.durableTail, NO_HASH) === 0 ? undefined : held.durableTail;
    }
    const bytes = this.#reader.frame(at, held);
    return bytes && parseHeader(bytes).previous;
  }

  /** The hub lacks what it acknowledged from here on. */
  resume({ stream, epoch, seq }: FrameAt): void {
    const held = this.#epochAt({ stream, epoch, seq });
    if (held !== undefined) needAgain(held, seq);
  }

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
  }

  /** Forgets all that is not durable; streams that had such frames go on in new epochs. */
  revert(): void {
    for (const source of this.#sources.values()) {
      const { durable } = source.cursorAt ?? {};
      source.cursorAt = durable && { durable, written: durable };
      // What has taken their place is not on the disk; they are.
      source.epochs = [...source.replaced ?? [], ...source.epochs];
      source.replaced = [];
      for (const held of source.epochs) {
        if (held.told === "written") held.told = "no";
        if (held.next === held.durable) continue;
        this.#reader.drop({ stream: source.key, epoch: held.epoch }, held.durable, held.next);
        revert(held);
        if (held === source.epochs.at(-1)) this.openEpoch(source, "write failed");
      }
    }
  }

  /** Groups that are not acknowledged; of the first one maybe the rest only. */
  *unacked(source: HeldSource): Iterable<readonly Uint8Array[]> {
    for (const held of source.epochs) {
      let group: Uint8Array[] = [];
      for (let seq = held.first; seq < held.next; seq++) {
        const frame = this.#reader.frame({ stream: source.key, epoch: held.epoch, seq }, held);
        if (frame === undefined) continue;
        group.push(frame);
        if (!parseHeader(frame).groupLast) continue;
        yield group;
        group = [];
      }
    }
  }

  *#epochs(): Iterable<HeldEpochs> {
    for (const { epochs } of this.#sources.values()) yield* epochs;
  }

  #epochAt({ stream, epoch }: FrameAt): HeldEpochs | undefined {
    return this.#sources.get(stream)?.epochs.find((held) => held.epoch === epoch);
  }
}

/** @throws {SpoolError} `chain` unless the frames are a whole group that goes on at `held`. */
export function checkGroup(
  source: HeldSource,
  held: HeldEpochs,
  headers: readonly FrameHeader[],
): void {
  const isNext = headers.length > 0 &&
    headers.every((header, i) =>
      header.epoch === held.epoch && header.seq === held.next + i && header.groupIndex === i &&
      header.groupLast === (i === headers.length - 1) &&
      Buffer.compare(header.stream, source.id) === 0
    ) && Buffer.compare(headers[0]!.previous, held.tail) === 0;
  if (isNext) return;
  throw new SpoolError(
    "chain",
    `Cannot append to spool: the frames are no whole group that goes on at ` +
      `${held.epoch}/${held.next} of stream "${source.name}"`,
  );
}
