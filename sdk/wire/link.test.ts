import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  authDigest,
  decodeMessage,
  encodeMessage,
  isFrame,
  LinkError,
  MAX_MESSAGE_BYTES,
  type Message,
  streamIdOf,
} from "./link.ts";
import { pack } from "./msgpack.ts";

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const count = fc.maxSafeNat();
const epoch = fc.integer({ min: 1, max: 0xffff_ffff });
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/);
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });
const stream = record({ stream: bytes(8), epoch, next: count, tail: bytes(32) });
const streams = fc.array(stream, { maxLength: 3 });
const text = fc.string({ unit: "grapheme", maxLength: 10 });

const messages: fc.Arbitrary<Message> = fc.oneof(
  record({
    type: fc.constant("hello" as const),
    version: fc.constant(1 as const),
    agent: bytes(16),
    nonce: bytes(32),
    boot: bytes(16),
    release: text,
    host: text,
    os: text,
    heads: streams,
  }),
  record({
    type: fc.constant("challenge" as const),
    hello: bytes(32),
    nonce: bytes(32),
    time: count,
  }),
  record({ type: fc.constant("auth" as const), signature: bytes(64) }),
  record({
    type: fc.constant("welcome" as const),
    hello: bytes(32),
    streams,
    credit: count,
    limits: record({ frameBytes: count, bytesPerSecond: count }),
    checkpoint: text,
  }),
  record({ type: fc.constant("schema" as const), hash: bytes(32), json: text }),
  record({
    type: fc.constant("epoch" as const),
    stream: bytes(8),
    name: text.map((name) => `${name}x`),
    plugin: text,
    epoch,
    reason: text,
  }),
  record({ type: fc.constant("epochok" as const), stream: bytes(8), epoch, credit: count }),
  record({
    type: fc.constant("ack" as const),
    streams: fc.array(record({ stream: bytes(8), epoch, seq: count }), { maxLength: 3 }),
    checkpoint: text,
    credit: count,
  }),
  record({
    type: fc.constant("nack" as const),
    stream: bytes(8),
    epoch,
    seq: count,
    hash: bytes(32),
    code: word,
    expect: count,
    retryMs: count,
    permanent: fc.boolean(),
  }),
  record({ type: fc.constant("head" as const), streams }),
  record({ type: fc.constant("prove" as const), from: count.map((n) => n || 1), to: count }),
  record({
    type: fc.constant("proof" as const),
    from: count,
    to: count,
    hashes: fc.array(bytes(32), { maxLength: 3 }),
  }),
  record({ type: fc.constant("bye" as const), code: word, retryMs: count }),
);

/** Byte arrays of any kind compare equal when their bytes do. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function read(input: Uint8Array): Message | undefined {
  try {
    return decodeMessage(input);
  } catch (error) {
    assert.ok(error instanceof LinkError, String(error));
    return undefined;
  }
}

const bye = (): Record<string, unknown> => ({ type: "bye", code: "done", retryMs: 0 });
const codeOf = (input: Uint8Array): string => {
  try {
    decodeMessage(input);
    return "taken";
  } catch (error) {
    return error instanceof LinkError ? error.code : String(error);
  }
};

test("decodeMessage() gives back what encodeMessage() was given", () => {
  fc.assert(
    fc.property(messages, (message) => {
      assert.deepEqual(plain(decodeMessage(encodeMessage(message))), plain(message));
    }),
    { numRuns: 300 },
  );
});

test("decodeMessage() gives a message or a LinkError for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (input) => void read(input)), {
    numRuns: 1000,
  });
});

test("decodeMessage() gives a message or a LinkError for a message with bytes changed", () => {
  fc.assert(
    fc.property(
      messages,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      (m, edits) => {
        const input = encodeMessage(m);
        for (const [at, value] of edits) input[at % input.length] = value;
        read(input);
      },
    ),
    { numRuns: 500 },
  );
});

test("decodeMessage() refuses a message that any byte is cut from", () => {
  fc.assert(
    fc.property(messages, fc.nat(), (message, n) => {
      const input = encodeMessage(message);
      assert.equal(codeOf(input.subarray(0, n % input.length)), "msgpack");
    }),
    { numRuns: 200 },
  );
});

test("decodeMessage() refuses by code", () => {
  const nested = [...Array<number>(40).fill(0x91), 0xc0];
  const table: readonly [string, Uint8Array, string][] = [
    ["a byte too many", new Uint8Array([...pack(bye()), 0xc0]), "msgpack"],
    ["a record extension", new Uint8Array([0xd4, 0x72, 0x40]), "msgpack"],
    ["a timestamp", new Uint8Array([0x81, 0xa1, 0x61, 0xd6, 0xff, 0, 0, 0, 0]), "msgpack"],
    ["deep nesting", new Uint8Array([0x81, 0xa1, 0x61, ...nested]), "msgpack"],
    ["a map of 4 billion members", new Uint8Array([0xdf, 255, 255, 255, 255]), "msgpack"],
    ["a type of its own", pack({ ...bye(), type: "order" }), "type"],
    ["no map", pack([1, 2]), "type"],
    ["nothing", new Uint8Array(0), "msgpack"],
    ["a member missing", pack({ type: "bye", code: "done" }), "field"],
    ["a code that is no word", pack({ ...bye(), code: "Not a word" }), "field"],
    ["a count below zero", pack({ ...bye(), retryMs: -1 }), "field"],
    ["a count over 2^53", pack({ ...bye(), retryMs: 2 ** 60 }), "field"],
    ["a fraction", pack({ ...bye(), retryMs: 0.5 }), "field"],
    ["too many bytes", new Uint8Array(MAX_MESSAGE_BYTES + 1), "size"],
    ["a short signature", pack({ type: "auth", signature: new Uint8Array(63) }), "field"],
    [
      "too many streams",
      pack({ type: "head", streams: Array(4097).fill({}) }),
      "field",
    ],
  ];
  for (const [name, input, code] of table) assert.equal(codeOf(input), code, name);
});

test("decodeMessage() ignores members it does not know", () => {
  assert.deepEqual(decodeMessage(pack({ ...bye(), later: [1] })), bye());
});

test("isFrame() is never true for an encoded message", () => {
  fc.assert(fc.property(messages, (message) => {
    assert.equal(isFrame(encodeMessage(message)), false);
  }));
  assert.equal(isFrame(new TextEncoder().encode("CUSF\x01")), true);
});

test("authDigest() differs when any part of it differs", () => {
  const part = (byte: number, size: number) => new Uint8Array(size).fill(byte);
  const digest = ([log = 0, hello = 0, challenge = 0, sent = 0]: number[]) => {
    const nonces = { hello: part(hello, 32), challenge: part(challenge, 32) };
    return Buffer.from(authDigest(part(log, 8), nonces, part(sent, 9))).toString("hex");
  };
  const all = [[], [1], [0, 1], [0, 0, 1], [0, 0, 0, 1]].map(digest);
  assert.equal(new Set(all).size, 5);
  assert.equal(streamIdOf("syslog").length, 8);
});
