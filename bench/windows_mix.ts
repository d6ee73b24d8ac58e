/**
 * Ordinary Windows events, of which one in ten matches a rule, made of event logs that hold attacks.
 *
 * Events are drawn again and again: quiet ones, which match nothing, in nine of ten cases. No copy is
 * like another, as it would be on a host: numbers of four digits and more (processes, ports of
 * calls, record numbers, times as text) and the first eight digits of each GUID are new in each.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../compile/demo/random.ts";
import { CHUNK_BYTES, isUnused, readChunk } from "../sdk/read/evtx_chunk.ts";
import { FILE_HEAD_BYTES } from "../sdk/read/evtx_file.ts";
import type { WindowsEvent } from "../sdk/read/windows_event.ts";
import type { Json } from "../sdk/table.ts";

/** All events of the EVTX files in `folder`. */
export function eventsIn(folder: string): readonly WindowsEvent[] {
  const events: WindowsEvent[] = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".evtx"))) {
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    for (let at = FILE_HEAD_BYTES; at < bytes.length; at += CHUNK_BYTES) {
      const block = bytes.subarray(at, at + CHUNK_BYTES);
      if (isUnused(block)) continue;
      for (const { event } of readChunk(block).records) events.push(event);
    }
  }
  return events;
}

/** Of ten events that many match nothing. */
const QUIET_OF_TEN = 9;
const COPIED = /(?<![\w.])\d{4,}(?![\w.])|[0-9A-Fa-f]{8}(?=-[0-9A-Fa-f]{4}-)/g;

/** `count` events, drawn from both. */
export function* windowsMix(
  { quiet, loud }: {
    readonly quiet: readonly WindowsEvent[];
    readonly loud: readonly WindowsEvent[];
  },
  count: number,
  random: Random,
): Iterable<WindowsEvent> {
  for (let n = 0; n < count; n++) {
    const event = random.pick(random.below(10) < QUIET_OF_TEN ? quiet : loud);
    yield {
      ...event,
      time: event.time === undefined ? undefined : event.time + BigInt(random.below(1e9)) * 10_000n,
      recordId: String(n),
      processId: event.processId === undefined ? undefined : 4 * random.below(4096),
      data: varied(event.data, random),
    };
  }
}

function varied(value: Json, random: Random): Json {
  if (typeof value === "string") return value.replaceAll(COPIED, (text) => other(text, random));
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((item) => varied(item, random));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, varied(member, random)]),
  );
}

/** As long, and of digits where it was. */
function other(text: string, random: Random): string {
  const radix = /^\d+$/.test(text) && text.length !== 8 ? 10 : 16;
  return Array.from(text, () => random.below(radix).toString(radix)).join("");
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
