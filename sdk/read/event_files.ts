/**
 * Follows files of Windows events, EVTX and exported XML alike: what plugins for them build on.
 *
 * Windows writes EVTX files in place, so one that has changed is read again from its beginning.
 * What was taken before is known by the number of its last record and when that was written: a log
 * that was cleared numbers from 1 again, but later.
 *
 * @module
 */
import { type EventReader, fileOf } from "./event_reader.ts";
import { type EvtxState, openEvtx, readEvtxBlock } from "./evtx_blocks.ts";
import { readFileHead } from "./evtx_file.ts";
import { isXmlStart, readXmlBlock } from "./event_xml_blocks.ts";
import type { FileBlock, TailCursor } from "./io.ts";

/** Where a record was written last, by file: its number, and when, in ms since the epoch. */
export type LastRecords = { readonly [file: string]: readonly [number, number] };

/** Where to go on: at most 4 KiB as JSON. */
export type EventFilesCursor = { readonly tail: TailCursor; readonly last: LastRecords };

/** One file while it is read. */
type FileState = { readonly kind: "xml" | "other" } | EvtxState;

/** Files whose last record is remembered: the cursor has room for so many. */
const MOST_FILES = 32;

/** A cursor is given at least after so many bytes. */
const CURSOR_BYTES = 512 * 1024;

export const EVENT_FILES_START: EventFilesCursor = { tail: {}, last: {} };

/** Hands the events of the files that `globs` match to `take`; gives cursors. */
export async function* followEventFiles(
  reader: EventReader,
  globs: readonly string[],
  cursor: EventFilesCursor,
): AsyncIterable<EventFilesCursor> {
  const last = new Map(Object.entries(cursor.last));
  let id = "";
  let state: FileState = { kind: "other" };
  let since = 0;
  for await (const block of reader.context.io.blocks(globs, cursor.tail)) {
    if (block.bytes.length === 0) {
      yield { tail: block.cursor(), last: Object.fromEntries(last) };
      continue;
    }
    if (block.fileId !== id || block.offset === 0) {
      id = block.fileId;
      state = open(reader, block, last);
    }
    const done = readBlock(reader, block, state);
    if (block.isLast && state.kind === "evtx") remember(last, keyOf(block), state);
    block.take(done);
    since += done;
    // A cursor costs time for each file that there is.
    if (block.hasMore && since < CURSOR_BYTES) continue;
    since = 0;
    yield { tail: block.cursor(), last: Object.fromEntries(last) };
  }
}

/** A file keeps its key when it changes: what follows `~` counts its generations. */
function keyOf({ fileId }: FileBlock): string {
  return fileId.split("~", 1)[0]!;
}

function open(
  { context }: EventReader,
  block: FileBlock,
  last: ReadonlyMap<string, readonly [number, number]>,
): FileState {
  const { bytes, offset } = block;
  if (isXmlStart(bytes)) return { kind: "xml" };
  const head = offset === 0 ? readFileHead(bytes) : undefined;
  if (offset === 0 && head === undefined) {
    context.gap({ reason: "other", detail: `${fileOf(block)}: neither EVTX nor XML` });
    return { kind: "other" };
  }
  if (head?.badChecksum === true) {
    context.log.warn("The header of an EVTX file has another checksum", { file: block.file });
  }
  return openEvtx(last.get(keyOf(block)), head);
}

/** Gives how many bytes are done. */
function readBlock(reader: EventReader, block: FileBlock, state: FileState): number {
  switch (state.kind) {
    case "evtx":
      return readEvtxBlock(reader, block, state);
    case "xml":
      return readXmlBlock(reader, block);
    case "other":
      return block.bytes.length;
  }
}

function remember(
  last: Map<string, readonly [number, number]>,
  key: string,
  { seen }: EvtxState,
): void {
  if (seen === undefined) return;
  last.delete(key);
  last.set(key, seen);
  if (last.size > MOST_FILES) last.delete(last.keys().next().value!);
}
