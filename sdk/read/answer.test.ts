import assert from "node:assert/strict";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import test from "node:test";
import type { Answer, StreamMessage } from "./io.ts";
import { openIo } from "./open_io.ts";

const ANY_PORT = "127.0.0.1:0";
const signal = new AbortController().signal;
const decoder = new TextDecoder();

/** Replies with the message in capitals; keeps only those without a "?". */
function shout({ bytes, cut }: StreamMessage): Answer {
  const said = decoder.decode(bytes);
  const reply = new TextEncoder().encode(said.toUpperCase());
  return { reply: cut === undefined ? reply : undefined, keep: !said.includes("?") };
}

async function asked(socket: UdpSocket, words: string, port: number): Promise<string> {
  const reply = once(socket, "message");
  socket.send(words, port, "127.0.0.1");
  return String((await reply)[0]);
}

test("udp() replies at once, and keeps from the reader what the answer says", async () => {
  await using io = openIo({ signal });
  const listener = await io.udp(ANY_PORT, { answer: shout });
  const socket = createSocket("udp4");
  assert.equal(await asked(socket, "a?", listener.port), "A?");
  assert.equal(await asked(socket, "b", listener.port), "B");
  socket.close();
  for await (const batch of listener) {
    assert.ok(!("dropped" in batch));
    assert.deepEqual(batch.map(({ bytes }) => decoder.decode(bytes)), ["b"]);
    break;
  }
});

test("udp() replies to another port of the peer where the answer says so", async () => {
  await using io = openIo({ signal });
  const other = createSocket("udp4");
  other.bind(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address();
  const answer = (message: StreamMessage): Answer => ({ ...shout(message), port });
  const listener = await io.udp(ANY_PORT, { answer });
  const reply = once(other, "message");
  const socket = createSocket("udp4");
  socket.send("a", listener.port, "127.0.0.1");
  assert.equal(String((await reply)[0]), "A");
  socket.close();
  other.close();
});

test("udp() neither asks nor replies where there is no room", async () => {
  await using io = openIo({ signal });
  const seen: string[] = [];
  const answer = (message: StreamMessage): Answer => {
    seen.push(decoder.decode(message.bytes));
    return shout(message);
  };
  const listener = await io.udp(ANY_PORT, { answer, ringBytes: 3 });
  const socket = createSocket("udp4");
  assert.equal(await asked(socket, "aa", listener.port), "AA");
  socket.send("bb", listener.port, "127.0.0.1");
  // Loopback keeps the order: once this is answered, the one before it was seen.
  assert.equal(await asked(socket, "?", listener.port), "?");
  socket.close();
  assert.deepEqual(seen, ["aa", "?"]);
  for await (const batch of listener) {
    assert.deepEqual(batch, { dropped: 1 });
    break;
  }
});

test("tcp() cuts by Content-Length, replies on the connection, and closes a broken one", async () => {
  await using io = openIo({ signal });
  const options = { framing: "content-length", answer: shout, maxMessageBytes: 50 } as const;
  const listener = await io.tcp(ANY_PORT, options);
  const socket = connect(listener.port, "127.0.0.1");
  socket.write("a\r\nl: 2\r\n\r\nxyb?\r\n\r\n");
  socket.write("z".repeat(60));
  assert.equal(await text(socket), "A\r\nL: 2\r\n\r\nXYB?\r\n\r\n");
  for await (const batch of listener) {
    assert.ok(!("dropped" in batch));
    const heard = batch.map(({ bytes, cut }) => [decoder.decode(bytes), cut?.messageBytes]);
    assert.deepEqual(heard, [["a\r\nl: 2\r\n\r\nxy", undefined], ["z".repeat(50), 61]]);
    break;
  }
});

test("tcp() lets go of a peer that reads no replies", async () => {
  await using io = openIo({ signal });
  const large = new Uint8Array(16 * 1024 * 1024);
  const listener = await io.tcp(ANY_PORT, { answer: () => ({ reply: large, keep: false }) });
  const socket = connect(listener.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("a\n");
  let replied = 0;
  socket.on("data", (piece: Uint8Array) => void (replied += piece.length));
  await once(socket, "close");
  assert.ok(replied < large.length);
});
