/**
 * One quarantined thing: events that could not be scrubbed, or a frame that the hub refused.
 *
 * | offset | size | content                                                                |
 * | -----: | ---: | ---------------------------------------------------------------------- |
 * |      0 |    4 | `CUSQ`                                                                 |
 * |      4 |    1 | version, 1                                                             |
 * |      5 |    2 | length n of the head, big-endian                                       |
 * |      7 |    n | head: JSON, see {@link QuarantineHead}; nothing of the events is in it |
 * |  7 + n |      | box: SHA-256 of the head (32 bytes), then the raw body or the frame    |
 *
 * @module
 */
import * as v from "valibot";
import { rowOf } from "../sdk/columns/cell.ts";
import { boxer, BoxError, type BoxKeys, openBox, type Random } from "../sdk/keys/box.ts";
import { sha256 } from "../sdk/runtime/hash.ts";
import { decodeRawBody } from "../sdk/wire/body.ts";
import { BodyError } from "../sdk/wire/bytes.ts";
import { decodeBody, FrameError, parseHeader } from "../sdk/wire/frame.ts";

const START = Buffer.from([0x43, 0x55, 0x53, 0x51, 1]);
const HEAD_AT = 7;

const Head = v.strictObject({
  /** `batch`: it could not be scrubbed. `frame`: the hub refused it for good. */
  kind: v.picklist(["batch", "frame"]),
  /** The source's name; of a frame its stream in hex. */
  source: v.string(),
  /** Empty for a frame: its table is in it. */
  table: v.string(),
  rows: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** ms since the Unix epoch. */
  at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
export type QuarantineHead = Readonly<v.InferOutput<typeof Head>>;

/** A file in quarantine that cannot be listed or opened. */
export class QuarantineError extends Error {
  override readonly name = "QuarantineError";
  readonly code: "missing" | "form" | "key" | "recipient" | "changed";

  constructor(code: QuarantineError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Seals `content` so that only the owner of `to` (X25519) can open it. */
export function sealQuarantined(
  head: QuarantineHead,
  content: Uint8Array,
  { to, random }: { readonly to: Uint8Array; readonly random: Random },
): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(json.length);
  const box = boxer(to, random)(Buffer.concat([sha256("", json), content]));
  return Buffer.concat([START, length, json, box]);
}

/** What can be read without a key. */
export interface Sealed {
  readonly head: QuarantineHead;
  readonly box: Uint8Array;
  /** Names the key that it is sealed to: 8 bytes, hex. */
  readonly sealedTo: string;
  readonly headHash: Uint8Array;
}

/** @throws {QuarantineError} `form` */
export function readQuarantined(bytes: Uint8Array): Sealed {
  if (bytes.length < HEAD_AT || !Buffer.from(bytes.subarray(0, 5)).equals(START)) throw noFile();
  const end = HEAD_AT + (bytes[5]! << 8 | bytes[6]!);
  const json = bytes.subarray(HEAD_AT, end);
  const box = bytes.subarray(end);
  try {
    const head = v.parse(Head, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)));
    const sealedTo = Buffer.from(box.subarray(5, 13)).toString("hex");
    return { head, box, sealedTo, headHash: sha256("", json) };
  } catch {
    // The cause would show what is in it.
    throw noFile();
  }
}

/** One quarantined event. */
export interface QuarantinedRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** The events in it, as they were before the scrubber. @throws {QuarantineError} */
export function openQuarantined(bytes: Uint8Array, keys: BoxKeys): readonly QuarantinedRow[] {
  const { head, box, headHash } = readQuarantined(bytes);
  const plain = plainOf(box, keys);
  if (!Buffer.from(plain.subarray(0, 32)).equals(headHash)) {
    throw new QuarantineError("changed", "Cannot open it: its head was changed");
  }
  const content = plain.subarray(32);
  try {
    const { batch } = head.kind === "batch"
      ? decodeRawBody(content, head.rows)
      : decodeBody(content, parseHeader(content));
    const { table } = batch;
    return Array.from({ length: batch.rows }, (_, row) => ({ table, row: rowOf(batch, row) }));
  } catch (cause) {
    if (!(cause instanceof BodyError || cause instanceof FrameError)) throw cause;
    throw new QuarantineError("form", "Cannot open it: what it holds are no events", { cause });
  }
}

function plainOf(box: Uint8Array, keys: BoxKeys): Uint8Array {
  try {
    return openBox(box, keys);
  } catch (cause) {
    if (!(cause instanceof BoxError)) throw cause;
    if (cause.code === "recipient") {
      throw new QuarantineError("recipient", "Cannot open it: it is sealed to another key", {
        cause,
      });
    }
    throw new QuarantineError("changed", "Cannot open it: it was changed", { cause });
  }
}

function noFile(): QuarantineError {
  return new QuarantineError("form", "Cannot read it: its bytes are no quarantined events");
}
