/**
 * OTLP/HTTP logs: `/v1/logs`, as protobuf or JSON (opentelemetry.io/docs/specs/otlp §OTLP/HTTP).
 *
 * @module
 */
import { decodeText } from "../../../sdk/read/decode_text.ts";
import type { HttpReply, HttpRequest } from "../../../sdk/read/io.ts";
import { ProtoError } from "../../../sdk/read/protobuf.ts";
import { type Heard, jsonIn, type Protocol, type Taken } from "../event.ts";
import { logsInJson } from "./json.ts";
import { logsInProto } from "./proto.ts";
import { rowsOf } from "./rows.ts";

const PATH = "/v1/logs";
const PROTO = "application/x-protobuf";
const JSON_TYPE = "application/json";
const MAX_DEPTH = 32;

export const otlp: Protocol = {
  name: "otlp",
  serves: (path) => path === PATH,
  hear(request): Heard {
    if (request.method !== "POST") return { reply: refusal(request, 405, "must be POST") };
    const isProto = typeOf(request) === PROTO;
    if (!isProto && typeOf(request) !== JSON_TYPE) {
      const why = `content-type must be "${PROTO}" or "${JSON_TYPE}"`;
      return { reply: refusal(request, 415, why) };
    }
    const events = isProto ? fromProto(request.body) : fromJson(request.body);
    return typeof events === "string"
      ? { reply: refusal(request, 400, events) }
      : { reply: accepted(isProto, events), events };
  },
  refusal,
};

function fromProto(body: Uint8Array): Taken | string {
  try {
    return rowsOf(logsInProto(body, MAX_DEPTH));
  } catch (error) {
    if (error instanceof ProtoError) return error.message;
    throw error;
  }
}

function fromJson(body: Uint8Array): Taken | string {
  const value = jsonIn(decodeText(body));
  const logs = value === undefined ? undefined : logsInJson(value);
  return logs === undefined
    ? 'Cannot read body: it must be a JSON object with "resourceLogs", at most 64 deep'
    : rowsOf(logs);
}

/** `ExportLogsServiceResponse`, with what was rejected; the sender must not send it again. */
function accepted(isProto: boolean, events: Taken): HttpReply {
  const refused = events.filter((event) => "why" in event);
  const why = refused.map(({ why: one }) => one)[0] ?? "";
  if (!isProto) {
    const partialSuccess = { rejectedLogRecords: String(refused.length), errorMessage: why };
    const body = JSON.stringify(refused.length === 0 ? {} : { partialSuccess });
    return { status: 200, headers: { "content-type": JSON_TYPE }, body };
  }
  const partial = [8, ...varint(refused.length), 18, ...lengthed(why)];
  const body = refused.length === 0 ? [] : [10, ...varint(partial.length), ...partial];
  return { status: 200, headers: { "content-type": PROTO }, body: Uint8Array.from(body) };
}

/** `google.rpc.Status` (code, message) in the type of the request. */
function refusal(request: Pick<HttpRequest, "headers">, status: number, why: string): HttpReply {
  // "Come again" needs the header: without it some clients give up.
  const again = status === 503 ? { "retry-after": "1" } : {};
  const code = codeOf(status);
  if (typeOf(request) !== PROTO) {
    const body = JSON.stringify({ code, message: why });
    return { status, headers: { ...again, "content-type": JSON_TYPE }, body };
  }
  const body = Uint8Array.from([8, code, 18, ...lengthed(why)]);
  return { status, headers: { ...again, "content-type": PROTO }, body };
}

/** google.rpc.Code. */
function codeOf(status: number): number {
  if (status === 401) return 16;
  if (status === 403) return 7;
  return status === 503 ? 14 : 3;
}

function typeOf({ headers }: Pick<HttpRequest, "headers">): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

function lengthed(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  return [...varint(bytes.length), ...bytes];
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [value & 127 | 128, ...varint(value >>> 7)];
}
