import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  cosign,
  isSignedBy,
  openCheckpoint,
  originOf,
  parseCheckpoint,
  signCheckpoint,
} from "./checkpoint.ts";
import { generateKeys, signer, verifier } from "./sign.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const origin = originOf(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
const expect = { origin, publicKey: keys.publicKey, verify: verifier(keys.publicKey) };
const heads = fc.record({
  origin: fc.constant(origin),
  size: fc.nat(),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
}, { noNullPrototype: true });

test("openCheckpoint() gives back what signCheckpoint() signed", () => {
  fc.assert(
    fc.property(heads, (head) => {
      const signed = signCheckpoint(head, keys.publicKey, sign);
      assert.deepEqual(openCheckpoint(signed.note, expect), signed);
      assert.deepEqual(parseCheckpoint(signed.note), { ...head, note: signed.note });
    }),
    { numRuns: 20 },
  );
});

test("openCheckpoint() refuses a note with any one character changed", () => {
  fc.assert(
    fc.property(heads, fc.nat(), fc.constantFrom("0", "A", "\n", " ", "\u2014"), (head, n, put) => {
      const { note } = signCheckpoint(head, keys.publicKey, sign);
      const at = n % note.length;
      fc.pre(note[at] !== put);
      const changed = note.slice(0, at) + put + note.slice(at + 1);
      assert.throws(() => openCheckpoint(changed, expect), { name: "CheckpointError" });
    }),
    { numRuns: 200 },
  );
});

test("openCheckpoint() accepts a note with a witness's signature, and that one verifies too", () => {
  const witness = generateKeys();
  const head = { origin, size: 5, root: new Uint8Array(32) };
  const key = { name: "witness.example/w1", publicKey: witness.publicKey };
  const note = cosign(
    signCheckpoint(head, keys.publicKey, sign).note,
    key,
    signer(witness.privateKey),
  );
  assert.equal(openCheckpoint(note, expect).size, 5);
  assert.ok(isSignedBy(note, key, verifier(witness.publicKey)));
  assert.ok(!isSignedBy(note, { ...key, name: origin }, verifier(witness.publicKey)));
});

test("openCheckpoint() refuses another log's note, however well signed", () => {
  const { note } = signCheckpoint(
    { origin: "custos/00", size: 1, root: new Uint8Array(32) },
    keys.publicKey,
    sign,
  );
  assert.throws(() => openCheckpoint(note, expect), { code: "origin" });
});

test("isSignedBy() finds the signature in the note that C2SP signed-note gives as its example", () => {
  // PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW of golang.org/x/mod/sumdb/note.
  const note = "If you think cryptography is the answer to your problem,\n" +
    "then you don't know what your problem is.\n\n" +
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const publicKey = new Uint8Array(
    Buffer.from("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "base64").subarray(1),
  );
  assert.ok(isSignedBy(note, { name: "PeterNeumann", publicKey }, verifier(publicKey)));
});
