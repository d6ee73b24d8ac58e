import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import nacl from "tweetnacl";
import { boxer, BoxError, boxKeyId, boxKeysOf, isBoxFor, makeBoxKeys, openBox } from "./box.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const keys = makeBoxKeys(random);
const other = makeBoxKeys(random);

test("openBox() gives back what a boxer was given, each box with a nonce of its own", () => {
  const seal = boxer(keys.publicKey, random);
  const nonces = new Set<string>();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (plain) => {
      const bytes = seal(plain);
      assert.deepEqual(openBox(bytes, keys), plain);
      nonces.add(Buffer.from(bytes.subarray(45, 69)).toString("hex"));
    }),
    { numRuns: 20 },
  );
  assert.equal(nonces.size, 20);
});

test("openBox() refuses a box with any one bit flipped, and one that was cut", () => {
  const bytes = boxer(keys.publicKey, random)(Buffer.from("Ada Lovelace"));
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const wrong = new Uint8Array(bytes);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => openBox(wrong, keys), BoxError, `bit ${bit}`);
  }
  for (const length of [0, 4, 68, 84, bytes.length - 1]) {
    assert.throws(() => openBox(bytes.subarray(0, length), keys), BoxError);
  }
});

test("a box is for one key alone", () => {
  const bytes = boxer(keys.publicKey, random)(Buffer.from("Ada"));
  assert.throws(() => openBox(bytes, other), { code: "recipient" });
  assert.ok(isBoxFor(bytes, boxKeyId(keys.publicKey)));
  assert.ok(!isBoxFor(bytes, boxKeyId(other.publicKey)));
  const renamed = new Uint8Array(bytes);
  renamed.set(boxKeyId(other.publicKey), 5);
  assert.throws(() => openBox(renamed, other), { code: "seal" });
});

test("a box is NaCl's crypto_box behind its head", () => {
  const bytes = boxer(keys.publicKey, random)(Buffer.from("Ada"));
  const [sender, nonce, box] = [bytes.slice(13, 45), bytes.slice(45, 69), bytes.slice(69)];
  const plain = nacl.box.open(box, nonce, sender, keys.secret);
  assert.equal(Buffer.from(plain ?? []).toString(), "Ada");
});

for (
  const [name, key] of [
    ["zeros", new Uint8Array(32)],
    ["one", new Uint8Array(32).fill(1, 0, 1)],
  ] as const
) {
  test(`boxer() refuses a key of small order: ${name}`, () => {
    assert.throws(() => boxer(key, random), { code: "key" });
  });
}

test("keys of another length are refused", () => {
  assert.throws(() => boxKeysOf(new Uint8Array(31)), { code: "key" });
  assert.throws(() => boxer(new Uint8Array(33), random), { code: "key" });
});
