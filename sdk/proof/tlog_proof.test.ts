import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { CheckpointError, signCheckpoint } from "./checkpoint.ts";
import { leafHash } from "./merkle.ts";
import { generateKeys, signer } from "./sign.ts";
import { formatTlogProof, parseTlogProof } from "./tlog_proof.ts";

const keys = generateKeys();
const head = { origin: "custos/01", size: 9, root: leafHash() };
const { note } = signCheckpoint(head, keys.publicKey, signer(keys.privateKey));
const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 });
const proofs = fc.record({
  extra: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined }),
  index: fc.maxSafeNat(),
  hashes,
}, { noNullPrototype: true });

test("parseTlogProof() gives back what formatTlogProof() was given", () => {
  fc.assert(
    fc.property(proofs, ({ extra, index, hashes }) => {
      const proof = { ...(extra !== undefined && { extra }), index, hashes, checkpoint: note };
      assert.deepEqual(parseTlogProof(formatTlogProof(proof)), proof);
    }),
  );
});

test("formatTlogProof() writes the lines of C2SP tlog-proof", () => {
  const text = formatTlogProof({
    extra: new Uint8Array(3),
    index: 7,
    hashes: [],
    checkpoint: note,
  });
  assert.equal(text, `c2sp.org/tlog-proof@v1\nextra AAAA\nindex 7\n\n${note}`);
});

test("parseTlogProof() takes one spelling alone", () => {
  fc.assert(
    fc.property(proofs, fc.nat(), fc.nat(255), (parts, at, code) => {
      const text = formatTlogProof({ ...parts, checkpoint: note });
      const place = at % text.length;
      const changed = text.slice(0, place) + String.fromCodePoint(code) + text.slice(place + 1);
      try {
        assert.equal(formatTlogProof(parseTlogProof(changed)), changed);
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
      }
    }),
  );
});

test("parseTlogProof() refuses what is none", () => {
  const body = `c2sp.org/tlog-proof@v1\nindex 1\n\n${note}`;
  const wrong = [
    "",
    note,
    body.slice(1),
    body.replace("v1\n", "v2\n"),
    body.replace("index 1", "index 01"),
    body.replace("index 1", "index -1"),
    body.replace("index 1", "index 9007199254740993"),
    body.replace("index 1\n", ""),
    body.replace("index 1\n", "index 1\nAAAA\n"),
    body.replace("index 1\n", "extra AA\nindex 1\n"),
    body.replace("index 1\n", "extra AAAA\nextra AAAA\nindex 1\n"),
    body.replace("index 1\n", `index 1\n${`${Buffer.alloc(32).toString("base64")}\n`.repeat(64)}`),
    body.slice(0, -100),
    body + "x".repeat(200_000),
  ];
  for (const text of wrong) {
    assert.throws(() => parseTlogProof(text), { code: "format" }, text.slice(0, 80));
  }
});
