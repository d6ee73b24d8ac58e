/**
 * Reads single frames of a spool that is not open yet.
 *
 * @module
 */
import type { Files } from "../../sdk/runtime/files.ts";
import { decodeBody, FrameError } from "../../sdk/wire/frame.ts";
import { parseHeader } from "../../sdk/wire/header.ts";
import { readRecord, RECORD_HEAD_BYTES } from "../../sdk/wire/segment.ts";
import type { Place } from "./held.ts";
import type { Quarantine } from "./quarantine.ts";

/** Copies a frame to the quarantine; gives its bytes. */
export async function keepFrame(
  { files, quarantine }: { readonly files: Files; readonly quarantine: Quarantine },
  place: Place,
): Promise<number> {
  const file = files.open(place.segment.path, "read");
  try {
    const range = { from: place.offset, to: place.offset + place.length };
    return await quarantine.keep(file, String(place.segment.number), range);
  } finally {
    file.close();
  }
}

/** The frame at a place; undefined if its record is damaged. */
export async function readFrame(files: Files, place: Place): Promise<Uint8Array | undefined> {
  const file = files.open(place.segment.path, "read");
  try {
    return await readRecord(file, place.offset - RECORD_HEAD_BYTES);
  } finally {
    file.close();
  }
}

/**
 * The cursor in the frame at a place. Undefined as well if the frame's body is none: only who can
 * write the file gets that far.
 */
export async function readCursor(files: Files, place: Place): Promise<Uint8Array | undefined> {
  const frame = await readFrame(files, place);
  try {
    const cursor = frame && decodeBody(frame, parseHeader(frame)).cursor;
    return cursor && new Uint8Array(cursor);
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}
