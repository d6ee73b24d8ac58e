/**
 * NDJSON: a JSON object a line, to `/ndjson`.
 *
 * @module
 */
import { decodeText } from "../../sdk/read/decode_text.ts";
import type { HttpReply } from "../../sdk/read/io.ts";
import {
  eventOf,
  type Heard,
  objectIn,
  type Protocol,
  type Pushed,
  type Refused,
} from "./event.ts";

export const ndjson: Protocol = {
  name: "ndjson",
  serves: (path) => path === "/ndjson",
  hear({ body }): Heard {
    const lines = decodeText(body).split("\n").filter((line) => line.trim() !== "");
    const events = lines.map(lineOf);
    const refused = events.find((event): event is Refused => "why" in event);
    const rejected = events.filter((event) => "why" in event).length;
    const counts = { accepted: events.length - rejected, rejected };
    return {
      // A sender that is told of an error would push the good lines again.
      reply: json(counts.accepted === 0 ? 400 : 200, {
        ...counts,
        ...(refused !== undefined && { error: `Cannot read a line: ${refused.why}` }),
        ...(events.length === 0 &&
          { error: "Cannot read body: it must have a JSON object a line" }),
      }),
      events,
    };
  },
  refusal: (_request, status, why) => json(status, { error: why }),
};

function lineOf(line: string): Pushed | Refused {
  const object = objectIn(line);
  return typeof object === "string" ? { text: line, why: `line ${object}` } : eventOf(object);
}

export function json(status: number, body: unknown): HttpReply {
  const headers = { "content-type": "application/json" };
  return { status, headers, body: JSON.stringify(body) };
}
