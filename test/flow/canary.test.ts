import assert from "node:assert/strict";
import { test } from "node:test";
import { encodingsOf, foundIn, haystackOf } from "./canary.ts";

const WORD = "zq7Vk2Person";

const HIDDEN: readonly (readonly [string, Buffer])[] = [
  ["as it is", Buffer.from(`a ${WORD} b`)],
  ["in lower case", Buffer.from(WORD.toLowerCase())],
  ["in UTF-16LE", Buffer.from(`x${WORD}`, "utf16le")],
  ["in UTF-16BE", Buffer.from(`x${WORD}`, "utf16le").swap16()],
  ["in hex", Buffer.from(Buffer.from(WORD).toString("hex"))],
  ["in base64", Buffer.from(btoa(`${WORD}!`))],
  ["in base64 after one byte", Buffer.from(btoa(`?${WORD}!!`))],
  ["in base64 after two bytes", Buffer.from(btoa(`??${WORD}!!`))],
  ["in base64 of UTF-16", Buffer.from(Buffer.from(`?${WORD}`, "utf16le").toString("base64"))],
  ["in percent", Buffer.from(Array.from(WORD, (c) => `%${c.charCodeAt(0).toString(16)}`).join(""))],
  [
    "in \\u escapes",
    Buffer.from(
      `"\\u007a\\u0071\\u0037\\u0056\\u006b\\u0032\\u0050\\u0065\\u0072` +
        `\\u0073\\u006f\\u006e"`,
    ),
  ],
  ["reversed", Buffer.from(Array.from(WORD).toReversed().join(""))],
];

for (const [how, haystack] of HIDDEN) {
  test(`foundIn() finds a word ${how}`, () => {
    assert.ok(foundIn(haystackOf(haystack), WORD).length > 0);
  });
}

test("foundIn() finds an address as four bytes", () => {
  assert.deepEqual(foundIn(haystackOf(Buffer.from([1, 10, 201, 33, 77, 1])), "10.201.33.77"), [
    "4 bytes",
  ]);
});

test("foundIn() finds nothing where there is nothing", () => {
  assert.deepEqual(foundIn(haystackOf(Buffer.from("another person")), WORD), []);
  assert.ok(encodingsOf(WORD).every(({ bytes }) => bytes.length >= 8));
});
