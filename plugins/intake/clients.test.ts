/**
 * Clients that nobody here wrote push to a real listener.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { Client, HttpConnection } from "@elastic/elasticsearch";
import { OTLPLogExporter as JsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { Logger } from "splunk-logging";
import { openIo } from "../../sdk/read/open_io.ts";
import type { Io } from "../../sdk/read/io.ts";
import { runPlugin } from "../../sdk/testkit/golden.ts";
import intake from "./mod.ts";

const TOKEN = "0123456789abcdef-secret";

/** Runs the plugin while `push` talks to it; gives its rows and what it rejected. */
async function during(t: TestContext, push: (port: number) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "custos-intake-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, "tokens");
  writeFileSync(tokenFile, `# who may push\nbilling ${TOKEN}\n`);
  const stop = new AbortController();
  const real = openIo({ signal: stop.signal });
  const { promise: bound, resolve } = Promise.withResolvers<number>();
  const io: Io = {
    ...real,
    http: async (bind, options) => {
      const listener = await real.http(bind, options);
      resolve(listener.port);
      return listener;
    },
  };
  const config = { listen: ["http:127.0.0.1:0"], tokenFile };
  const run = runPlugin(intake, { config, io, signal: stop.signal });
  await push(await bound);
  stop.abort();
  return await run;
}

for (const [encoding, Exporter] of [["JSON", JsonExporter], ["protobuf", ProtoExporter]] as const) {
  test(`OpenTelemetry's exporter pushes ${encoding}`, async (t) => {
    const { rows, rejected } = await during(t, async (port) => {
      const exporter = new Exporter({
        url: `http://127.0.0.1:${port}/v1/logs`,
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const provider = new LoggerProvider({
        processors: [new SimpleLogRecordProcessor({ exporter })],
      });
      provider.getLogger("shop", "1.2.3").emit({
        timestamp: [1_790_000_000, 123_456_700],
        severityNumber: 17,
        severityText: "ERROR",
        eventName: "order.failed",
        body: { text: "out of stock", order: { id: 7, lines: [1, 2.5, true, null] } },
        attributes: { "user.name": "jane", "http.response.status_code": 409, big: 2 ** 53 },
      });
      await provider.forceFlush();
      await provider.shutdown();
    });
    assert.deepEqual(rejected, {});
    const [row, ...others] = rows["OTelLogs"] ?? [];
    assert.deepEqual(others, []);
    const { Resource: _resource, ObservedTime: _observed, ...rest } = row!;
    assert.deepEqual(rest, {
      TimeGenerated: "2026-09-21T14:13:20.1234567Z",
      Protocol: "otlp",
      SignedAtSource: false,
      Sender: "billing",
      SenderAddress: "127.0.0.1",
      ServiceName: rest["ServiceName"],
      EventName: "order.failed",
      SeverityNumber: 17,
      SeverityText: "ERROR",
      BodyFields: { text: "out of stock", "order.id": 7, "order.lines": [1, 2.5, true, null] },
      Attributes: {
        "user.name": "jane",
        "http.response.status_code": 409,
        big: rest["Attributes"] !== null && typeof rest["Attributes"] === "object"
          ? (rest["Attributes"] as Record<string, unknown>)["big"] // -- checked above
          : undefined,
      },
      ScopeName: "shop",
      ScopeVersion: "1.2.3",
    });
  });
}

test("Elasticsearch's client pushes documents in bulk, and is told which were refused", async (t) => {
  const { rows, rejected } = await during(t, async (port) => {
    const client = new Client({
      node: `http://127.0.0.1:${port}`,
      Connection: HttpConnection,
      auth: { apiKey: { id: "billing", api_key: TOKEN } },
      compression: true,
    });
    assert.equal((await client.info()).tagline, "You Know, for Search");
    const reply = await client.bulk({
      operations: [
        { create: { _index: "shop", _id: "a" } },
        { "@timestamp": "2026-09-21T14:13:20.5Z", message: "hello", user: { name: "jane" } },
        { delete: { _index: "shop", _id: "a" } },
      ],
    });
    assert.equal(reply.errors, true);
    assert.deepEqual(reply.items.map((item) => Object.values(item)[0]?.status), [201, 400]);
    const helped = await client.helpers.bulk({
      datasource: Array.from({ length: 500 }, (_, i) => ({ message: `m${i}` })),
      onDocument: () => ({ create: { _index: "shop" } }),
    });
    assert.deepEqual([helped.successful, helped.failed], [500, 0]);
    await client.close();
  });
  assert.deepEqual(rejected, { "delete: events are never deleted": 1 });
  const events = (rows["OTelLogs"] ?? []).filter((row) => row["_ParseError"] === undefined);
  assert.equal(events.length, 501);
  const { Body, Index, DocumentId, Attributes, TimeGenerated } = events[0]!;
  assert.deepEqual({ Body, Index, DocumentId, Attributes, TimeGenerated }, {
    Body: "hello",
    Index: "shop",
    DocumentId: "a",
    Attributes: { "user.name": "jane" },
    TimeGenerated: "2026-09-21T14:13:20.500Z",
  });
});

test("Splunk's logger pushes events", async (t) => {
  const { rows, rejected } = await during(t, async (port) => {
    const logger = new Logger({ token: TOKEN, url: `http://127.0.0.1:${port}` });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const payload = {
      message: { temperature: "70F", chickenCount: 500 },
      severity: "warn",
      metadata: { time: 1_790_000_000.25, host: "coop", source: "egg", sourcetype: "httpevent" },
    };
    logger.send(payload, (error: unknown, _response: unknown, body: { readonly code: number }) => {
      if (error === null && body.code === 0) resolve();
      else reject(new Error(JSON.stringify(body)));
    });
    await promise;
  });
  assert.deepEqual(rejected, {});
  const [row] = rows["OTelLogs"] ?? [];
  assert.equal(row?.["HostName"], "coop");
  assert.equal(row?.["EventName"], "httpevent");
  assert.deepEqual(row?.["BodyFields"], {
    "message.temperature": "70F",
    "message.chickenCount": 500,
    severity: "warn",
  });
});

test("nobody pushes without a token that is known", async (t) => {
  const { rows } = await during(t, async (port) => {
    const pushed = async (path: string, headers: Record<string, string>) => {
      const url = `http://127.0.0.1:${port}${path}`;
      const response = await fetch(url, { method: "POST", headers, body: '{"event":"x"}\n' });
      return [response.status, await response.text()];
    };
    const wrong = { authorization: `Splunk ${TOKEN}X` };
    assert.deepEqual(await pushed("/ndjson", {}), [401, '{"error":"A token is required"}']);
    assert.deepEqual(await pushed("/services/collector", wrong), [
      403,
      '{"text":"Invalid token","code":4}',
    ]);
    assert.equal((await pushed("/v1/logs", wrong))[0], 403);
    assert.equal((await pushed("/_bulk", {}))[0], 401);
    assert.equal((await pushed("/nothing", {}))[0], 401);
  });
  assert.deepEqual(rows, {});
});
