/**
 * Rows of `Syslog` from entries of the systemd journal.
 *
 * @module
 */
import type { Json, RowOf } from "../../../sdk/mod.ts";
import { decodeText } from "../../../sdk/read/decode_text.ts";
import { facilityNames, type Names, severityNames } from "../priority.ts";
import type { SyslogColumns } from "../table.ts";
import type { JournalField } from "./scanner.ts";

type SyslogRow = RowOf<SyslogColumns>;

/** 100 ns in a microsecond. */
const TICKS_PER_US = 10n;
const TICKS_PER_MS = 10_000n;
/** The year 2200: a later time is none. */
const MOST_US = 7_258_118_400_000_000n;
const MAX_INT = 2 ** 31 - 1;

/** The row of an entry that was read at `now`, in ms. A field without a column is in JournalFields. */
export function journalRow(fields: readonly JournalField[], now: number): SyslogRow {
  const rest = new Map<string, string[]>();
  for (const { name, value } of fields) {
    const key = decodeText(name);
    const text = decodeText(value);
    const known = rest.get(key);
    if (known === undefined) rest.set(key, [text]);
    else known.push(text);
  }
  const time = taken(rest, "__REALTIME_TIMESTAMP", ticksOf);
  const row = {
    TimeGenerated: time ?? BigInt(now) * TICKS_PER_MS,
    EventTime: time,
    Facility: taken(rest, "SYSLOG_FACILITY", (text) => nameOf(facilityNames, text)),
    SeverityLevel: taken(rest, "PRIORITY", (text) => nameOf(severityNames, text)),
    HostName: taken(rest, "_HOSTNAME", textOf),
    ProcessName: taken(rest, "SYSLOG_IDENTIFIER", textOf) ?? taken(rest, "_COMM", textOf),
    ProcessID: taken(rest, "_PID", idOf) ?? taken(rest, "SYSLOG_PID", idOf),
    MsgId: taken(rest, "MESSAGE_ID", textOf),
    SyslogMessage: taken(rest, "MESSAGE", textOf),
    JournalFields: rest.size === 0 ? undefined : asObject(rest),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an absent column is an absent key
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined),
  ) as SyslogRow;
}

/** The first value of `name` as its column has it, which is no other field's then. */
function taken<T>(
  rest: Map<string, string[]>,
  name: string,
  read: (text: string) => T | undefined,
): T | undefined {
  const [first, ...more] = rest.get(name) ?? [];
  const value = first === undefined ? undefined : read(first);
  if (value === undefined) return undefined;
  if (more.length === 0) rest.delete(name);
  else rest.set(name, more);
  return value;
}

function asObject(rest: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, Json>> {
  const entries = [...rest].map(([name, values]): [string, Json] => {
    const [first = ""] = values;
    return [name, values.length === 1 ? first : values];
  });
  return Object.fromEntries<Json>(entries);
}

function textOf(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function ticksOf(text: string): bigint | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const us = BigInt(text);
  return us > MOST_US ? undefined : us * TICKS_PER_US;
}

function idOf(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) return undefined;
  const id = Number(text);
  return id > MAX_INT ? undefined : id;
}

function nameOf({ bytes, starts }: Names, text: string): string | undefined {
  if (!/^(?:0|[1-9]\d?)$/.test(text)) return undefined;
  const number = Number(text);
  if (number + 1 >= starts.length) return undefined;
  return new TextDecoder().decode(bytes.subarray(starts[number], starts[number + 1]));
}
