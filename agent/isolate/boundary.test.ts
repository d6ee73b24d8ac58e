import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BoundaryError,
  headOf,
  jsonMessage,
  jsonOf,
  type Kind,
  MessageReader,
} from "./boundary.ts";

const FROM: readonly Kind[] = ["batch", "cursor", "log", "pong"];

test("MessageReader gives each message back, however its bytes come in", () => {
  const message = fc.record({
    kind: fc.constantFrom<Kind>("cursor", "log"),
    value: fc.oneof(fc.string({ maxLength: 40 }), fc.constant(undefined)),
  });
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 30 })), (list, cuts) => {
      const bytes = Buffer.concat(list.map(({ kind, value }) => jsonMessage(kind, value)));
      const reader = new MessageReader(FROM);
      const got: { kind: Kind; value: unknown }[] = [];
      let at = 0;
      for (const size of [...cuts, bytes.length]) {
        for (const read of reader.push(bytes.subarray(at, at + size))) {
          got.push({ kind: read.kind, value: jsonOf(read) });
        }
        at += size;
      }
      assert.deepEqual(got, list.map(({ kind, value }) => ({ kind, value })));
    }),
    { numRuns: 60 },
  );
});

const HOSTILE: readonly (readonly [string, Uint8Array, BoundaryError["code"]])[] = [
  ["text in the place of a head", Buffer.from("Hello, world\n"), "kind"],
  ["a kind that only the agent may send", headOf("run", 0), "kind"],
  ["a kind that this end may not send", headOf("hello", 0), "kind"],
  ["a length over the kind's limit", headOf("cursor", 3 * 1024 + 1), "length"],
  ["a batch of 4 GiB", Uint8Array.of(255, 255, 255, 255, 4, 0, 0, 0), "length"],
  ["a head that does not end with zeros", Uint8Array.of(0, 0, 0, 0, 8, 0, 1, 0), "head"],
];
for (const [what, bytes, code] of HOSTILE) {
  test(`MessageReader refuses ${what}`, () => {
    assert.throws(() => [...new MessageReader(FROM).push(bytes)], { name: "BoundaryError", code });
  });
}

test("jsonOf() refuses what is no JSON, and what is no UTF-8", () => {
  for (const payload of [Buffer.from("{"), Uint8Array.of(34, 0xff, 34)]) {
    assert.throws(() => jsonOf({ kind: "log", payload }), { code: "json" });
  }
});

test("MessageReader ends in a BoundaryError or goes on, whatever bytes come", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
      const reader = new MessageReader(FROM);
      try {
        for (const chunk of chunks) for (const message of reader.push(chunk)) jsonOf(message);
      } catch (error) {
        assert.ok(error instanceof BoundaryError);
      }
    }),
    { numRuns: 100 },
  );
});
