/**
 * Records of Linux' audit log as JSON: what NXLog's `im_linuxaudit` makes of them, names in place of
 * numbers.
 *
 * @module
 */
import { isoTicks } from "../../../sdk/read/time_text.ts";
import type { AuditRecord, Field } from "./record.ts";

/** The records of a parsed text, which is one or an array of them; undefined for what is none. */
export function jsonRecords(json: unknown): readonly (AuditRecord | undefined)[] {
  return Array.isArray(json) ? json.map(recordOf) : [recordOf(json)];
}

function recordOf(json: unknown): AuditRecord | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  const { type, time, seq, node, ...rest }: Readonly<Record<string, unknown>> = { ...json };
  const ticks = isoTicks(time);
  const isSerial = (typeof seq === "number" && Number.isSafeInteger(seq)) ||
    (typeof seq === "string" && /^\d{1,20}$/.test(seq));
  if (typeof type !== "string" || ticks === undefined || !isSerial) return undefined;
  const ms = Number(ticks / 10_000n);
  const fraction = String(ms % 1000).padStart(3, "0");
  return {
    node: typeof node === "string" ? node : undefined,
    type,
    time: ms,
    serial: String(seq),
    id: `${Math.floor(ms / 1000)}.${fraction}:${String(seq)}`,
    fields: Object.entries(rest).flatMap(([name, value]) => fieldOf(name, value)),
    words: "",
  };
}

function fieldOf(name: string, value: unknown): readonly Field[] {
  if (value === null || value === undefined) return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [{ name, value: text, isQuoted: true, isAdded: false }];
}
