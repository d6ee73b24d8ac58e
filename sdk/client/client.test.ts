import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { setAlertState } from "../api/alerts.ts";
import { queryEvents } from "../api/events.ts";
import type { LiveMessage } from "../api/live.ts";
import { getStatus } from "../api/status.ts";
import { createClient } from "./client.ts";
import { readServerEvents } from "./server_events.ts";

function answering(reply: () => Response) {
  const requests: Request[] = [];
  const client = createClient({
    url: "http://hub:1/",
    key: "custos_k",
    fetch: (request) => {
      requests.push(request);
      return Promise.resolve(reply());
    },
  });
  return { client, requests };
}

test("call() sends what the route declares", async () => {
  const reply = { columns: [], rows: [{ A: 1 }], more: false };
  const { client, requests } = answering(() => Response.json(reply));
  assert.deepEqual(await client.call(queryEvents, { body: { table: "Syslog" } }), reply);
  const [request] = requests;
  assert.equal(request!.url, "http://hub:1/v1/events/query");
  assert.equal(request!.headers.get("authorization"), "Bearer custos_k");
  assert.deepEqual(await request!.json(), { table: "Syslog" });
});

test("call() puts parameters into the path, escaped", async () => {
  const refuse = () => Response.json({ error: { code: "missing", message: "M" } }, { status: 404 });
  const { client, requests } = answering(refuse);
  const input = { params: { id: "a/../b?c" }, body: { state: "open", reason: "r" } } as const;
  await assert.rejects(client.call(setAlertState, input), { code: "missing", message: "M" });
  assert.equal(new URL(requests[0]!.url).pathname, "/v1/alerts/a%2F..%2Fb%3Fc/state");
});

test("call() refuses a reply that is not as declared, and says when nobody is there", async () => {
  const { client } = answering(() => Response.json({ version: 1 }));
  await assert.rejects(client.call(getStatus, {}), { code: "reply" });
  const { client: proxy } = answering(() => new Response("<html>", { status: 502 }));
  await assert.rejects(proxy.call(getStatus, {}), { code: "reply" });
  const down = createClient({ url: "http://hub:1", fetch: () => Promise.reject(new Error("x")) });
  await assert.rejects(down.call(getStatus, {}), { code: "unreachable" });
});

test("follow() gives the messages until the stream ends", async () => {
  const message: LiveMessage = { kind: "dropped", messages: 3 };
  const text = `: follow\n\nevent: dropped\ndata: ${JSON.stringify(message)}\n\n`;
  const { client } = answering(() => new Response(text));
  const got: LiveMessage[] = [];
  for await (const one of client.follow({}, new AbortController().signal)) got.push(one);
  assert.deepEqual(got, [message]);
});

test("readServerEvents() reads the same events however the bytes are cut", async () => {
  const texts = fc.array(
    fc.string({ unit: "grapheme", minLength: 1 }).map((text) => JSON.stringify(text)),
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 9 }), async (events, size) => {
      const bytes = new TextEncoder().encode(
        events.map((e) => `event: x\ndata: ${e}\n\n`).join(""),
      );
      const parts = Array.from(
        { length: Math.ceil(bytes.length / size) },
        (_, i) => bytes.slice(i * size, (i + 1) * size),
      );
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(part);
        },
      });
      const got = await Array.fromAsync(readServerEvents(stream));
      assert.deepEqual(got, events);
    }),
    { numRuns: 50 },
  );
});
