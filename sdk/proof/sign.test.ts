import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import nacl from "tweetnacl";
import { generateKeys, KeyError, keyId, publicKeyOf, signer, verifier } from "./sign.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 200 });

test("signer() gives the signature of RFC 8032 §7.1, test 2", () => {
  const secret = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const key = publicKeyOf(secret);
  assert.deepEqual(key, hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  const signature = signer(secret)(hex("72"));
  assert.deepEqual(
    signature,
    hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
  );
  assert.ok(verifier(key)(hex("72"), signature));
});

test("signer() and tweetnacl agree on every key and message", () => {
  fc.assert(
    fc.property(seed, message, (secret, bytes) => {
      const pair = nacl.sign.keyPair.fromSeed(secret);
      assert.deepEqual(publicKeyOf(secret), pair.publicKey);
      assert.deepEqual(signer(secret)(bytes), nacl.sign.detached(bytes, pair.secretKey));
    }),
    { numRuns: 10 },
  );
});

test("verifier() refuses a signature or message with any one bit flipped", () => {
  const { publicKey, privateKey } = generateKeys();
  const verify = verifier(publicKey);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(), (bytes, n) => {
      const signed = new Uint8Array([...bytes, ...signer(privateKey)(bytes)]);
      const bit = n % (signed.length * 8);
      signed[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(!verify(signed.subarray(0, bytes.length), signed.subarray(bytes.length)));
    }),
    { numRuns: 50 },
  );
});

test("verifier() refuses a signature whose S is one order too large", () => {
  const { publicKey, privateKey } = generateKeys();
  const bytes = new Uint8Array([1, 2, 3]);
  const signature = signer(privateKey)(bytes);
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  let s = order;
  for (let i = 0; i < 32; i++) s += BigInt(signature[32 + i]!) << BigInt(8 * i);
  for (let i = 0; i < 32; i++) signature[32 + i] = Number((s >> BigInt(8 * i)) & 0xffn);
  const claimed = new Uint8Array([...signature, ...bytes]);
  assert.ok(nacl.sign.open(claimed, publicKey) !== null, "tweetnacl alone would accept it");
  assert.ok(!verifier(publicKey)(bytes, signature));
});

test("verifier() refuses each key of small order and each y beyond the prime", () => {
  const keys = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ];
  for (const key of keys) {
    assert.throws(() => verifier(hex(key)), { name: "KeyError", code: "weak" });
  }
});

test("verifier() answers false, never throws, for any bytes", () => {
  const verify = verifier(generateKeys().publicKey);
  fc.assert(
    fc.property(message, fc.uint8Array({ maxLength: 80 }), (bytes, signature) => {
      assert.equal(verify(bytes, signature), false);
    }),
    { numRuns: 50 },
  );
});

test("verifier() of bytes that are no point refuses or answers false", () => {
  fc.assert(
    fc.property(seed, (key) => {
      try {
        assert.equal(verifier(key)(new Uint8Array(3), new Uint8Array(64).fill(7, 0, 32)), false);
      } catch (error) {
        assert.ok(error instanceof KeyError);
      }
    }),
    { numRuns: 50 },
  );
});

test("signer() and verifier() refuse keys of a wrong length", () => {
  assert.throws(() => signer(new Uint8Array(31)), { name: "KeyError", code: "length" });
  assert.throws(() => verifier(new Uint8Array(33)), { name: "KeyError", code: "length" });
});

test("keyId() is 8 bytes", () => assert.equal(keyId(generateKeys().publicKey).length, 8));
