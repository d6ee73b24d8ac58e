/**
 * `ExportLogsServiceRequest` in JSON: lowerCamelCase names, ids in hex, 64-bit numbers as text or not
 * (opentelemetry.io/docs/specs/otlp §JSON Protobuf Encoding).
 *
 * @module
 */
import type { Json } from "../../../sdk/table.ts";
import { isList, isObject, type JsonMembers } from "../event.ts";
import type { Attributes, LogRecord, NoRecord, ResourceLogs, ScopeLogs } from "./logs.ts";

/** The logs in `value`; undefined where it is no such request. */
export function logsInJson(value: Json): readonly ResourceLogs[] | undefined {
  if (!isObject(value)) return undefined;
  const { resourceLogs } = value;
  if (resourceLogs === undefined) return Object.keys(value).length === 0 ? [] : undefined;
  if (!isList(resourceLogs)) return undefined;
  return objects(resourceLogs).map((one) => ({
    attributes: attributesOf(member(one, "resource")["attributes"]),
    scopes: objects(one["scopeLogs"]).map((scope) => scopeOf(scope)),
  }));
}

function scopeOf(logs: JsonMembers): ScopeLogs {
  const scope = member(logs, "scope");
  return {
    name: text(scope["name"]),
    version: text(scope["version"]),
    attributes: attributesOf(scope["attributes"]),
    records: list(logs["logRecords"]).map((record) => recordOf(record)),
  };
}

function recordOf(record: Json): LogRecord | NoRecord {
  if (!isObject(record)) return { why: "record must be an object", text: JSON.stringify(record) };
  const time = nanoseconds(record["timeUnixNano"]);
  const observed = nanoseconds(record["observedTimeUnixNano"]);
  if (time === undefined || observed === undefined) {
    return { why: "time must be nanoseconds since the epoch", text: JSON.stringify(record) };
  }
  return {
    time,
    observed,
    severity: Number(record["severityNumber"] ?? 0) || 0,
    severityText: text(record["severityText"]),
    body: valueOf(record["body"]) ?? undefined,
    attributes: attributesOf(record["attributes"]),
    flags: Number(record["flags"] ?? 0) || 0,
    traceId: text(record["traceId"]),
    spanId: text(record["spanId"]),
    eventName: text(record["eventName"]),
  };
}

function attributesOf(pairs: Json | undefined): Attributes {
  return new Map(
    objects(pairs).map((pair) => [text(pair["key"]), valueOf(pair["value"])] as const),
  );
}

/** `AnyValue`; one that is not set is null. */
function valueOf(value: Json | undefined): Json {
  if (!isObject(value)) return null;
  const { stringValue, boolValue, intValue, doubleValue, bytesValue } = value;
  const plain = stringValue ?? boolValue ?? doubleValue ?? bytesValue;
  if (plain !== undefined) return plain;
  if (intValue !== undefined) {
    const number = Number(intValue);
    return Number.isSafeInteger(number) ? number : intValue;
  }
  if (isObject(value["arrayValue"])) {
    return list(value["arrayValue"]["values"]).map(valueOf);
  }
  return isObject(value["kvlistValue"])
    ? Object.fromEntries(attributesOf(value["kvlistValue"]["values"]))
    : null;
}

/** Undefined where it is no number of nanoseconds; 0 where it is absent. */
function nanoseconds(value: Json | undefined): bigint | undefined {
  if (value === undefined || value === null) return 0n;
  const digits = typeof value === "number" ? String(value) : value;
  return typeof digits === "string" && /^\d{1,20}$/.test(digits) ? BigInt(digits) : undefined;
}

function list(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function objects(value: Json | undefined): readonly JsonMembers[] {
  return list(value).filter(isObject);
}

const NONE: JsonMembers = {};

function member(object: JsonMembers, name: string): JsonMembers {
  const value = object[name];
  return isObject(value) ? value : NONE;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
