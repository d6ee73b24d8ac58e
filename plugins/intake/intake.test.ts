import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { HttpRequest } from "../../sdk/read/io.ts";
import { goldenCases } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { bulk } from "./bulk.ts";
import { config } from "./config.ts";
import { eventOf, flattened, type JsonMembers, type Protocol, ticksOf } from "./event.ts";
import { hec } from "./hec.ts";
import intake from "./mod.ts";
import { ndjson } from "./ndjson.ts";
import { otlp } from "./otlp/otlp.ts";
import { stackedJson } from "./stacked_json.ts";
import { readTokens } from "./tokens.ts";

goldenCases(intake, new URL("./cases/", import.meta.url));
readmeTables(intake, new URL("./README.md", import.meta.url));

const encoder = new TextEncoder();

function request(path: string, body: string | Uint8Array, type = "application/json"): HttpRequest {
  const headers = { "content-type": type };
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  return { method: "POST", path, query: "", headers, from: "192.0.2.1", body: bytes };
}

function heard(protocol: Protocol, path: string, body: string) {
  const { reply, events = [] } = protocol.hear(request(path, body));
  return { status: reply.status, reply: JSON.parse(String(reply.body)) as unknown, events }; // -- a test reads it
}

test("ticksOf() tells s, ms, µs and ns since the epoch apart, to 100 ns", () => {
  const expected = 17_900_000_001_234_567n;
  assert.equal(ticksOf("1790000000.1234567"), expected);
  assert.equal(ticksOf("1790000000123.4567"), expected);
  assert.equal(ticksOf("1790000000123456.7"), expected);
  assert.equal(ticksOf("1790000000123456789"), expected);
  assert.equal(ticksOf("2026-09-21T14:13:20.1234567Z"), expected);
  assert.equal(ticksOf(1_790_000_000), 17_900_000_000_000_000n);
  for (const none of ["", "now", "-1", "0", "1e9", "9".repeat(21), null, true, {}]) {
    assert.equal(ticksOf(none), undefined);
  }
});

test("eventOf() gives what is known a column, and loses nothing of the rest", () => {
  assert.deepEqual(
    eventOf({
      "@timestamp": "2026-09-21T14:13:20Z",
      message: "hello",
      log: { level: "warn" },
      host: { name: "web1", ip: ["192.0.2.7"] },
      level: 3,
      empty: {},
    }),
    {
      TimeGenerated: 17_900_000_000_000_000n,
      Body: "hello",
      SeverityText: "warn",
      HostName: "web1",
      Attributes: { "host.ip": ["192.0.2.7"], level: 3, empty: {} },
    },
  );
  // A time that is none stays where it was.
  assert.deepEqual(eventOf({ time: "soon" }), { Attributes: { time: "soon" } });
});

test("an id that is none is an attribute, where free text is searched", () => {
  const id = "5b8efff798038103";
  assert.deepEqual(eventOf({ trace_id: "jane@example.test", span_id: id }), {
    SpanId: id,
    Attributes: { trace_id: "jane@example.test" },
  });
  const record = { timeUnixNano: "5000", traceId: "jane@example.test", spanId: id };
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  assert.deepEqual(heard(otlp, "/v1/logs", body).events, [
    { TimeGenerated: 50n, SpanId: id, Attributes: { trace_id: "jane@example.test" } },
  ]);
});

test("flattened() keeps each leaf, and ends in the deepest object", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
  const { object } = fc.letrec<{ object: JsonMembers }>((tie) => ({
    object: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.oneof(leaf, tie("object")), {
      maxKeys: 4,
    }),
  }));
  const count = (value: unknown): number =>
    typeof value === "object" && value !== null && Object.keys(value).length > 0
      ? Object.values(value).reduce((sum: number, one) => sum + count(one), 0)
      : 1;
  fc.assert(fc.property(object, (value) => {
    const size = Object.keys(value).length === 0 ? 0 : count(value);
    assert.equal(flattened(value).size, size);
  }));
  let deep: JsonMembers = { end: 1 };
  for (let i = 0; i < 5_000; i++) deep = { a: deep };
  const [name] = [...flattened(deep).keys()];
  assert.ok(name !== undefined && name.length < 100);
});

test("stackedJson() cuts objects apart whatever stands between and in them", () => {
  const object = fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(fc.string(), fc.integer()));
  const blank = fc.stringMatching(/^[ \n\r\t]{0,3}$/);
  fc.assert(
    fc.property(fc.array(object, { minLength: 1 }), blank, fc.boolean(), (all, gap, isArray) => {
      const texts = all.map((one) => JSON.stringify(one));
      const text = isArray ? `[${texts.join(`${gap},${gap}`)}]` : texts.join(gap);
      assert.deepEqual([...stackedJson(`${gap}${text}${gap}`)], texts);
    }),
  );
  assert.deepEqual([...stackedJson('{"a":1} oops {"b":2}')], ['{"a":1}', 'oops {"b":2}']);
  assert.deepEqual([...stackedJson('{"a":"}')], ['{"a":"}']);
  assert.deepEqual([...stackedJson("")], []);
});

test("hec takes what stands before a broken event, keeps that one, and says which it is", () => {
  const path = "/services/collector/event";
  const { status, reply, events } = heard(hec, path, '{"event":"one"}{"event":{"a":1}}{"no":1}');
  assert.equal(status, 400);
  assert.deepEqual(reply, { text: "Event field is required", code: 12, "invalid-event-number": 2 });
  assert.deepEqual(events, [
    { Body: "one" },
    { BodyFields: { a: 1 } },
    { text: '{"no":1}', why: 'event must have "event"' },
  ]);
  assert.equal(heard(hec, path, "").status, 400);
  assert.deepEqual(heard(hec, path, '{"event":""}').reply, {
    text: "Event field cannot be blank",
    code: 13,
    "invalid-event-number": 0,
  });
});

test("hec takes raw lines with what the query says of them", () => {
  const raw = request("/services/collector/raw", "one\r\n\ntwo\n");
  const { reply, events } = hec.hear({ ...raw, query: "?host=h&sourcetype=s&time=1790000000" });
  assert.equal(reply.status, 200);
  const shared = { TimeGenerated: 17_900_000_000_000_000n, HostName: "h", EventName: "s" };
  assert.deepEqual(events, [{ ...shared, Body: "one" }, { ...shared, Body: "two" }]);
});

test("bulk refuses a request whose actions cannot be told apart, and keeps it", () => {
  const body = '{"create":{"_index":"a"}}\n{"m":1}\n{"what":{}}\n{"m":2}\n';
  const { status, events } = heard(bulk, "/_bulk", body);
  assert.equal(status, 400);
  assert.deepEqual(events, [{
    text: body,
    why:
      "Malformed action/metadata line [3]: must be an object with one of create, index, update, " +
      "delete",
  }]);
  assert.equal(heard(bulk, "/_bulk", '{"create":{"_index":"a"}}').status, 400);
  assert.equal(heard(bulk, "/_bulk", "\n").status, 400);
});

test("bulk answers for each item", () => {
  const body = [
    '{"index":{}}',
    '{"m":1}',
    '{"create":{"_id":"x"}}',
    "no json",
    '{"update":{"_id":"x"}}',
    '{"doc":{}}',
  ].join("\n");
  const { status, reply, events } = heard(bulk, "/my%20index/_bulk", `${body}\n`);
  assert.equal(status, 200);
  const { errors, items } = reply as { // -- a test reads it
    readonly errors: boolean;
    readonly items: readonly Record<string, { readonly status: number; readonly _index: string }>[];
  };
  assert.equal(errors, true);
  assert.deepEqual(
    items.flatMap((item) => Object.entries(item).map(([action, one]) => [action, one.status])),
    [["index", 201], ["create", 400], ["update", 400]],
  );
  assert.deepEqual(events.map((event) => "why" in event ? event.why : event.Index), [
    "my index",
    "document is not JSON of at most 64 levels",
    "update: events are never changed",
  ]);
});

test("ndjson takes good lines and keeps bad ones", () => {
  const { status, reply, events } = heard(ndjson, "/ndjson", '{"a":1}\n\nno\n[1]\n');
  assert.equal(status, 200);
  assert.deepEqual(reply, {
    accepted: 1,
    rejected: 2,
    error: "Cannot read a line: line is not JSON of at most 64 levels",
  });
  assert.equal(events.length, 3);
  assert.equal(heard(ndjson, "/ndjson", "no").status, 400);
  assert.equal(heard(ndjson, "/ndjson", "").status, 400);
});

test("otlp takes the good records and tells how many it rejected", () => {
  const records = [{ timeUnixNano: "5000" }, { timeUnixNano: "soon" }, 7];
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
  const { status, reply, events } = heard(otlp, "/v1/logs", body);
  assert.equal(status, 200);
  const errorMessage = "time must be nanoseconds since the epoch";
  assert.deepEqual(reply, { partialSuccess: { rejectedLogRecords: "2", errorMessage } });
  assert.deepEqual(events.map((event) => "why" in event), [false, true, true]);
  assert.equal(otlp.hear(request("/v1/logs", "{}", "text/plain")).reply.status, 415);
  const cut = Uint8Array.of(10, 200);
  assert.equal(otlp.hear(request("/v1/logs", cut, "application/x-protobuf")).reply.status, 400);
});

test("otlp refuses values that are nested too deep", () => {
  const lengthed = (tag: number, bytes: readonly number[]): readonly number[] =>
    bytes.length < 128
      ? [tag, bytes.length, ...bytes]
      : [tag, bytes.length & 127 | 128, bytes.length >> 7, ...bytes];
  // AnyValue.array_value is field 5, ArrayValue.values field 1.
  let value: readonly number[] = [];
  for (let i = 0; i < 40; i++) value = lengthed(42, lengthed(10, value));
  const record = lengthed(18, lengthed(42, value));
  const body = Uint8Array.from(lengthed(10, lengthed(18, record)));
  const { reply } = otlp.hear(request("/v1/logs", body, "application/x-protobuf"));
  assert.equal(reply.status, 400);
  assert.match(Buffer.from(reply.body ?? "").toString(), /nested too deep/);
});

test("JSON that is nested too deep is refused whichever way it comes", () => {
  const nested = (levels: number): string => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  assert.equal(heard(ndjson, "/ndjson", nested(60)).status, 200);
  for (const levels of [70, 100_000]) {
    const deep = nested(levels);
    assert.equal(heard(ndjson, "/ndjson", deep).status, 400);
    assert.equal(heard(hec, "/services/collector", `{"event":${deep}}`).status, 400);
    assert.equal(heard(otlp, "/v1/logs", `{"resourceLogs":[${deep}]}`).status, 400);
    const { events } = heard(bulk, "/a/_bulk", `{"create":{}}\n${deep}\n`);
    assert.equal(events.length, 1);
    assert.ok(events[0] !== undefined && "why" in events[0]);
  }
});

const PATHS = [
  [otlp, "/v1/logs"],
  [hec, "/services/collector"],
  [hec, "/services/collector/raw"],
  [ndjson, "/ndjson"],
  [bulk, "/_bulk"],
] as const;

for (const [protocol, path] of PATHS) {
  test(`${path} answers any body, and as many events as it has read`, () => {
    const words = fc.constantFrom(
      ...[
        '{"event":',
        '{"create":{}}',
        '{"resourceLogs":[',
        "{",
        "}",
        "[",
        "]",
        "\n",
        '"',
        "1",
        ",",
      ],
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(words, { maxLength: 12 }).map((parts) => encoder.encode(parts.join(""))),
    );
    const type = fc.constantFrom("application/json", "application/x-protobuf");
    fc.assert(fc.property(body, type, (bytes, as) => {
      const { reply, events = [] } = protocol.hear(request(path, bytes, as));
      assert.ok(reply.status === 200 || (reply.status >= 400 && reply.status < 500));
      assert.ok(events.length <= bytes.length + 1);
    }));
  });
}

test("readTokens() knows a sender by each scheme, and tells what is wrong", () => {
  const token = "0123456789abcdef";
  const tokens = readTokens(
    encoder.encode(`# tokens\nshop ${token} # its own\n\nbank ${token}X\n`),
  );
  const encoded = Buffer.from(`shop:${token}`).toString("base64");
  for (
    const shown of [
      `Bearer ${token}`,
      `Splunk ${token}`,
      `ApiKey ${encoded}`,
      `ApiKey ${token}`,
      `Basic ${encoded}`,
    ]
  ) assert.deepEqual(tokens.senderOf(shown), { name: "shop" });
  assert.deepEqual(tokens.senderOf(`bearer ${token}X`), { name: "bank" });
  assert.equal(tokens.senderOf(undefined), 401);
  assert.equal(tokens.senderOf("Digest x"), 401);
  assert.equal(tokens.senderOf(`Bearer ${token}Y`), 403);
  assert.throws(
    () => readTokens(encoder.encode("shop short")),
    /line 1 must be a name and a token/,
  );
  assert.throws(() => readTokens(encoder.encode("# none\n")), /has none/);
});

test("intake listens beyond this host with tokens or client certificates alone", async () => {
  const problems = async (value: unknown): Promise<string> => {
    const result = await config["~standard"].validate(value);
    return (result.issues ?? []).map(({ message }) => message).join("; ");
  };
  const tls = { cert: "c", key: "k" };
  const open = 'must have "tokenFile" or "tls.clientCa", or listen on 127.0.0.1 or [::1] alone';
  assert.equal(await problems({ listen: ["http:127.0.0.1:4318", "http:[::1]:4318"] }), "");
  assert.equal(await problems({ listen: ["http:0.0.0.0:4318"] }), open);
  assert.equal(await problems({ listen: ["https:0.0.0.0:4318"], tls }), open);
  assert.equal(await problems({ listen: ["http:0.0.0.0:4318"], tokenFile: "t" }), "");
  const withCa = { ...tls, clientCa: "ca" };
  assert.equal(await problems({ listen: ["https:[::]:4318"], tls: withCa }), "");
  assert.match(await problems({ listen: ["https:[::]:4318"], tokenFile: "t" }), /need each other/);
  assert.match(await problems({ listen: ["tcp:0.0.0.0:1"] }), /must be such as/);
});
