import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { BerError, berInteger, readBer } from "./ber.ts";

const hex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("readBer() reads short and long lengths and high tags", () => {
  const bytes = hex("bf 87 67 0a 80 81 01 7f 5f 1f 82 00 01 05 ff");
  const root = readBer(bytes);
  assert.deepEqual([root.tagClass, root.tag, root.end], ["context", 999, 14]);
  const [first, second] = root.children!;
  assert.deepEqual([first?.tagClass, first?.tag, [...first!.content]], ["context", 0, [127]]);
  assert.deepEqual([second?.tagClass, second?.tag, [...second!.content]], ["application", 31, [5]]);
  assert.equal(root.content.length, 10);
});

test("readBer() reads indefinite lengths, one in the other", () => {
  const root = readBer(hex("a0 80 a1 80 82 01 09 00 00 83 00 00 00 99"));
  assert.equal(root.end, 13);
  assert.deepEqual(root.children?.map(({ tag }) => tag), [1, 3]);
  assert.deepEqual([...(root.children?.[0]?.children?.[0]?.content ?? [])], [9]);
  assert.deepEqual([...root.content], [...hex("a1 80 82 01 09 00 00 83 00")]);
});

const REFUSED: readonly (readonly [string, string, BerError["code"]])[] = [
  ["nothing", "", "truncated"],
  ["a tag alone", "80", "truncated"],
  ["a high tag that does not end", "bf ff ff", "truncated"],
  ["a high tag over 2^31", "bf 90 80 80 80 00 00", "tag"],
  ["a high tag of leading zeros", `bf ${"80".repeat(20)} 01 00`, "tag"],
  ["a length of 7 bytes", "80 87 00 00 00 00 00 00 01 00", "length"],
  ["a length of no bytes there", "80 82 01", "truncated"],
  ["a length beyond the bytes", "80 05 01", "truncated"],
  ["the longest length", "80 86 ff ff ff ff ff ff 00", "truncated"],
  ["a length beyond its holder", "a0 03 80 05 01 02 03 04 05", "length"],
  ["a head beyond its holder", "a0 01 80 01 02", "length"],
  ["a primitive of indefinite length", "80 80 00 00", "length"],
  ["an indefinite length without end", "a0 80 80 01 01", "truncated"],
  ["an indefinite length whose end is beyond its holder", "a0 04 a1 80 05 00 00 00", "length"],
  ["33 levels", `${"a0 80".repeat(33)}`, "depth"],
  ["33 levels of known length", "", "depth"],
  ["more elements than are taken", `a0 83 02 00 02 ${"05 00".repeat(65_537)}`, "elements"],
];
for (const [name, text, code] of REFUSED) {
  test(`readBer() refuses ${name} with the code ${code}`, () => {
    let bytes = hex(text);
    if (name.endsWith("of known length")) {
      for (let i = 0; i < 33; i++) bytes = Uint8Array.of(0xa0, bytes.length, ...bytes);
    }
    assert.throws(() => readBer(bytes), { name: "BerError", code });
  });
}

test("readBer() throws nothing but BerError, and stays in its bytes", () => {
  const piece = fc.constantFrom(
    "a0",
    "80",
    "bf",
    "1f",
    "30",
    "00 00",
    "01",
    "7f",
    "81 ff",
    "05 00",
    "84",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (parts) => {
      const bytes = hex(parts.join(""));
      try {
        assert.ok(readBer(bytes).end <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof BerError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("berInteger() reads two's complement of up to 6 bytes", () => {
  const integer = (content: string) => berInteger(readBer(hex(content)));
  assert.deepEqual(
    ["02 01 7f", "02 01 80", "02 02 00 80", "02 06 7f ff ff ff ff ff"].map(integer),
    [
      127,
      -128,
      128,
      0x7fffffffffff,
    ],
  );
  assert.deepEqual(["02 00", "02 07 00 00 00 00 00 00 01", "a2 00"].map(integer), [
    undefined,
    undefined,
    undefined,
  ]);
});
