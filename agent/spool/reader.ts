/**
 * Frames by their place: from memory where they are new, else from the disk.
 *
 * @module
 */
import type { Files } from "../../sdk/runtime/files.ts";
import { decodeBody, parseHeader } from "../../sdk/wire/frame.ts";
import { readRecordNow, RECORD_HEAD_BYTES } from "../../sdk/wire/segment.ts";
import type { FrameAt } from "../send/frame_source.ts";
import { openFrameCache } from "./frame_cache.ts";
import { type HeldEpochs, type Place, placeOf } from "./held.ts";
import { SpoolError } from "./spool_error.ts";

export interface FrameReader {
  /** A frame was just written. */
  put(at: FrameAt, frame: Uint8Array): void;
  /** Nobody will ask for frames `from` to `to` - 1 again. */
  drop(at: Omit<FrameAt, "seq">, from: number, to: number): void;
  /** The frame's bytes; undefined if the spool does not have it. @throws {SpoolError} `damaged`. */
  frame(at: FrameAt, held: HeldEpochs): Uint8Array | undefined;
  /** The sealed cursor in the frame at `place`. @throws {SpoolError} `damaged`. */
  cursor(place: Place): Uint8Array | undefined;
}

export function openFrameReader(files: Files, cacheBytes: number): FrameReader {
  const cache = openFrameCache(cacheBytes);
  const cursors = new WeakMap<Place, { readonly cursor: Uint8Array | undefined }>();
  return {
    put: (at, frame) => cache.put(keyOf(at), frame),
    drop(at, from, to) {
      for (let seq = from; seq < to; seq++) cache.delete(keyOf({ ...at, seq }));
    },
    frame(at, held) {
      const cached = cache.get(keyOf(at));
      if (cached !== undefined) return cached;
      const place = placeOf(held, at.seq);
      return place && readPlace(files, place);
    },
    cursor(place) {
      const known = cursors.get(place);
      if (known !== undefined) return known.cursor;
      const frame = readPlace(files, place);
      const sealed = decodeBody(frame, parseHeader(frame)).cursor;
      const cursor = sealed && new Uint8Array(sealed);
      cursors.set(place, { cursor });
      return cursor;
    },
  };
}

function keyOf({ stream, epoch, seq }: FrameAt): string {
  return `${stream}/${epoch}/${seq}`;
}

function readPlace(files: Files, { segment, offset }: Place): Uint8Array {
  const file = files.open(segment.path, "read");
  try {
    const frame = readRecordNow(file, offset - RECORD_HEAD_BYTES);
    if (frame !== undefined) return frame;
  } finally {
    file.close();
  }
  throw new SpoolError(
    "damaged",
    `Cannot read spool: the frame in ${segment.path} at offset ${offset} is damaged, ` +
      "a restart puts it aside and goes on",
  );
}
