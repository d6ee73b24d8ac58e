/**
 * Call records of Cisco Unified Communications Manager.
 *
 * A file has a line of names, a line of SQL types, then records ("Call Detail Records
 * Administration Guide", chapter "Cisco Call Detail Records Field Descriptions").
 *
 * @module
 */
import type { CallRow } from "./table.ts";
import { epochSeconds } from "../../sdk/read/time_text.ts";

/** Names by position. */
export type Header = readonly string[];

/** Whether a record is the line of names. */
export function isHeader(fields: readonly string[]): boolean {
  return fields[0] === "cdrRecordType";
}

/** Whether a record is the line of SQL types, such as `INTEGER,VARCHAR(50)`. */
export function isTypes(fields: readonly string[]): boolean {
  return fields.every((field) =>
    /^(INTEGER|BIGINT|SMALLINT|UNIQUEIDENTIFIER|[A-Z]+\(\d+\))$/.test(field)
  );
}

/** Why a record is none of a call. Constant: they are counted by value. */
export type CucmReject =
  | "fewer or more fields than the header"
  | "quality record (CMR), no call record"
  | "no call identifier"
  | "no valid time";

/** Turns one record into a row. */
export function cucmRow(header: Header, fields: readonly string[]): CallRow | CucmReject {
  if (fields.length !== header.length) return "fewer or more fields than the header";
  const all = new Map(header.map((name, i) => [name, fields[i]!]));
  if (all.get("cdrRecordType") === "2") return "quality record (CMR), no call record";
  const take = taker(all);
  const manager = take("globalCallID_callManagerId");
  const call = take("globalCallID_callId");
  if (manager === undefined || call === undefined) return "no call identifier";
  const StartTime = epochSeconds(take("dateTimeOrigination"));
  const ConnectTime = epochSeconds(take("dateTimeConnect"));
  const EndTime = epochSeconds(take("dateTimeDisconnect"));
  const TimeGenerated = EndTime ?? ConnectTime ?? StartTime;
  if (TimeGenerated === undefined) return "no valid time";
  take("cdrRecordType");
  return {
    TimeGenerated,
    Vendor: "cisco-cucm",
    CallId: `${manager}-${call}`,
    LegId: take("origLegCallIdentifier"),
    StartTime,
    ConnectTime,
    EndTime,
    DurationSeconds: wholeNumber(take("duration")),
    CauseOrig: nonZero(take("origCause_value")),
    CauseTerm: nonZero(take("destCause_value")),
    ...parties(take),
    ...devices(take),
    ...rest(all),
  };
}

/** Gives a field's value and removes it; undefined where it is empty or not there. */
type Take = (name: string) => string | undefined;

function taker(all: Map<string, string>): Take {
  return (name) => {
    const value = all.get(name);
    all.delete(name);
    return value === "" ? undefined : value;
  };
}

function parties(take: Take): Partial<CallRow> {
  return {
    Caller: take("callingPartyNumber"),
    CallerUri: take("callingPartyNumber_uri"),
    CallerUser: take("callingPartyUnicodeLoginUserID"),
    Callee: take("originalCalledPartyNumber"),
    FinalCallee: take("finalCalledPartyNumber"),
    CalleeUri: take("finalCalledPartyNumber_uri"),
    CalleeUser: take("finalCalledPartyUnicodeLoginUserID"),
    RedirectedBy: take("lastRedirectDn"),
    Context: take("finalCalledPartyNumberPartition"),
  };
}

function devices(take: Take): Partial<CallRow> {
  const from = take("origDeviceName");
  const to = take("destDeviceName");
  const fromPhone = from !== undefined && isPhone(from);
  const toPhone = to !== undefined && isPhone(to);
  const signal = [ipAddress(take("origIpAddr")), ipAddress(take("destIpAddr"))];
  const media = [
    ipAddress(take("origMediaTransportAddress_IP")),
    ipAddress(take("destMediaTransportAddress_IP")),
  ];
  return {
    Direction: direction(from, to),
    OrigDevice: fromPhone ? from : undefined,
    DestDevice: toPhone ? to : undefined,
    GatewayName: toPhone || to === undefined ? (fromPhone ? undefined : from) : to,
    OrigIp: take("origIpv4v6Addr") ?? signal[0],
    DestIp: take("destIpv4v6Addr") ?? signal[1],
    OrigMediaIp: media[0],
    DestMediaIp: media[1],
  };
}

/** Phones are named by kind and MAC address or user; gateways and trunks as the operator likes. */
function isPhone(device: string): boolean {
  return /^(SEP|ATA|CSF|TCT|BOT|TAB|CIPC|UDP|RDP|AN|VGC|HTTP|ZZ)[0-9A-Z_-]+$/i.test(device);
}

function direction(from: string | undefined, to: string | undefined): string | undefined {
  if (from === undefined || to === undefined) return undefined;
  if (isPhone(from)) return isPhone(to) ? "internal" : "outbound";
  return isPhone(to) ? "inbound" : undefined;
}

/**
 * An IPv4 address as CUCM writes it: a signed 32-bit number whose lowest byte is the first of the
 * address; 0 is absent. An address in the usual spelling is taken as it is.
 */
export function ipAddress(text: string | undefined): string | undefined {
  if (text === undefined || text === "0") return undefined;
  if (!/^-?\d{1,10}$/.test(text)) return text;
  const number = Number(text) | 0;
  return [0, 8, 16, 24].map((shift) => (number >>> shift) & 255).join(".");
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** A cause code; 0 says that the other side ended the call. */
function nonZero(text: string | undefined): number | undefined {
  const number = text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : 0;
  return number === 0 ? undefined : number;
}

/** Fields that hold numbers, users or codes and have no column. */
const PERSONAL =
  /(Number|Dn|DN|UserID|_uri|URI|[Aa]uth\w*Code|[Mm]atterCode|Ipv4v6Addr|_IP)(_\w+)?$/;

/** What is left and says something: empty fields and zeros do not. */
function rest(all: ReadonlyMap<string, string>): Pick<CallRow, "Extra" | "OtherFields"> {
  const said = [...all].filter(([, value]) => value !== "" && value !== "0");
  const open = said.filter(([name]) => !PERSONAL.test(name));
  const others = said.filter(([name]) => PERSONAL.test(name));
  return {
    Extra: open.length === 0 ? undefined : Object.fromEntries(open),
    OtherFields: others.length === 0 ? undefined : JSON.stringify(Object.fromEntries(others)),
  };
}
