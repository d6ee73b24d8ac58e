/**
 * `url_encode`, `url_encode_component`, `url_decode`: as .NET's `HttpUtility` does, in lower case.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";

const UNSAFE = /[^A-Za-z0-9\-_.!*()]+/gu;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;
const utf8 = new TextDecoder();

export const URL_CODES: readonly NativeFunction[] = [
  defineNative(
    "url_encode",
    [["string"], "string"],
    ([text]) => encode(text).replaceAll("%20", "+"),
  ),
  defineNative("url_encode_component", [["string"], "string"], ([text]) => encode(text)),
  defineNative("url_decode", [["string"], "string"], ([text]) => decodeUrl(text)),
];

function encode(text: string): string {
  return text.replaceAll(
    UNSAFE,
    (part) => Buffer.from(part).reduce((out, byte) => `${out}%${hexOf(byte)}`, ""),
  );
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** What is no escape stays as it is. */
export function decodeUrl(text: string): string {
  return text.replaceAll("+", " ").replaceAll(
    ESCAPES,
    (part) => utf8.decode(Buffer.from(part.replaceAll("%", ""), "hex")),
  );
}
