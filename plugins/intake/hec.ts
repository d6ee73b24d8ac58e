/**
 * Splunk's HTTP Event Collector: `/services/collector`, `…/event`, `…/raw` and `…/health`.
 *
 * Codes are those of Splunk Enterprise 9, "Troubleshoot HTTP Event Collector".
 *
 * @module
 */
import { decodeText } from "../../sdk/read/decode_text.ts";
import type { HttpReply, HttpRequest } from "../../sdk/read/io.ts";
import type { Json } from "../../sdk/table.ts";
import {
  flattened,
  type Heard,
  isObject,
  jsonIn,
  type JsonMembers,
  type Protocol,
  type Pushed,
  type Refused,
  ticksOf,
} from "./event.ts";
import { stackedJson } from "./stacked_json.ts";
import { json } from "./ndjson.ts";

const PATH = /^\/services\/collector(?:\/(event|raw|health|ack)(?:\/1\.0)?)?$/;

export const hec: Protocol = {
  name: "hec",
  serves: (path) => PATH.test(path),
  hear(request): Heard {
    const kind = PATH.exec(request.path)?.[1] ?? "event";
    if (kind === "health") return { reply: json(200, { text: "HEC is healthy", code: 17 }) };
    if (kind === "ack") return { reply: answer(400, 14, "ACK is disabled") };
    if (request.method !== "POST") return { reply: answer(405, 6, "Invalid data format") };
    return kind === "raw" ? hearRaw(request) : hearEvents(request);
  },
  refusal(_request, status, why) {
    if (status === 401) return answer(401, 2, "Token is required");
    if (status === 403) return answer(403, 4, "Invalid token");
    if (status === 503) return answer(503, 9, "Server is busy");
    return answer(status, 6, `Invalid data format: ${why}`);
  },
};

function hearEvents({ body }: HttpRequest): Heard {
  const events: (Pushed | Refused)[] = [];
  for (const text of stackedJson(decodeText(body))) {
    const event = eventIn(text);
    events.push("refused" in event ? event.refused : event);
    // What came before stands, as with Splunk; where a next event begins is not known.
    if ("refused" in event) return { reply: failure(event, events.length - 1), events };
  }
  return events.length === 0 ? { reply: answer(400, 5, "No data") } : { reply: SUCCESS, events };
}

interface Failed {
  readonly refused: Refused;
  readonly code: number;
  readonly text: string;
}

function failure({ code, text }: Failed, number: number): HttpReply {
  return json(400, { text, code, "invalid-event-number": number });
}

function eventIn(text: string): Pushed | Failed {
  const object = jsonIn(text);
  if (!isObject(object)) {
    const refused = { text, why: "event must be a JSON object" };
    return { refused, code: 6, text: "Invalid data format" };
  }
  const { event } = object;
  if (event === undefined || event === null) {
    const refused = { text, why: 'event must have "event"' };
    return { refused, code: 12, text: "Event field is required" };
  }
  if (event === "") {
    return {
      refused: { text, why: "event is blank" },
      code: 13,
      text: "Event field cannot be blank",
    };
  }
  return { ...metadata(object), ...bodyOf(event) };
}

function bodyOf(event: Json): Pushed {
  if (typeof event === "string") return { Body: event };
  return isObject(event)
    ? { BodyFields: Object.fromEntries(flattened(event)) }
    : { BodyFields: event };
}

function metadata({ time, host, source, sourcetype, index, fields }: JsonMembers): Pushed {
  const ticks = time === undefined ? undefined : ticksOf(time);
  const flat = isObject(fields) ? flattened(fields) : undefined;
  return {
    ...(ticks !== undefined && { TimeGenerated: ticks }),
    ...(isText(host) && { HostName: host }),
    ...(isText(source) && { ServiceName: source }),
    ...(isText(sourcetype) && { EventName: sourcetype }),
    ...(isText(index) && { Index: index }),
    ...(flat !== undefined && flat.size > 0 && { Attributes: Object.fromEntries(flat) }),
  };
}

/** Lines of text; what holds for all of them is in the query. */
function hearRaw({ body, query }: HttpRequest): Heard {
  const shared = metadata(Object.fromEntries(new URLSearchParams(query)));
  const lines = decodeText(body).split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0) return { reply: answer(400, 5, "No data") };
  return { reply: SUCCESS, events: lines.map((line) => ({ ...shared, Body: line })) };
}

const SUCCESS = answer(200, 0, "Success");

function answer(status: number, code: number, text: string): HttpReply {
  return json(status, { text, code });
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}
