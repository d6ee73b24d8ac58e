/**
 * Call records of Asterisk's `cdr_csv`: `Master.csv`, no header, 16 to 21 fields.
 *
 * @module
 */
import type { CallRow } from "./table.ts";
import { localTime } from "../../sdk/read/time_text.ts";

/** Order of the fields; those after `amaflags` are there as `cdr.conf` says. */
const NAMES = [
  "accountcode",
  "src",
  "dst",
  "dcontext",
  "clid",
  "channel",
  "dstchannel",
  "lastapp",
  "lastdata",
  "start",
  "answer",
  "end",
  "duration",
  "billsec",
  "disposition",
  "amaflags",
  "uniqueid",
  "userfield",
  "linkedid",
  "peeraccount",
  "sequence",
] as const;
const FEWEST = 16;

type Name = (typeof NAMES)[number];

/** Why a record is none of a call. Constant: they are counted by value. */
export type AsteriskReject = "fewer than 16 or more than 21 fields" | "no valid time";

/** Whether fields look like a record: the start time stands in its place. */
export function looksLikeAsterisk(fields: readonly string[]): boolean {
  return fields.length >= FEWEST && fields.length <= NAMES.length &&
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(fields[NAMES.indexOf("start")] ?? "");
}

/** Turns one record into a row; times are in `timezone`. */
export function asteriskRow(
  fields: readonly string[],
  timezone: string | undefined,
): CallRow | AsteriskReject {
  if (fields.length < FEWEST || fields.length > NAMES.length) {
    return "fewer than 16 or more than 21 fields";
  }
  const at = (name: Name): string | undefined => fields[NAMES.indexOf(name)] || undefined;
  const StartTime = localTime(at("start") ?? "", timezone);
  const ConnectTime = localTime(at("answer") ?? "", timezone);
  const EndTime = localTime(at("end") ?? "", timezone);
  const TimeGenerated = EndTime ?? ConnectTime ?? StartTime;
  if (TimeGenerated === undefined) return "no valid time";
  const [OrigDevice, origChannel] = splitChannel(at("channel"));
  const [DestDevice, destChannel] = splitChannel(at("dstchannel"));
  return {
    TimeGenerated,
    Vendor: "asterisk",
    CallId: at("linkedid") ?? at("uniqueid") ?? `${at("start")}/${origChannel ?? ""}`,
    LegId: at("uniqueid"),
    StartTime,
    ConnectTime,
    EndTime,
    DurationSeconds: ConnectTime === undefined ? undefined : seconds(at("billsec")),
    Disposition: at("disposition"),
    Caller: at("src"),
    CallerName: displayName(at("clid")),
    Callee: at("dst"),
    OrigDevice,
    DestDevice,
    AccountCode: at("accountcode"),
    Context: at("dcontext"),
    LastApp: at("lastapp"),
    LastData: at("lastdata"),
    UserField: at("userfield"),
    Extra: extra({
      amaflags: at("amaflags"),
      origChannel,
      destChannel,
      sequence: at("sequence"),
    }),
  };
}

/** `PJSIP/2001-0000001a` is the channel 0000001a of the device PJSIP/2001. */
function splitChannel(
  channel: string | undefined,
): readonly [string | undefined, string | undefined] {
  if (channel === undefined) return [undefined, undefined];
  const parts = /^(.+)-([0-9a-f]{8}(?:;\d)?)$/.exec(channel);
  return parts === null ? [channel, undefined] : [parts[1], parts[2]];
}

/** The name in `"Ada Lind" <2001>`. */
function displayName(clid: string | undefined): string | undefined {
  return /^"(.+)" <.*>$/.exec(clid ?? "")?.[1];
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function extra(
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return Object.keys(kept).length === 0 ? undefined : kept;
}
