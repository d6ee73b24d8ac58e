import assert from "node:assert/strict";
import { connect } from "node:net";
import test, { type TestContext } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { listenHttp } from "./http.ts";
import type { HttpOptions, HttpReply, HttpRequest, HttpTaken, Listener } from "./io.ts";

const text = (status: number, body: string): HttpReply => ({ status, body });

/** Keeps bodies as text; refuses `/no`. */
const OPTIONS: HttpOptions<string> = {
  refuse: ({ path }) => path === "/no" ? text(401, "no") : undefined,
  take: ({ body }: HttpRequest) => {
    const said = new TextDecoder().decode(body);
    return said === "" ? { reply: text(400, "empty") } : { reply: text(200, "ok"), keep: said };
  },
  busy: () => ({ status: 503, headers: { "retry-after": "1" }, body: "busy" }),
  unreadable: (_head, status, why) => text(status, why),
};

async function listening(t: TestContext, options: Partial<HttpOptions<string>> = {}) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const listener = await listenHttp("127.0.0.1:0", { ...OPTIONS, ...options }, stop.signal);
  return { listener, url: `http://127.0.0.1:${listener.port}/` };
}

/** What waits for the reader. */
async function next(listener: Listener<HttpTaken<string>>): Promise<readonly string[]> {
  for await (const batch of listener) {
    return "dropped" in batch ? [] : batch.map(({ value }) => value);
  }
  return [];
}

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<readonly [number, string]> {
  const response = await fetch(url, { method: "POST", body, headers });
  return [response.status, await response.text()];
}

test("listenHttp() gives bodies in order, unpacked", async (t) => {
  const { listener, url } = await listening(t);
  assert.deepEqual(await post(url, "one"), [200, "ok"]);
  const packed = new Uint8Array(gzipSync("two"));
  assert.deepEqual(await post(url, packed, { "content-encoding": "gzip" }), [200, "ok"]);
  const zstd = new Uint8Array(zstdCompressSync("three"));
  assert.deepEqual(await post(url, zstd, { "content-encoding": "zstd" }), [200, "ok"]);
  assert.deepEqual(await next(listener), ["one", "two", "three"]);
});

test("listenHttp() refuses before it reads the body, and what cannot be unpacked", async (t) => {
  const { url } = await listening(t);
  assert.deepEqual(await post(`${url}no`, "x"), [401, "no"]);
  const cut = new Uint8Array(gzipSync("text").subarray(0, -3));
  assert.equal((await post(url, cut, { "content-encoding": "gzip" }))[0], 400);
  assert.deepEqual(await post(url, "x", { "content-encoding": "br" }), [
    415,
    'Cannot unpack "br": must be identity, gzip, zstd',
  ]);
});

test("listenHttp() refuses bodies over the limit, packed or not", async (t) => {
  const { listener, url } = await listening(t, { maxBodyBytes: 1_000 });
  assert.equal((await post(url, "x".repeat(1_000)))[0], 200);
  assert.deepEqual(await post(url, "x".repeat(1_001)), [
    413,
    "Cannot read body: it is over 1000 bytes",
  ]);
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(10_000_000)));
  const headers = { "content-encoding": "gzip" };
  assert.ok(bomb.length > 1_000);
  assert.equal((await post(url, bomb, headers))[0], 413);
  const small = new Uint8Array(gzipSync(Buffer.alloc(100_000)));
  assert.ok(small.length < 1_000);
  assert.equal((await post(url, small, headers))[0], 413);
  assert.equal((await next(listener)).length, 1);
});

test("listenHttp() tells senders to come again while its reader is behind, and loses nothing", async (t) => {
  const { listener, url } = await listening(t, { ringBytes: 10 });
  assert.equal((await post(url, "0123456789"))[0], 200);
  const response = await fetch(url, { method: "POST", body: "more" });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  await response.body?.cancel();
  const iterator = listener[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).done, false);
  assert.equal((await post(url, "more"))[0], 200);
});

test("listenHttp() holds bodies on their way to the limit of what waits", async (t) => {
  // Nothing waits for the reader: only what is on its way counts.
  const take = () => ({ reply: text(200, "ok") });
  const { url, listener } = await listening(t, { ringBytes: 10, take });
  const socket = connect(listener.port, "127.0.0.1", () => {
    socket.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n0123456789");
  });
  t.after(() => void socket.destroy());
  const until = async (wanted: number): Promise<void> => {
    for (let status = 0; status !== wanted;) [status] = await post(url, "x");
  };
  await until(503);
  socket.destroy();
  // It has gone with its connection.
  await until(200);
});

test("listenHttp() outlives what is no HTTP", async (t) => {
  const { url, listener } = await listening(t);
  for (const bytes of ["\0\0\0\0\r\n\r\n", `GET / HTTP/1.1\r\nA: ${"x".repeat(40_000)}\r\n\r\n`]) {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const socket = connect(listener.port, "127.0.0.1", () => void socket.write(bytes));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
    await closed;
  }
  assert.deepEqual(await post(url, "still here"), [200, "ok"]);
});

test("listenHttp() gives what has come when it is told to stop", async () => {
  const stop = new AbortController();
  const listener = await listenHttp("127.0.0.1:0", OPTIONS, stop.signal);
  assert.equal((await post(`http://127.0.0.1:${listener.port}/`, "last"))[0], 200);
  stop.abort();
  assert.deepEqual(await next(listener), ["last"]);
});
