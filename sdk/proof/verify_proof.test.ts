import assert from "node:assert/strict";
import { test } from "node:test";
import { signCheckpoint } from "./checkpoint.ts";
import { cosignatureLine } from "./cosignature.ts";
import { inclusionProof, leafHash, subtreesOf } from "./merkle.ts";
import { nativeProvider } from "./native_provider.ts";
import { portableProvider } from "./portable_provider.ts";
import { generateKeys, signer } from "./sign.ts";
import { formatTlogProof } from "./tlog_proof.ts";
import { verifyProof } from "./verify_proof.ts";
import type { Trust } from "./verify_head.ts";

const hub = generateKeys();
const witness = generateKeys();
const key = { name: "witness.example/w1", publicKey: witness.publicKey };
const extra = new Uint8Array(42).fill(6);
const entry = new TextEncoder().encode("a frame");
const INDEX = 4;
const leaves = Array.from(
  { length: 7 },
  (_, i) => i === INDEX ? leafHash(extra, entry) : leafHash(Uint8Array.of(i)),
);
const head = { origin: "custos/0102030405060708", size: 7, root: subtreesOf(leaves)(0, 7) };
const { note } = signCheckpoint(head, hub.publicKey, signer(hub.privateKey));
const line = cosignatureLine(note, { key, sign: signer(witness.privateKey) }, 1_790_000_000);
const hashes = inclusionProof(INDEX, 7, subtreesOf(leaves));
const good = formatTlogProof({ extra, index: INDEX, hashes, checkpoint: note + line });
const TRUST: Trust = { hubs: [hub.publicKey], witnesses: [key], agents: [] };

const brokenOf = (text: string, what = entry, trust = TRUST) => {
  const { broken } = verifyProof(text, what, { provider: nativeProvider, trust });
  return broken && `${broken.link} ${broken.code}`;
};

test("verifyProof() accepts an entry that is in the tree, signed and cosigned", () => {
  for (const provider of [nativeProvider, portableProvider]) {
    const verdict = verifyProof(good, entry, { provider, trust: TRUST });
    assert.equal(verdict.broken, undefined);
    assert.equal(verdict.entries, 1);
    assert.deepEqual(verdict.witnesses, [
      { name: key.name, time: 1_790_000_000, isTrusted: true },
    ]);
    assert.equal(verdict.log?.size, 7);
  }
});

test("verifyProof() names the link that does not hold", () => {
  const stranger = generateKeys().publicKey;
  const other = { name: "witness.example/w2", publicKey: stranger };
  const table: readonly [string | undefined, string][] = [
    [brokenOf(good, new TextEncoder().encode("another")), "leaf proof"],
    [brokenOf(good.replace("index 4", "index 5")), "leaf proof"],
    [brokenOf(good.replace("index 4", "index 7")), "leaf proof"],
    [brokenOf(good, entry, { ...TRUST, hubs: [stranger] }), "checkpoint key"],
    [brokenOf(good, entry, { ...TRUST, hubs: [] }), "checkpoint key"],
    [brokenOf(good, entry, { ...TRUST, witnesses: [other] }), "witness missing"],
    [brokenOf(good.replace(line, "")), "witness missing"],
    [brokenOf(good.replace("@v1", "@v2")), "bundle format"],
    [brokenOf(good.replace("index 4", "index 04")), "bundle format"],
    [brokenOf(good.replace("\n\n", "\n")), "bundle format"],
    [brokenOf(good.replace("extra ", "extra  ")), "bundle format"],
    [brokenOf(good.replace("\n\n", "\n\n\n")), "checkpoint format"],
  ];
  for (const [i, [found, expected]] of table.entries()) assert.equal(found, expected, `case ${i}`);
});

test("verifyProof() finds every bit and every length", () => {
  const bytes = new TextEncoder().encode(good);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = new Uint8Array(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.ok(brokenOf(new TextDecoder().decode(changed)), `bit ${bit}`);
  }
  for (let length = 0; length < good.length; length++) {
    assert.ok(brokenOf(good.slice(0, length)), `length ${length}`);
  }
});
