/**
 * `ExportLogsServiceRequest` in protobuf; field numbers are those of opentelemetry-proto v1.
 *
 * @module
 */
import { decodeText } from "../../../sdk/read/decode_text.ts";
import { ProtoError, type ProtoField, protoFields } from "../../../sdk/read/protobuf.ts";
import type { Json } from "../../../sdk/table.ts";
import type { Attributes, LogRecord, ResourceLogs, ScopeLogs } from "./logs.ts";

/**
 * The logs in `body`; values are at most `depth` deep.
 *
 * @throws {ProtoError} If it is no such message.
 */
export function logsInProto(body: Uint8Array, depth: number): readonly ResourceLogs[] {
  return messages(body, 1).map((message) => ({
    attributes: attributesOf(last(message, 1), 1, depth),
    scopes: messages(message, 2).map((scope) => scopeOf(scope, depth)),
  }));
}

function scopeOf(message: Uint8Array, depth: number): ScopeLogs {
  const scope = last(message, 1);
  return {
    name: decodeText(last(scope, 1)),
    version: decodeText(last(scope, 2)),
    attributes: attributesOf(scope, 3, depth),
    records: messages(message, 2).map((record) => recordOf(record, depth)),
  };
}

function recordOf(message: Uint8Array, depth: number): LogRecord {
  const record = {
    ...{ time: 0n, observed: 0n, severity: 0, severityText: "", flags: 0 },
    ...{ traceId: "", spanId: "", eventName: "", body: undefined as Json | undefined },
  };
  const attributes = new Map<string, Json>();
  for (const field of protoFields(message)) {
    switch (field.number) {
      case 1:
        record.time = whole(field);
        break;
      case 2:
        record.severity = Number(BigInt.asIntN(32, whole(field)));
        break;
      case 3:
        record.severityText = decodeText(bytes(field));
        break;
      case 5:
        record.body = valueOf(bytes(field), depth) ?? undefined;
        break;
      case 6:
        addAttribute(attributes, bytes(field), depth);
        break;
      case 8:
        record.flags = Number(whole(field));
        break;
      case 9:
        record.traceId = hex(field);
        break;
      case 10:
        record.spanId = hex(field);
        break;
      case 11:
        record.observed = whole(field);
        break;
      case 12:
        record.eventName = decodeText(bytes(field));
        break;
      default:
    }
  }
  return { ...record, attributes };
}

function attributesOf(message: Uint8Array, number: number, depth: number): Attributes {
  const attributes = new Map<string, Json>();
  for (const pair of messages(message, number)) addAttribute(attributes, pair, depth);
  return attributes;
}

function addAttribute(into: Map<string, Json>, pair: Uint8Array, depth: number): void {
  into.set(decodeText(last(pair, 1)), valueOf(last(pair, 2), depth));
}

/** `AnyValue`; one that is not set is null. */
function valueOf(message: Uint8Array, depth: number): Json {
  if (depth === 0) throw new ProtoError("Cannot read message: a value is nested too deep");
  let value: Json = null;
  for (const field of protoFields(message)) {
    switch (field.number) {
      case 1:
        value = decodeText(bytes(field));
        break;
      case 2:
        value = whole(field) !== 0n;
        break;
      case 3:
        value = integer(BigInt.asIntN(64, whole(field)));
        break;
      case 4:
        value = double(whole(field));
        break;
      case 5:
        value = messages(bytes(field), 1).map((one) => valueOf(one, depth - 1));
        break;
      case 6:
        value = Object.fromEntries(attributesOf(bytes(field), 1, depth - 1));
        break;
      case 7:
        value = Buffer.from(bytes(field)).toString("base64");
        break;
      default:
    }
  }
  return value;
}

/** Whole numbers that JSON would round are text. */
function integer(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function double(bits: bigint): Json {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  const value = view.getFloat64(0);
  return Number.isFinite(value) ? value : String(value);
}

function messages(message: Uint8Array, number: number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of protoFields(message)) {
    if (field.number === number) found.push(bytes(field));
  }
  return found;
}

const EMPTY = new Uint8Array(0);

function last(message: Uint8Array, number: number): Uint8Array {
  return messages(message, number).at(-1) ?? EMPTY;
}

function bytes(field: ProtoField): Uint8Array {
  if (field.wire === "bytes") return field.value;
  throw new ProtoError(`Cannot read message: field ${field.number} must be bytes`);
}

function whole(field: ProtoField): bigint {
  if (field.wire !== "bytes") return BigInt(field.value);
  throw new ProtoError(`Cannot read message: field ${field.number} must be a number`);
}

function hex(field: ProtoField): string {
  return Buffer.from(bytes(field)).toString("hex");
}
