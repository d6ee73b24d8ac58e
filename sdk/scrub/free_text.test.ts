import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { logText } from "../testkit/arbitraries.ts";
import { openFreeText } from "./free_text.ts";
import { encodingsOf } from "./test_encodings.ts";
import { normalise, tokenMaker, tokenText } from "./token.ts";

const key = { epoch: 7, bytes: new Uint8Array(32).fill(3) };
const freeText = openFreeText(key);
const scrub = (text: string): string => Buffer.from(freeText.scrub(Buffer.from(text))).toString();
const tokenOf = (kind: string, value: string): string =>
  tokenText(kind, 7, tokenMaker(key, kind)(normalise(kind, Buffer.from(value))));

test("a find becomes the token that a typed column has for the same value", () => {
  assert.equal(
    scrub("login of Anna@Example.com (tel +49 30 123-4567)"),
    `login of ${tokenOf("user", "anna@example.com")} (tel ${tokenOf("tel", "+49301234567")})`,
  );
});

test("text without finds is the same object", () => {
  const text = Buffer.from("Connection closed");
  assert.equal(freeText.scrub(text), text);
});

test("a text that is too long is refused", () => {
  assert.throws(() => freeText.scrub(new Uint8Array(4 * 1024 * 1024 + 1)), {
    name: "FreeTextError",
    code: "too-long",
  });
});

for (const { name, text } of encodingsOf("anna@example.com")) {
  test(`an address is found in ${name}`, () => {
    const scrubbed = scrub(`by ${text} now`);
    assert.match(scrubbed, /^by .*user:7:[a-z2-7]{26}.* now$/);
    assert.ok(!scrubbed.includes(text));
  });
}

test("a card is found in base64 that has no small letter", () => {
  const text = Buffer.from("4458468189050394").toString("base64");
  assert.doesNotMatch(text, /[a-z]/);
  assert.match(scrub(`by ${text} now`), /^by card:7:[a-z2-7]{26}=* now$/);
});

test("bytes in base64 that are no text stay", () => {
  const text = Buffer.from([1, 200, ...Buffer.from("anna@example.com"), 0xff]).toString("base64");
  assert.equal(scrub(text), text);
});

const PERSONAL = [
  "anna@example.com",
  "sip:anna@pbx.example",
  "tel:+4930123456",
  "+49 30 123456789",
  "(602) 555-9781",
  "S-1-5-21-3623811015-3361044348-30300820-1013",
  "9d5e0f6a-86f1-41af-91ab-2d7cd011db47",
  "GB82 WEST 1234 5698 7654 32",
  "4111 1111 1111 1111",
  "203.0.113.7",
  "2001:db8::7f",
  "08:00:27:ab:cd:ef",
  "C:\\Users\\anna\\x",
  "/home/anna",
  "CONTOSO\\anna",
];
const GLUE = ["", " ", "@", ":", ".", "\\", "/", "-", "+", "(", "a", "1", "x", "phone ", "::", "%"];

test("scrubbing what was scrubbed changes nothing", () => {
  const pieces = fc.oneof(fc.constantFrom(...PERSONAL), fc.constantFrom(...GLUE), logText);
  const texts = fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      const once = scrub(text);
      assert.equal(scrub(once), once);
    }),
    { numRuns: 1_000 },
  );
});

test("no personal value survives between other words", () => {
  const words = fc.constantFrom(" ", ", ", " user ", "; ", "\n", " -> ");
  fc.assert(
    fc.property(fc.constantFrom(...PERSONAL), words, words, (value, before, after) => {
      const whole = scrub(`${before}${value}${after}`);
      const core = /anna|\d{2,}/i.exec(value)![0];
      const outside = whole.replaceAll(/[a-z]+:7:[a-z2-7]{26}/g, "");
      assert.ok(!outside.includes(core), whole);
    }),
  );
});

test("a value has its own token also when those before it were forgotten", () => {
  const values = Array.from({ length: 33_000 }, (_, i) => `n${i}@example.org`);
  const scrubbed = values.map((value) => scrub(`by ${value}`));
  assert.equal(new Set(scrubbed).size, values.length);
  for (const i of [0, 32_767, 32_768, 32_999]) {
    assert.equal(scrubbed[i], `by ${tokenOf("user", values[i]!)}`);
  }
});
