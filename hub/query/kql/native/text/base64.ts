/**
 * Base64 and what is in it: `base64_*`, `gzip_*`, `zlib_*`.
 *
 * What is not valid gives nothing rather than an error, and so does what unpacks to over 16 MiB.
 *
 * @module
 */
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { defineNative, type NativeFunction } from "../define.ts";
import { guidFromBytes, guidToBytes } from "../guid_bytes.ts";
import { isArray } from "../json.ts";

/** Bounds what a small bomb can make of itself. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;
const DEFAULT_LEVEL = 6;
const BASE64_TEXT = /^[A-Za-z0-9+/]*={0,2}$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const BASE64: readonly NativeFunction[] = [
  defineNative(
    "base64_encode_tostring",
    [["string"], "string"],
    ([text]) => Buffer.from(text).toString("base64"),
  ),
  defineNative("base64_encode_fromarray", [["dynamic"], "string"], ([bytes]) => {
    const isByte = (byte: unknown): boolean =>
      typeof byte === "bigint" && byte >= 0n && byte <= 255n;
    if (!isArray(bytes) || !bytes.every(isByte)) return "";
    return Buffer.from(bytes.map(Number)).toString("base64");
  }),
  defineNative(
    "base64_encode_fromguid",
    [["guid"], "string"],
    ([guid]) => guid === null ? "" : guidToBytes(guid).toString("base64"),
  ),
  defineNative(
    "base64_decode_tostring",
    [["string"], "string"],
    ([text]) => textOf(unbase64(text)),
  ),
  defineNative("base64_decode_toarray", [["string"], "dynamic"], ([text]) => {
    const bytes = unbase64(text);
    return bytes === undefined ? null : Array.from(bytes, BigInt);
  }),
  defineNative("base64_decode_toguid", [["string"], "guid"], ([text]) => {
    const bytes = unbase64(text);
    return bytes?.length === 16 ? guidFromBytes(bytes) : null;
  }),
  defineNative(
    "gzip_compress_to_base64_string",
    [["string"], "string"],
    ([text]) => gzip(Buffer.from(text)).toString("base64"),
  ),
  defineNative(
    "zlib_compress_to_base64_string",
    [["string"], "string"],
    ([text]) => zlib(Buffer.from(text)).toString("base64"),
  ),
  defineNative(
    "gzip_decompress_from_base64_string",
    [["string"], "string"],
    ([text]) => textOf(unpacked(text, gunzipSync)),
  ),
  defineNative(
    "zlib_decompress_from_base64_string",
    [["string"], "string"],
    ([text]) => textOf(unpacked(text, inflateSync)),
  ),
];

function unbase64(text: string): Buffer | undefined {
  const packed = text.replaceAll(/\s+/g, "");
  return packed.length % 4 === 0 && BASE64_TEXT.test(packed)
    ? Buffer.from(packed, "base64")
    : undefined;
}

function textOf(bytes: Uint8Array | undefined): string {
  try {
    return bytes === undefined ? "" : utf8.decode(bytes);
  } catch {
    return "";
  }
}

function unpacked(
  text: string,
  unpack: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer,
): Buffer | undefined {
  const packed = unbase64(text);
  if (packed === undefined) return undefined;
  try {
    return unpack(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch {
    return undefined;
  }
}

/** Stored where packing gains nothing, as Kusto does. */
function levelFor(bytes: Uint8Array): number {
  return deflateRawSync(bytes).length + 1 < bytes.length ? DEFAULT_LEVEL : 0;
}

/** With the head that says nothing of the level, and of the system that it is unknown. */
function gzip(bytes: Uint8Array): Buffer {
  const packed = gzipSync(bytes, { level: levelFor(bytes) });
  packed[8] = 0;
  packed[9] = 0xff;
  return packed;
}

function zlib(bytes: Uint8Array): Buffer {
  const packed = deflateSync(bytes, { level: levelFor(bytes) });
  packed[1] = 0x01;
  return packed;
}
