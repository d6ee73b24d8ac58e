/**
 * Elasticsearch's bulk API: `/_bulk` and `/INDEX/_bulk`, and what its clients ask before they use it.
 *
 * Events are appended and never changed: `create` and `index` are taken, `update` and `delete` are
 * refused one by one.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { decodeText } from "../../sdk/read/decode_text.ts";
import type { HttpReply, HttpRequest } from "../../sdk/read/io.ts";
import {
  eventOf,
  type Heard,
  isObject,
  type JsonMembers,
  objectIn,
  type Protocol,
  type Pushed,
  type Refused,
} from "./event.ts";

const BULK = /^(?:\/([^/_][^/]{0,254}))?\/_bulk$/;
/** Clients refuse to talk to what does not say that it is Elasticsearch, or is an old one. */
const PRODUCT = { "x-elastic-product": "Elasticsearch" } as const;
const VERSION = "8.15.0";
const FEATURES = ["/", "/_license", "/_xpack", "/_cluster/health"];

export const bulk: Protocol = {
  name: "bulk",
  serves: (path) => BULK.test(path) || FEATURES.includes(path),
  hear: (request) =>
    FEATURES.includes(request.path) ? { reply: feature(request) } : hearBulk(request),
  refusal(_request, status, why) {
    const type = status === 503 ? "es_rejected_execution_exception" : "security_exception";
    // 429 is what its clients take for "come again".
    return failed(status === 503 ? 429 : status, type, why);
  },
};

function feature({ method, path }: HttpRequest): HttpReply {
  if (method !== "GET" && method !== "HEAD") {
    return failed(405, "illegal_argument_exception", method);
  }
  const license = { uid: "custos", type: "basic", mode: "basic", status: "active" };
  if (path === "/_license") return reply(200, { license });
  if (path === "/_xpack") return reply(200, { license, features: {} });
  if (path === "/_cluster/health") return reply(200, { cluster_name: "custos", status: "green" });
  return reply(200, {
    name: "custos",
    cluster_name: "custos",
    cluster_uuid: "custos",
    version: {
      number: VERSION,
      build_flavor: "default",
      minimum_wire_compatibility_version: "7.17.0",
    },
    tagline: "You Know, for Search",
  });
}

interface Item {
  readonly action: string;
  readonly index: string | undefined;
  readonly id: string | undefined;
  readonly event: Pushed | Refused;
}

function hearBulk({ method, path, body }: HttpRequest): Heard {
  if (method !== "POST" && method !== "PUT") {
    return { reply: failed(405, "illegal_argument_exception", `must be POST, is ${method}`) };
  }
  const text = decodeText(body);
  if (!text.endsWith("\n")) {
    const why = "The bulk request must be terminated by a newline [\\n]";
    return { reply: failed(400, "illegal_argument_exception", why) };
  }
  const items = itemsIn(text.split("\n"), defaultIndex(path));
  if (typeof items === "string") {
    // Nothing of it was taken: where the next action begins is not known.
    return {
      reply: failed(400, "illegal_argument_exception", items),
      events: [{ text, why: items }],
    };
  }
  if (items.length === 0) {
    return { reply: failed(400, "action_request_validation_exception", "no requests added") };
  }
  const results = items.map((item, i) => ({ [item.action]: resultOf(item, i, body) }));
  const errors = items.some(({ event }) => "why" in event);
  return {
    reply: reply(200, { took: 0, errors, items: results }),
    events: items.map(({ event }) => event),
  };
}

function defaultIndex(path: string): string | undefined {
  const index = BULK.exec(path)?.[1];
  try {
    return index === undefined ? undefined : decodeURIComponent(index);
  } catch {
    return index;
  }
}

/** The items, or why the request cannot be read as a whole. */
function itemsIn(lines: readonly string[], index: string | undefined): readonly Item[] | string {
  const items: Item[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === "") continue;
    const head = actionIn(line);
    if (typeof head === "string") return `Malformed action/metadata line [${at + 1}]: ${head}`;
    const where = { ...head, index: head.index ?? index };
    if (where.action === "delete") {
      items.push({ ...where, event: { text: line, why: "delete: events are never deleted" } });
      continue;
    }
    const source = lines[++at] ?? "";
    items.push({ ...where, event: eventIn(where, source) });
  }
  return items;
}

function eventIn({ action, index, id }: Omit<Item, "event">, source: string): Pushed | Refused {
  if (action === "update") return { text: source, why: "update: events are never changed" };
  if (index === undefined) return { text: source, why: "index is missing" };
  const object = objectIn(source);
  if (typeof object === "string") return { text: source, why: `document ${object}` };
  return { ...eventOf(object), Index: index, ...(id !== undefined && { DocumentId: id }) };
}

const ACTIONS = ["create", "index", "update", "delete"];

function actionIn(line: string): Omit<Item, "event"> | string {
  const object = objectIn(line);
  if (typeof object === "string") return object;
  const [action, ...others] = Object.keys(object);
  const meta = action === undefined ? undefined : object[action];
  if (action === undefined || others.length > 0 || !ACTIONS.includes(action) || !isObject(meta)) {
    return `must be an object with one of ${ACTIONS.join(", ")}`;
  }
  return { action, index: textAt(meta, "_index"), id: textAt(meta, "_id") };
}

function textAt(object: JsonMembers, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function resultOf({ index = "", id, event }: Item, position: number, body: Uint8Array) {
  if ("why" in event) {
    const error = { type: "illegal_argument_exception", reason: event.why };
    return { _index: index, _id: id ?? null, status: 400, error };
  }
  const shards = { total: 1, successful: 1, failed: 0 };
  const given = id ?? idOf(body, position);
  return {
    ...{ _index: index, _id: given, _version: 1, result: "created", _shards: shards },
    ...{ _seq_no: position, _primary_term: 1, status: 201 },
  };
}

/** An id for who asks for none: the same request gets the same. */
function idOf(body: Uint8Array, position: number): string {
  return createHash("sha256").update(`${position}:`).update(body).digest("base64url").slice(0, 20);
}

function failed(status: number, type: string, reason: string): HttpReply {
  return reply(status, { error: { root_cause: [{ type, reason }], type, reason }, status });
}

function reply(status: number, body: unknown): HttpReply {
  const headers = { "content-type": "application/json", ...PRODUCT };
  return { status, headers, body: JSON.stringify(body) };
}
