import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { connect as connectTls } from "node:tls";
import type { Dropped, Listener, TcpOptions } from "./io.ts";
import { type Identity, selfSigned } from "../testkit/certificate.ts";
import { parseBind } from "./bind.ts";
import { openIo } from "./open_io.ts";
import { Ring } from "./ring.ts";

const ANY_PORT = "127.0.0.1:0";
const decoder = new TextDecoder();

interface Message {
  readonly bytes: Uint8Array;
  readonly from: string;
}

/** The first `count` messages. */
async function hear<M extends Message>(listener: Listener<M>, count: number): Promise<M[]> {
  const heard: M[] = [];
  for await (const batch of listener as AsyncIterable<readonly M[] | Dropped>) {
    assert.ok(!("dropped" in batch));
    heard.push(...batch);
    if (heard.length >= count) break;
  }
  return heard;
}

const texts = (messages: readonly Message[]): string[] =>
  messages.map(({ bytes }) => decoder.decode(bytes));

const signal = new AbortController().signal;

test("udp() gives datagrams with their peer's address", async () => {
  await using io = openIo({ signal });
  const listener = await io.udp(ANY_PORT);
  const sender = createSocket("udp4");
  for (const text of ["one", "two\nlines"]) sender.send(text, listener.port, "127.0.0.1");
  const heard = await hear(listener, 2);
  sender.close();
  assert.deepEqual(texts(heard).toSorted(), ["one", "two\nlines"]);
  assert.equal(heard[0]?.from, "127.0.0.1");
});

test("udp() ends when its io is disposed", async () => {
  const io = openIo({ signal });
  const listener = await io.udp(ANY_PORT);
  await io[Symbol.asyncDispose]();
  assert.deepEqual(await hear(listener, 1), []);
});

test("tcp() gives framed messages of each connection", async () => {
  await using io = openIo({ signal });
  const listener = await io.tcp(ANY_PORT);
  const socket = connect(listener.port, "127.0.0.1");
  socket.end("<1>line\n9 <2>\ncount");
  const heard = await hear(listener, 2);
  assert.deepEqual(texts(heard), ["<1>line", "<2>\ncount"]);
  assert.equal(heard[1]?.from, "127.0.0.1");
});

test("tcp() refuses a connection over its limit and serves the others", async () => {
  await using io = openIo({ signal });
  const listener = await io.tcp(ANY_PORT, { maxConnections: 1 });
  const first = connect(listener.port, "127.0.0.1");
  await once(first, "connect");
  first.write("a\n");
  const one = hear(listener, 2);
  const second = connect(listener.port, "127.0.0.1");
  second.on("error", () => {});
  await closed(second);
  first.write("b\n");
  assert.deepEqual(texts(await one), ["a", "b"]);
  first.destroy();
});

test("tcp() closes a connection that is silent", async () => {
  await using io = openIo({ signal });
  const listener = await io.tcp(ANY_PORT, { idleMs: 20 });
  const socket = connect(listener.port, "127.0.0.1");
  socket.on("error", () => {});
  await closed(socket);
  assert.ok(socket.destroyed);
});

test("tcp() makes a sender wait for its reader and loses nothing", async () => {
  await using io = openIo({ signal });
  const listener = await io.tcp(ANY_PORT, { ringBytes: 1000 });
  const lines = Array.from({ length: 40_000 }, (_, i) => `${"x".repeat(100)} ${i}`);
  connect(listener.port, "127.0.0.1").end(`${lines.join("\n")}\n`);
  const heard: string[] = [];
  for await (const batch of listener) {
    assert.ok(!("dropped" in batch));
    heard.push(...texts(batch));
    // One read from the socket may come on top of a full ring.
    assert.ok(batch.length < 10_000, `${batch.length} messages`);
    if (heard.length >= lines.length) break;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  }
  assert.deepEqual(heard, lines);
});

test("Ring drops what it has no room for and says how many", async () => {
  const ring = new Ring<{ bytes: Uint8Array }>(10);
  for (const size of [6, 6, 4, 1]) ring.offer({ bytes: new Uint8Array(size) });
  ring.close();
  const taken: unknown[] = [];
  for await (const batch of ring.take()) {
    taken.push("dropped" in batch ? batch : batch.map(({ bytes }) => bytes.length));
  }
  assert.deepEqual(taken, [{ dropped: 2 }, [6, 4]]);
});

for (const bind of ["localhost:1", "1.2.3.4", "::1:514", "[1.2.3.4]:5", "1.2.3.4:65536", ""]) {
  test(`parseBind() refuses "${bind}"`, () => {
    assert.throws(() => parseBind(bind), TypeError);
  });
}

test("parseBind() reads IPv6 in brackets", () => {
  assert.deepEqual(parseBind("[::1]:514"), { address: "::1", port: 514 });
});

interface TlsFiles {
  readonly server: Identity;
  readonly client: Identity;
  readonly tls: Required<NonNullable<TcpOptions["tls"]>>;
}

function tlsFiles(t: { after(fn: () => void): void }): TlsFiles {
  const at = mkdtempSync(join(tmpdir(), "custos-tls-"));
  t.after(() => rmSync(at, { recursive: true }));
  const server = selfSigned("server");
  const client = selfSigned("client");
  const tls = {
    cert: join(at, "cert.pem"),
    key: join(at, "key.pem"),
    clientCa: join(at, "ca.pem"),
  };
  writeFileSync(tls.cert, server.cert);
  writeFileSync(tls.key, server.key);
  writeFileSync(tls.clientCa, client.cert);
  return { server, client, tls };
}

test("tcp() hears over TLS", async (t) => {
  const { server, tls } = tlsFiles(t);
  await using io = openIo({ signal });
  const { clientCa: _, ...open } = tls;
  const listener = await io.tcp(ANY_PORT, { tls: open });
  const socket = connectTls({ host: "127.0.0.1", port: listener.port, ca: server.cert });
  socket.end("4 <1>a");
  assert.deepEqual(texts(await hear(listener, 1)), ["<1>a"]);
  await closed(socket);
});

test("tcp() hears only clients with a certificate when it has a client CA", async (t) => {
  const { server, client, tls } = tlsFiles(t);
  await using io = openIo({ signal });
  const listener = await io.tcp(ANY_PORT, { tls });
  const to = { host: "127.0.0.1", port: listener.port, ca: server.cert };
  const stranger = connectTls(to);
  stranger.on("error", () => {});
  stranger.end("9 <1>secret");
  await closed(stranger);
  const socket = connectTls({ ...to, cert: client.cert, key: client.key });
  socket.end("4 <1>a");
  assert.deepEqual(texts(await hear(listener, 1)), ["<1>a"]);
  await closed(socket);
});

test("tcp() refuses TLS 1.1", async (t) => {
  const { tls } = tlsFiles(t);
  await using io = openIo({ signal });
  const { clientCa: _, ...open } = tls;
  const listener = await io.tcp(ANY_PORT, { tls: open });
  const socket = oldClient(listener.port);
  if (socket === undefined) return t.skip("this runtime speaks no TLS 1.1");
  let isSecure = false;
  socket.on("secureConnect", () => isSecure = true);
  socket.on("error", () => {});
  await closed(socket);
  assert.equal(isSecure, false);
});

/** Also where an error closes it, which `once()` of node:events would throw. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}

/** A client of TLS 1.1; undefined where the runtime has none. */
function oldClient(port: number): Socket | undefined {
  const versions = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
  try {
    return connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ...versions });
  } catch {
    return undefined;
  }
}
