import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { stringsOf } from "../testkit/arbitraries.ts";
import { tokenJudge } from "./judge.ts";
import { base32, normalise, tokenMaker, tokenText } from "./token.ts";

const key = { epoch: 2, bytes: new Uint8Array(32).fill(9) };

function tokenOf(kind: string, value: string): Uint8Array {
  return tokenMaker(key, kind)(normalise(kind, Buffer.from(value)));
}

test("a token is the first 128 bits of HMAC-SHA-256 over label, kind and normalised value", () => {
  const expected = createHmac("sha256", key.bytes).update("custos/token/v1\0user\0anna@x.example")
    .digest().subarray(0, 16);
  assert.deepEqual([...tokenOf("user", " Anna@X.example")], [...expected]);
});

test("a judge that remembers gives what a fresh token is", () => {
  const remembering = tokenJudge(key, "user");
  const values = fc.array(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, (texts) => {
      const strings = stringsOf(texts);
      for (const [i, text] of texts.entries()) {
        const place = remembering.place(strings, i);
        const token = remembering.tokens.subarray(place * 16, place * 16 + 16);
        if (remembering.plain[place] === 1) assert.equal(text.trim(), "-");
        else assert.deepEqual([...token], [...tokenOf("user", text)]);
      }
    }),
    { numRuns: 50 },
  );
});

test("tokens differ by kind, by key and by value", () => {
  const other = tokenMaker({ epoch: 2, bytes: new Uint8Array(32).fill(8) }, "user");
  const target = other(Buffer.from("anna"));
  assert.notDeepEqual(tokenOf("user", "anna"), target);
  assert.notDeepEqual(tokenOf("user", "anna"), tokenOf("host", "anna"));
  assert.notDeepEqual(tokenOf("user", "anna"), tokenOf("user", "anne"));
});

const telephones = ["+49 (30) 123-456", "+4930123456", "+49 30 123.456"];
test("a telephone number is compared by its digits", () => {
  const [first, ...rest] = telephones.map((text) => tokenOf("tel", text));
  for (const token of rest) assert.deepEqual(token, first);
});

test("normalise() folds case and composes accents", () => {
  const composed = Buffer.from(normalise("user", Buffer.from("REN\u00c9E"))).toString();
  const decomposed = Buffer.from(normalise("user", Buffer.from("rene\u0301e"))).toString();
  assert.equal(composed, decomposed);
});

const vectors = [["", ""], ["f", "my"], ["foobar", "mzxw6ytboi"]] as const;
for (const [text, expected] of vectors) {
  test(`base32() gives "${expected}" for "${text}" (RFC 4648 section 10)`, () => {
    assert.equal(base32(Buffer.from(text)), expected);
  });
}

test("the text of a token is kind, epoch and 26 digits", () => {
  assert.match(tokenText("user", 2, tokenOf("user", "anna")), /^user:2:[a-z2-7]{26}$/);
});
