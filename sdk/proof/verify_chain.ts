/**
 * Whether the frames of each stream follow one another, and what of it a bundle holds.
 *
 * The first frame of a stream in a bundle may stand anywhere; from there on none may be missing. A
 * stream goes on in a new epoch only where the ledger's entry says so.
 *
 * @module
 */
import { type FrameHeader, HEADER_BYTES } from "../wire/header.ts";
import type { Sha256 } from "./bundle.ts";
import { hexOf } from "./hex.ts";
import type { StreamSpan } from "./verdict.ts";
import type { EpochEntry } from "./verify_entries.ts";

/** Most streams of one bundle: bounds the memory. */
const MOST_STREAMS = 65_536;
const FRAME_LABEL = new TextEncoder().encode("custos/frame/v1");
const STREAM_LABEL = new TextEncoder().encode("custos/stream/v1");
const NONE = "0".repeat(64);

export interface Chains {
  /** Takes an epoch's opening; says why it cannot be. */
  open(epoch: EpochEntry): string | undefined;
  /** Takes a frame; says why it does not follow. */
  take(header: FrameHeader, bytes: Uint8Array): string | undefined;
  spans(hostOf: (agent: string) => string | undefined): readonly StreamSpan[];
}

interface Stream {
  source: string | undefined;
  /** What comes next; undefined before the stream's first frame. */
  next: { epoch: number; seq: number; tail: string } | undefined;
  span: Omit<StreamSpan, "host" | "source"> | undefined;
}

export function openChains(sha256: Sha256): Chains {
  const streams = new Map<string, Stream>();
  const streamOf = (key: string): Stream | undefined => {
    const known = streams.get(key);
    if (known !== undefined || streams.size >= MOST_STREAMS) return known;
    const made: Stream = { source: undefined, next: undefined, span: undefined };
    streams.set(key, made);
    return made;
  };
  return {
    open({ agent, stream: id, name, epoch, before }) {
      const stream = streamOf(`${agent}/${id}`);
      if (stream === undefined) return TOO_MANY;
      const named = sha256(STREAM_LABEL, new TextEncoder().encode(name));
      if (hexOf(named.subarray(0, 8)) === id) stream.source = name;
      const { next } = stream;
      if (next === undefined) return undefined;
      const isEnd = before?.epoch === next.epoch && before.next === next.seq &&
        before.tail === next.tail;
      if (!isEnd) return `frames of epoch ${next.epoch} from ${next.seq} on are missing`;
      stream.next = { epoch, seq: 0, tail: NONE };
      return undefined;
    },
    take(header, bytes) {
      const { epoch, seq } = header;
      const agent = hexOf(header.agent);
      const id = hexOf(header.stream);
      const stream = streamOf(`${agent}/${id}`);
      if (stream === undefined) return TOO_MANY;
      const why = faultOf(header, stream.next);
      if (why !== undefined) return why;
      const tail = hexOf(sha256(FRAME_LABEL, bytes.subarray(0, HEADER_BYTES)));
      stream.next = { epoch, seq: seq + 1, tail };
      stream.span = grown(stream.span, header, { agent, stream: id });
      return undefined;
    },
    spans(hostOf) {
      return [...streams.values()].flatMap(({ span, source }) => {
        if (span === undefined) return [];
        const host = hostOf(span.agent);
        return [{
          ...span,
          ...(host !== undefined && { host }),
          ...(source !== undefined && { source }),
        }];
      });
    },
  };
}

const TOO_MANY = "there are too many streams in this bundle";

function faultOf(
  { epoch, seq, previous }: FrameHeader,
  next: Stream["next"],
): string | undefined {
  const before = hexOf(previous);
  if (next === undefined) {
    return seq === 0 && before !== NONE
      ? "it is the first of its epoch and names one before"
      : undefined;
  }
  if (epoch !== next.epoch) return `it is of epoch ${epoch}, the stream is in ${next.epoch}`;
  if (seq > next.seq) return `frames ${next.seq} to ${seq - 1} of epoch ${epoch} are missing`;
  if (seq < next.seq) return `frame ${next.seq} of epoch ${epoch} must stand here`;
  return before === next.tail ? undefined : "it does not name the frame before it";
}

function grown(
  span: Stream["span"],
  { kind, epoch, seq, rows, firstTime, lastTime }: FrameHeader,
  place: { readonly agent: string; readonly stream: string },
): NonNullable<Stream["span"]> {
  const isGap = kind === "gap";
  const own = {
    ...place,
    first: { epoch, seq },
    last: { epoch, seq },
    frames: 1,
    events: isGap ? 0 : rows,
    gaps: isGap ? 1 : 0,
    firstTime,
    lastTime,
  };
  if (span === undefined) return own;
  return {
    ...own,
    first: span.first,
    frames: span.frames + 1,
    events: span.events + own.events,
    gaps: span.gaps + own.gaps,
    firstTime: firstTime < span.firstTime ? firstTime : span.firstTime,
    lastTime: lastTime > span.lastTime ? lastTime : span.lastTime,
  };
}
