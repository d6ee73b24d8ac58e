/**
 * Charging records of calls as rows: the IP multimedia subsystem and telephony (TS 32.298 §5.2.2,
 * §5.2.3), by tables of tags. A tag that is in no table is kept by its number.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import { type BerElement, berInteger } from "../../sdk/read/ber.ts";
import {
  digitsOf,
  int32Of,
  jsonOf,
  nameOf,
  nodeOf,
  numberOf,
  partyOf,
  textOf,
  timeOf,
} from "./cdr_values.ts";
import type { CallRow } from "./table.ts";

/** Why a record is none of a call. Constant: they are counted by value. */
export type CdrReject = "record type not of a call" | "no call identifier" | "no valid time";

type Draft = { -readonly [K in keyof CallRow]?: CallRow[K] };

/** Takes a field; false where its value is not as it must be. */
type Field = (row: Draft, element: BerElement, extra: Record<string, Json>) => boolean;

/** Sets a column to what `read` gives. */
function set<K extends keyof CallRow>(
  column: K,
  read: (element: BerElement) => CallRow[K] | undefined,
): Field {
  return (row, element) => {
    const value = read(element);
    if (value !== undefined) row[column] = value;
    return value !== undefined;
  };
}

/** Keeps a field that names nobody under its own name. */
function keep(name: string, read: (element: BerElement) => Json | undefined): Field {
  return (_row, element, extra) => {
    const value = read(element);
    if (value !== undefined) extra[name] = value;
    return value !== undefined;
  };
}

const ignore: Field = () => true;
const hexOf = ({ content }: BerElement): string => Buffer.from(content).toString("hex");
const trueOf = (): boolean => true;

/** Names a party's columns. */
function party(uri: "CallerUri" | "CalleeUri", number: "Caller" | "Callee" | "FinalCallee"): Field {
  return (row, element) => {
    const found = partyOf(element);
    if (found.uri !== undefined) row[uri] ??= found.uri;
    if (found.number !== undefined) row[number] = found.number;
    return found.uri !== undefined || found.number !== undefined;
  };
}

const node: Field = (row, element) => {
  const { ip, name } = nodeOf(element);
  if (ip !== undefined) row.NodeIp = ip;
  if (name !== undefined) row.NodeName = name;
  return ip !== undefined || name !== undefined;
};

/** SubscriptionID: what kind its text is of. */
const SUBSCRIPTIONS:
  readonly (keyof CallRow & ("ServedNumber" | "Imsi" | "ServedUri" | "ServedUser"))[] = [
    "ServedNumber",
    "Imsi",
    "ServedUri",
    "ServedUser",
    "ServedUser",
  ];

const subscriptions: Field = (row, element) => {
  let isKnown = true;
  for (const { children = [] } of element.children ?? []) {
    const kind = children.find(({ tag }) => tag === 0);
    const text = children.find(({ tag }) => tag === 1);
    const column = SUBSCRIPTIONS[kind === undefined ? -1 : berInteger(kind) ?? -1];
    const value = text === undefined ? undefined : textOf(text);
    if (column === undefined || value === undefined) isKnown = false;
    else row[column] ??= value;
  }
  return isKnown;
};

/** Times to the ms: the fraction stands in a field of its own. */
function fraction(column: "StartTime" | "ConnectTime" | "EndTime"): Field {
  return (row, element) => {
    const ms = berInteger(element);
    const time = row[column];
    if (ms === undefined || ms < 0 || ms > 999 || typeof time !== "number") return false;
    row[column] = time + ms;
    return true;
  };
}

type Fields = ReadonlyMap<number, Field>;

/** Of all records of the IP multimedia subsystem. */
const IMS: readonly (readonly [number, Field])[] = [
  [0, ignore],
  [1, keep("retransmission", trueOf)],
  [2, keep("sIP-Method", textOf)],
  [3, set("Direction", (e) => ["outbound", "inbound"][berInteger(e) ?? -1])],
  [4, node],
  [5, set("CallId", textOf)],
  [6, party("CallerUri", "Caller")],
  [7, party("CalleeUri", "Callee")],
  [8, set("ServedUser", textOf)],
  [9, set("StartTime", timeOf)],
  [10, set("ConnectTime", timeOf)],
  [11, set("EndTime", timeOf)],
  [12, keep("recordOpeningTime", isoOf)],
  [13, keep("recordClosureTime", isoOf)],
  [15, keep("localRecordSequenceNumber", berInteger)],
  [16, keep("recordSequenceNumber", berInteger)],
  [17, set("ClosingCause", int32Of)],
  [19, set("ChargingId", textOf)],
  [23, set("FailureReason", textOf)],
  [26, keep("expiresInformation", berInteger)],
  [28, keep("event", textOf)],
  [30, keep("serviceContextID", textOf)],
  [31, subscriptions],
  [36, keep("sessionPriority", berInteger)],
  [37, fraction("StartTime")],
  [38, fraction("ConnectTime")],
  [39, fraction("EndTime")],
  [43, keep("online-charging-flag", trueOf)],
  [52, keep("iMSEmergencyIndicator", trueOf)],
];

function isoOf(element: BerElement): string | undefined {
  const ms = timeOf(element);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

const ims: Fields = new Map(IMS);
const sCscf: Fields = new Map([
  ...IMS,
  [42, party("CalleeUri", "FinalCallee")],
]);
const mmTel: Fields = new Map([
  ...IMS,
  [102, party("CalleeUri", "FinalCallee")],
  [104, keep("outgoingSessionId", textOf)],
]);

/** Where the fields of a record of telephony stand. */
interface Telephony {
  readonly direction?: "outbound" | "inbound";
  readonly subscriber?: true;
  readonly calling: number;
  readonly called?: number;
  readonly connected?: number;
  /** Three in a row: the node, the trunk that comes in, the one that goes out. */
  readonly entity: number;
  /** Three in a row: seizure, answer, release; then the duration. */
  readonly seizure: number;
  readonly cause: number;
  /** Two in a row: the call's reference, the record's number. */
  readonly reference: number;
}

function telephony(at: Telephony): Fields {
  const fields: [number, Field][] = [
    [0, ignore],
    [at.calling, set("Caller", numberOf)],
    [at.entity, set("NodeName", numberOf)],
    [at.seizure, set("StartTime", timeOf)],
    [at.seizure + 1, set("ConnectTime", timeOf)],
    [at.seizure + 2, set("EndTime", timeOf)],
    [at.seizure + 3, set("DurationSeconds", berInteger)],
    [at.cause, set("ClosingCause", int32Of)],
    [at.reference, set("CallId", hexOf)],
    [at.reference + 1, keep("sequenceNumber", berInteger)],
  ];
  if (at.called !== undefined) fields.push([at.called, set("Callee", numberOf)]);
  if (at.connected !== undefined) fields.push([at.connected, set("FinalCallee", numberOf)]);
  if (at.subscriber === true) {
    fields.push([1, set("Imsi", ({ content }) => digitsOf(content))]);
    fields.push([2, set("Imei", ({ content }) => digitsOf(content))]);
    fields.push([3, set("ServedNumber", numberOf)]);
  }
  return new Map(fields);
}

const GATEWAY: Telephony = {
  calling: 1,
  called: 2,
  entity: 3,
  seizure: 6,
  cause: 11,
  reference: 13,
};

interface RecordType {
  readonly name: string;
  readonly direction?: "outbound" | "inbound";
  readonly fields: Fields;
}

/** By the tag of the record: the same numbers as RecordType has. */
const TYPES: ReadonlyMap<number, RecordType> = new Map<number, RecordType>([
  [0, {
    name: "moCallRecord",
    direction: "outbound",
    fields: telephony({
      subscriber: true,
      calling: 4,
      called: 5,
      connected: 7,
      entity: 9,
      seizure: 22,
      cause: 30,
      reference: 32,
    }),
  }],
  [1, {
    name: "mtCallRecord",
    direction: "inbound",
    fields: telephony({
      subscriber: true,
      calling: 4,
      connected: 5,
      entity: 6,
      seizure: 19,
      cause: 27,
      reference: 29,
    }),
  }],
  [3, { name: "incGatewayRecord", direction: "inbound", fields: telephony(GATEWAY) }],
  [4, { name: "outGatewayRecord", direction: "outbound", fields: telephony(GATEWAY) }],
  [5, {
    name: "transitRecord",
    fields: telephony({ calling: 4, called: 5, entity: 1, seizure: 7, cause: 12, reference: 14 }),
  }],
  [63, { name: "sCSCFRecord", fields: sCscf }],
  [64, { name: "pCSCFRecord", fields: ims }],
  [65, { name: "iCSCFRecord", fields: ims }],
  [66, { name: "mRFCRecord", fields: ims }],
  [67, { name: "mGCFRecord", fields: ims }],
  [68, { name: "bGCFRecord", fields: ims }],
  [69, { name: "aSRecord", fields: ims }],
  [70, { name: "eCSCFRecord", fields: ims }],
  [82, { name: "iBCFRecord", fields: ims }],
  [83, { name: "mMTelRecord", fields: mmTel }],
  [89, { name: "tRFRecord", fields: ims }],
  [90, { name: "tFRecord", fields: ims }],
  [91, { name: "aTCFRecord", fields: ims }],
]);

/** Turns one record into a row. */
export function cdrRow(
  record: BerElement,
  about: Readonly<Record<string, Json>>,
): CallRow | CdrReject {
  const type = record.tagClass === "context" ? TYPES.get(record.tag) : undefined;
  if (type === undefined || record.children === undefined) return "record type not of a call";
  const row: Draft = { CallType: type.name, Direction: type.direction };
  const extra: Record<string, Json> = { ...about };
  const others: Record<string, Json[]> = {};
  for (const element of inOrder(record.children)) {
    const field = element.tagClass === "context" ? type.fields.get(element.tag) : undefined;
    if (field?.(row, element, extra) === true) continue;
    (others[nameOf(element)] ??= []).push(jsonOf(element));
  }
  return finished(row, extra, others);
}

/** A SET may come in any order, but a fraction belongs to a time of a lower tag. */
function inOrder(elements: readonly BerElement[]): readonly BerElement[] {
  return elements.toSorted((a, b) => a.tag - b.tag);
}

function finished(
  row: Draft,
  extra: Readonly<Record<string, Json>>,
  others: Readonly<Record<string, readonly Json[]>>,
): CallRow | CdrReject {
  const { StartTime, ConnectTime, EndTime, CallId } = row;
  const opened = extra["recordClosureTime"] ?? extra["recordOpeningTime"];
  const TimeGenerated = EndTime ?? ConnectTime ?? StartTime ??
    (typeof opened === "string" ? Date.parse(opened) : undefined);
  if (CallId === undefined) return "no call identifier";
  if (TimeGenerated === undefined) return "no valid time";
  const seconds = typeof EndTime === "number" && typeof ConnectTime === "number"
    ? (EndTime - ConnectTime) / 1000
    : undefined;
  const left = Object.entries(others).map(([tag, values]) =>
    [tag, values.length === 1 ? values[0] : values] as const
  );
  return {
    ...row,
    CallId,
    TimeGenerated,
    Vendor: "3gpp",
    DurationSeconds: row.DurationSeconds ?? seconds,
    Extra: Object.keys(extra).length === 0 ? undefined : extra,
    OtherFields: left.length === 0 ? undefined : JSON.stringify(Object.fromEntries(left)),
  };
}
