/**
 * Cuts events out of the blocks of an XML file: one document of `Events`, or events one after the
 * other, on one line or many, in UTF-8 or UTF-16LE.
 *
 * @module
 */
import type { EventReader } from "./event_reader.ts";
import { eventOfXml } from "./event_xml.ts";
import type { FileBlock } from "./io.ts";

type Encoding = "utf8" | "utf16le";

const START = "<Event";
const END = "</Event>";
/** What may follow the name of a start tag. */
const AFTER_NAME = new Set([" ", ">", "\t", "\r", "\n"]);
/** What may stand between events: a declaration, a comment, tags of the list around them. */
const AROUND = /<\?[^>]*>|<!--[^>]*-->|<\/?Events[^>]*>|[\s\ufeff]+/g;
const MOST_REJECTED = 65_536;

/** Whether XML begins there, in either encoding. */
export function isXmlStart(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 512));
  const text = head.toString(encodingOf(bytes));
  return /^[\s\ufeff]*</.test(text);
}

function encodingOf(bytes: Uint8Array): Encoding {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || bytes[1] === 0 ? "utf16le" : "utf8";
}

/** Takes the whole events of `block`; gives how many bytes are done. */
export function readXmlBlock(reader: EventReader, block: FileBlock): number {
  const { bytes, isLast } = block;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const encoding = encodingOf(bytes);
  const text = (from: number, to: number): string => buffer.toString(encoding, from, to);
  let at = 0;
  for (;;) {
    const start = startOfEvent(buffer, at, encoding);
    const end = start < 0 ? -1 : endOf(buffer, start, encoding);
    if (end < 0) break;
    rejectOthers(reader, text(at, start));
    const whole = text(start, end);
    const event = eventOfXml(whole);
    if (typeof event === "string") reject(reader, whole, event);
    else reader.take(event);
    at = end;
  }
  // A whole block without the end of an event: it has none that is worth waiting for.
  if (!isLast && at > 0) return at;
  const rest = text(at, bytes.length);
  if (startOfEvent(buffer, at, encoding) >= 0) {
    reject(reader, rest, isLast ? "XML not complete" : "event over 1 MiB");
  } else rejectOthers(reader, rest);
  return bytes.length;
}

function startOfEvent(buffer: Buffer, from: number, encoding: Encoding): number {
  const size = Buffer.byteLength(START, encoding);
  const unit = size / START.length;
  for (let at = from;;) {
    const found = buffer.indexOf(START, at, encoding);
    if (found < 0) return -1;
    const after = buffer.toString(encoding, found + size, found + size + unit);
    if (AFTER_NAME.has(after) || after === "") return found;
    at = found + size;
  }
}

function endOf(buffer: Buffer, from: number, encoding: Encoding): number {
  const found = buffer.indexOf(END, from, encoding);
  return found < 0 ? -1 : found + Buffer.byteLength(END, encoding);
}

/** Nothing is dropped in silence: text between events that is no markup of their list. */
function rejectOthers(reader: EventReader, text: string): void {
  const rest = text.replaceAll(AROUND, "");
  if (rest !== "") reject(reader, text.trim(), "text outside of an event");
}

function reject({ context }: EventReader, text: string, why: string): void {
  context.reject({ bytes: Buffer.from(text.slice(0, MOST_REJECTED)), why });
}
