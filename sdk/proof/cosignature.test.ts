import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  CheckpointError,
  formatVerifierKey,
  NOTE_TYPE,
  openCheckpoint,
  parseVerifierKey,
  signCheckpoint,
} from "./checkpoint.ts";
import { cosignatureLine, cosignedAt } from "./cosignature.ts";
import { nativeProvider } from "./native_provider.ts";
import { generateKeys, signer, verifier } from "./sign.ts";
import { parseTrust } from "./trust.ts";
import { cosignedAt as judged, readNote } from "./verify_note.ts";
import { formatAddCheckpoint, parseAddCheckpoint, parseSize } from "./witness_request.ts";

const log = generateKeys((n) => new Uint8Array(n).fill(1));
const own = generateKeys((n) => new Uint8Array(n).fill(2));
const ORIGIN = "custos/0102030405060708";
const key = { name: "witness.example/w1", publicKey: own.publicKey };
const witness = { key, sign: signer(own.privateKey) };
const head = { origin: ORIGIN, size: 9, root: new Uint8Array(32).fill(3) };
const { note } = signCheckpoint(head, log.publicKey, signer(log.privateKey));
const TIME = 1_790_000_000;
const cosigned = note + cosignatureLine(note, witness, TIME);
const verify = verifier(own.publicKey);

test("a cosignature is found under its note, by this code and by the verifier's own", () => {
  assert.equal(cosignedAt(cosigned, key, verify), TIME);
  assert.equal(judged(readNote(cosigned)!, key, nativeProvider), TIME);
  assert.equal(cosignedAt(note, key, verify), undefined);
  const expect = { origin: ORIGIN, publicKey: log.publicKey, verify: verifier(log.publicKey) };
  assert.equal(openCheckpoint(cosigned, expect).size, 9);
});

test("the example of C2SP tlog-cosignature has the form that is read", () => {
  const example = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;
  assert.equal(readNote(example)?.signatures.length, 2);
  assert.equal(cosignedAt(example, key, verify), undefined);
});

test("no bit of a cosigned checkpoint can be changed unseen", () => {
  const bytes = new TextEncoder().encode(cosigned);
  const expect = { origin: ORIGIN, publicKey: log.publicKey, verify: verifier(log.publicKey) };
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const isTaken = (changed: Uint8Array): boolean => {
    try {
      const text = decoder.decode(changed);
      return openCheckpoint(text, expect).note !== "" &&
        cosignedAt(text, key, verify) !== undefined;
    } catch (error) {
      assert.ok(error instanceof CheckpointError || error instanceof TypeError, String(error));
      return false;
    }
  };
  assert.ok(isTaken(bytes));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = new Uint8Array(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.ok(!isTaken(changed), `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++) {
    assert.ok(!isTaken(bytes.subarray(0, length)), `length ${length}`);
  }
});

test("a verifier key has one spelling, and is the one of --witness-key", () => {
  for (const type of [NOTE_TYPE.ed25519, NOTE_TYPE.cosignature]) {
    const text = formatVerifierKey(key, type);
    assert.deepEqual(parseVerifierKey(text, type), key);
    assert.equal(parseVerifierKey(text.replace("+", "++"), type), undefined);
    assert.equal(parseVerifierKey(text.replace("w1", "w2"), type), undefined);
    assert.equal(parseVerifierKey(text.slice(0, -4), type), undefined);
    const { witnesses } = parseTrust(`witness ${text}`, nativeProvider.sha256);
    assert.deepEqual(witnesses, [key]);
  }
  const text = formatVerifierKey(key, NOTE_TYPE.ed25519);
  assert.equal(parseVerifierKey(text, NOTE_TYPE.cosignature), undefined);
});

test("parseAddCheckpoint() gives back what formatAddCheckpoint() was given", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), (oldSize, hashes) => {
      const request = { oldSize, hashes, note };
      assert.deepEqual(parseAddCheckpoint(formatAddCheckpoint(request)), request);
    }),
    { numRuns: 100 },
  );
});

test("parseAddCheckpoint() and parseSize() refuse every other spelling", () => {
  const good = formatAddCheckpoint({ oldSize: 5, hashes: [new Uint8Array(32)], note });
  const wrong = [
    good.replace("old 5", "old  5"),
    good.replace("old 5", "old 05"),
    good.replace("old 5", "old -5"),
    good.replace("old 5", "old 9007199254740993"),
    good.replace("AAAA=", "AAAB="),
    good.replace("AAAA=", "AAAA"),
    good.replace("old 5\n", ""),
    good.replace("old 5\n", "old 5\r\n"),
    good.replace("\n\n", "\n"),
    `\n${good}`,
  ];
  for (const text of wrong) assert.throws(() => parseAddCheckpoint(text), CheckpointError);
  for (const text of ["", "5", "05\n", "5\n\n", "-5\n", "5\r\n", "9007199254740993\n"]) {
    assert.equal(parseSize(text), undefined);
  }
  assert.deepEqual([parseSize("0\n"), parseSize("20852014\n")], [0, 20852014]);
});
