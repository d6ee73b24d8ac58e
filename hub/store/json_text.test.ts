import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pack } from "../../sdk/wire/msgpack.ts";
import { jsonStrings } from "./json_text.ts";

const decoder = new TextDecoder();

/** The text of one value, undefined where it was refused. */
function textOf(bytes: Uint8Array): string | undefined {
  const { strings, absent } = jsonStrings({ bytes, ends: Uint32Array.of(bytes.length) }, undefined);
  return absent?.[0] === 1 ? undefined : decoder.decode(strings.bytes);
}

test("jsonStrings() gives the JSON of any value, whatever its keys are called", () => {
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.dictionary(
      fc.constantFrom("__proto__", "constructor", '"', "\u0000\u001f\\"),
      fc.jsonValue(),
    ),
  );
  fc.assert(
    fc.property(values, (value) => {
      const text = textOf(pack(value));
      assert.deepEqual(JSON.parse(text!), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("jsonStrings() rounds no whole number of 64 bits", () => {
  for (const value of [2n ** 64n - 1n, 2n ** 63n, -(2n ** 63n), 0n, -1n]) {
    assert.equal(textOf(pack(value)), String(value));
  }
});

test("jsonStrings() refuses a value that is cut, followed by more, nested too deep or no JSON", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = textOf(bytes);
      if (text !== undefined) JSON.parse(text);
    }),
  );
  const whole = pack({ a: [1, "text", null] });
  for (let n = 0; n < whole.length; n++) assert.equal(textOf(whole.subarray(0, n)), undefined);
  assert.equal(textOf(Uint8Array.of(0x01, 0x01)), undefined);
  assert.equal(textOf(new Uint8Array(100).fill(0x91)), undefined);
  assert.equal(textOf(Uint8Array.of(0xc4, 0x01, 0x00)), undefined);
  assert.equal(textOf(Uint8Array.of(0xd4, 0x72, 0x00)), undefined);
  assert.equal(textOf(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)), undefined);
});
