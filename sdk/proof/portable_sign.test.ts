import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { portableVerifier } from "./portable_sign.ts";
import { generateKeys, signer, verifier, type Verify } from "./sign.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

/** Why a key is refused, or the verdict; a key that is no point may be refused or verify nothing. */
function verdict(open: (key: Uint8Array) => Verify, key: Uint8Array, signed: Signed) {
  try {
    return open(key)(signed.message, signed.signature);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    return code === "point" ? false : code;
  }
}

interface Signed {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

function same(key: Uint8Array, signed: Signed): unknown {
  const [ours, other] = [verifier, portableVerifier].map((open) => verdict(open, key, signed));
  assert.equal(other, ours);
  return ours;
}

/** The signature with `n` orders added to its S. */
function plusOrder(signature: Uint8Array, n: bigint): Uint8Array {
  let s = n * ORDER;
  for (let i = 0; i < 32; i++) s += BigInt(signature[32 + i]!) << BigInt(8 * i);
  const changed = signature.slice();
  for (let i = 0; i < 32; i++) changed[32 + i] = Number((s >> BigInt(8 * i)) & 0xffn);
  return changed;
}

test("portableVerifier() gives the verdict of verifier() on any signature and on changed ones", () => {
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ maxLength: 99 }), fc.nat(), (seed, message, n) => {
      const { publicKey, privateKey } = generateKeys(() => seed);
      const signature = signer(privateKey)(message);
      assert.equal(same(publicKey, { message, signature }), true);
      assert.equal(same(publicKey, { message, signature: plusOrder(signature, 1n) }), false);
      const flipped = signature.slice();
      flipped[(n >> 3) % 64]! ^= 1 << (n & 7);
      assert.equal(same(publicKey, { message, signature: flipped }), false);
      assert.equal(same(publicKey, { message, signature: signature.subarray(0, n % 64) }), false);
    }),
    { numRuns: 15 },
  );
});

test("portableVerifier() gives the verdict of verifier() on bytes that are no key or signature", () => {
  const any = fc.uint8Array({ minLength: 60, maxLength: 66 });
  fc.assert(
    fc.property(bytes32, any, (key, signature) => {
      assert.equal(same(key, { message: new Uint8Array(3), signature }), false);
    }),
    { numRuns: 20 },
  );
});

/** Encodings of points that implementations disagree about: small orders, y beyond the prime. */
const EDGES = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

for (const edge of EDGES) {
  test(`portableVerifier() refuses the point ${edge.slice(0, 8)}…${edge.slice(-2)} as verifier() does`, () => {
    const message = new Uint8Array([1]);
    const zeros = new Uint8Array(32);
    const { publicKey } = generateKeys();
    const signature = new Uint8Array([...hex(edge), ...zeros]);
    assert.equal(same(hex(edge), { message, signature }), "weak");
    assert.equal(same(publicKey, { message, signature }), false);
  });
}

test("portableVerifier() refuses keys of a wrong length", () => {
  const signed = { message: new Uint8Array(1), signature: new Uint8Array(64) };
  assert.equal(same(new Uint8Array(31), signed), "length");
});
