/**
 * The head of a file that is resumed in its middle: its format, and the names of its columns.
 *
 * @module
 */
import type { Io, TailChunk } from "../../sdk/mod.ts";
import { readRecord } from "../../sdk/read/csv.ts";
import { isHeader } from "./cucm.ts";
import { type CallFile, formatAt } from "./reader.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";

/** How long to wait for a file's head, which ought to be there: so often so many ms. */
const WAITS = 50;
const WAIT_MS = 100;

interface Tools {
  readonly io: Io;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Sets what `file` would know had it been read from its start. */
export async function learnHead(file: CallFile, chunk: TailChunk, tools: Tools): Promise<void> {
  const chunks = tools.io.tail([chunk.file], {}, { startAt: "oldest" })[Symbol.asyncIterator]();
  const first = await inTime(chunks.next(), tools.sleep);
  if (first?.done === false && first.value.fileId === chunk.fileId) {
    const text = decodeText(first.value.bytes).trimStart();
    file.format ??= formatAt(text, 0);
    const record = file.format === "cucm" ? readRecord(text, 0) : undefined;
    if (record?.kind === "record" && isHeader(record.fields)) file.header = record.fields;
  }
  void chunks.return?.();
}

/** What `awaited` gives; undefined if it takes too long, as a file does that has been replaced. */
async function inTime<T>(
  awaited: Promise<T>,
  sleep: (ms: number) => Promise<void>,
): Promise<T | undefined> {
  for (let k = 0; k < WAITS; k++) {
    const value = await Promise.race([awaited, sleep(WAIT_MS).then(() => undefined)]);
    if (value !== undefined) return value;
  }
  return undefined;
}
