/**
 * Frozen frames: what a release has written, every later one must read. A vector is a frame and
 * what it holds, as JSON.
 *
 * @module
 */
import { rowOf } from "../../columns/cell.ts";
import type { Json } from "../../table.ts";
import { decompress } from "../compress.ts";
import { decodeBody, type FrameHeader, HEADER_BYTES, parseHeader } from "../frame.ts";

/** A frame and what it holds. Bytes are hex, numbers beyond 2^53 - 1 decimal strings. */
export interface Vector {
  readonly about: string;
  /** Of the agent: the frame's signature is one of its. */
  readonly publicKey: string;
  readonly frame: string;
  readonly header: { readonly [name: string]: Json };
  /** Not compressed. */
  readonly body: string;
  /** null where the frame is not the last of its group, or its source has no cursor. */
  readonly cursor: string | null;
  readonly table: string;
  readonly rows: readonly { readonly [column: string]: Json }[];
}

/** What `frame` holds, by this release's reader. */
export function contentOf(frame: Uint8Array): Omit<Vector, "about" | "publicKey" | "frame"> {
  const header = parseHeader(frame);
  const { batch, cursor } = decodeBody(frame, header);
  return {
    header: plainHeader(header),
    body: hex(rawBodyOf(frame, header)),
    cursor: cursor === undefined ? null : hex(cursor),
    table: batch.table,
    rows: Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row)),
  };
}

/** The body of a frame as it is before compression. */
export function rawBodyOf(frame: Uint8Array, header: FrameHeader): Uint8Array {
  const packed = frame.subarray(HEADER_BYTES);
  return header.stored ? packed : decompress(packed, header.rawBytes);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function plainHeader(header: FrameHeader): Vector["header"] {
  return Object.fromEntries(
    Object.entries(header).map(([name, value]: [string, unknown]) => [name, plain(value)]),
  );
}

function plain(value: unknown): Json {
  if (value instanceof Uint8Array) return hex(value);
  if (typeof value === "boolean" || typeof value === "number") return value;
  return String(value);
}
