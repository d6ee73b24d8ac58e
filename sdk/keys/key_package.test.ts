import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { generateKeys, signer } from "../proof/sign.ts";
import { agentIdOf } from "../wire/enroll.ts";
import { boxKeyDigest, isOwnBoxKey } from "./agent_key.ts";
import { makeBoxKeys } from "./box.ts";
import {
  epochAt,
  type EpochKey,
  MOST_PACKAGE_BYTES,
  openPackage,
  type PackageError,
  readPackage,
  sealPackage,
} from "./key_package.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const holder = generateKeys();
const sign = signer(holder.privateKey);
const box = makeBoxKeys(random);
const reveal = makeBoxKeys(random).publicKey;
const agent = "00112233445566778899aabbccddeeff";
const head = { agent, serial: 7, holder: holder.publicKey, reveal };
const expected = { holder: holder.publicKey, agent, box };
const keysOf = (count: number): EpochKey[] =>
  Array.from({ length: count }, (_, i) => ({
    epoch: i + 1,
    from: i * 1000,
    until: (i + 2) * 1000,
    bytes: random(32),
  }));
const seal = (keys: readonly EpochKey[]) =>
  sealPackage(head, keys, { to: box.publicKey, sign, random });

test("openPackage() gives back what sealPackage() was given", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32 }), (count) => {
      const keys = keysOf(count);
      const bytes = seal(keys);
      assert.ok(bytes.length <= MOST_PACKAGE_BYTES);
      assert.deepEqual(openPackage(bytes, expected).keys, keys);
      assert.deepEqual(
        readPackage(bytes).epochs,
        keys.map(({ epoch, from, until }) => ({ epoch, from, until })),
      );
      assert.equal(readPackage(bytes).serial, 7);
    }),
    { numRuns: 8 },
  );
});

test("openPackage() refuses a package with any one bit flipped", () => {
  const bytes = seal(keysOf(2));
  for (let bit = 0; bit < bytes.length * 8; bit += 7) {
    const wrong = new Uint8Array(bytes);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => openPackage(wrong, expected), { name: "PackageError" }, `bit ${bit}`);
  }
});

test("openPackage() refuses a package that was cut or has more", () => {
  const bytes = seal(keysOf(1));
  for (const wrong of [bytes.subarray(0, 93), bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
    assert.throws(() => openPackage(wrong, expected), { code: "form" });
  }
});

const REFUSED: readonly (readonly [PackageError["code"], object])[] = [
  ["holder", { holder: generateKeys().publicKey }],
  ["agent", { agent: "ff".repeat(16) }],
  ["box", { box: makeBoxKeys(random) }],
];
for (const [code, other] of REFUSED) {
  test(`openPackage() refuses with "${code}" what is of another`, () => {
    assert.throws(() => openPackage(seal(keysOf(1)), { ...expected, ...other }), { code });
  });
}

test("openPackage() refuses a package that another has signed in the holder's name", () => {
  const forged = sealPackage(head, keysOf(1), {
    to: box.publicKey,
    sign: signer(generateKeys().privateKey),
    random,
  });
  assert.throws(() => openPackage(forged, expected), { code: "signature" });
});

test("epochs must ascend, so that none has two keys", () => {
  const [one] = keysOf(1);
  assert.throws(() => openPackage(seal([one!, one!]), expected), { code: "form" });
});

test("epochAt() gives the last epoch whose time has come", () => {
  const keys = keysOf(3);
  const at = (now: number) => epochAt(keys, now)?.epoch;
  assert.deepEqual([-1, 0, 999, 1000, 1999, 2000, 1e9].map(at), [1, 1, 1, 2, 2, 3, 3]);
});

test("a box key is an agent's own only with the signature of the key that its id is of", () => {
  const identity = generateKeys();
  const id = agentIdOf(identity.publicKey);
  const raw = new Uint8Array(Buffer.from(id, "hex"));
  const own = {
    key: box.publicKey,
    signature: signer(identity.privateKey)(boxKeyDigest(raw, box.publicKey)),
  };
  assert.ok(isOwnBoxKey(id, identity.publicKey, own));
  assert.ok(!isOwnBoxKey(id, identity.publicKey, { ...own, key: makeBoxKeys(random).publicKey }));
  assert.ok(!isOwnBoxKey(agent, identity.publicKey, own));
  // A hub that makes up an agent's key cannot keep its id.
  const liar = generateKeys();
  const made = signer(liar.privateKey)(boxKeyDigest(raw, box.publicKey));
  assert.ok(!isOwnBoxKey(id, liar.publicKey, { key: box.publicKey, signature: made }));
});
