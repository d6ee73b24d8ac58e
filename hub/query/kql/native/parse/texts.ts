/**
 * `parse_csv`, `parse_version`.
 *
 * @module
 */
import { readRecord } from "../../../../../sdk/read/csv.ts";
import { defineNative, type NativeFunction } from "../define.ts";

const VERSION = /^\d{1,8}(?:\.\d{1,8}){0,3}$/;
const DIGITS_OF_PART = 8;

export const TEXT_PARSERS: readonly NativeFunction[] = [
  defineNative("parse_csv", [["string"], "dynamic"], ([text]) => {
    const record = readRecord(text, 0);
    return record.kind === "record" ? record.fields : text.split(",");
  }),
  defineNative("parse_version", [["string"], "decimal"], ([text]) => {
    const trimmed = text.trim();
    if (!VERSION.test(trimmed)) return null;
    const parts = trimmed.split(".");
    const digits = Array.from(
      { length: 4 },
      (_, i) => (parts[i] ?? "").padStart(DIGITS_OF_PART, "0"),
    );
    return String(BigInt(digits.join("")));
  }),
];
