/**
 * A checkpoint and an inclusion proof of ours before sigstore's verifier, through its public door:
 * a signed message whose log entry is in a tree of ours. It takes entries of Rekor's form alone, so
 * the leaf is one of those; root, proof and note are made as the hub makes them. It knows no
 * consistency proof and no witness, and makes nothing that we could verify.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { toSignedEntity, toTrustMaterial, VerificationError, Verifier } from "@sigstore/verify";
import { fromBase64, signCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { inclusionProof, leafHash, subtreesOf } from "../../sdk/proof/merkle.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";

const ORIGIN = "custos/0102030405060708";
const SIZE = 300;
const INDEX = 270;
const hub = generateKeys();
/** Who signed the message: it knows of no Ed25519 there. */
const author = generateKeyPairSync("ec", { namedCurve: "P-256" });
const artifact = Buffer.from("what was signed");
const digest = createHash("sha256").update(artifact).digest();
const signature = sign("sha256", artifact, author.privateKey);
const body = Buffer.from(JSON.stringify({
  apiVersion: "0.0.1",
  kind: "hashedrekord",
  spec: {
    data: { hash: { algorithm: "sha256", value: digest.toString("hex") } },
    signature: { content: signature.toString("base64") },
  },
}));

function derOf(publicKey: Uint8Array): Buffer {
  const key = { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") };
  return createPublicKey({ key, format: "jwk" }).export({ format: "der", type: "spki" });
}

const leaves = Array.from({ length: SIZE }, (_, i) => leafHash(i === INDEX ? body : Buffer.of(i)));
const root = subtreesOf(leaves)(0, SIZE);
const head = { origin: ORIGIN, size: SIZE, root };
const { note } = signCheckpoint(head, hub.publicKey, signer(hub.privateKey));
const keyId = Buffer.from(fromBase64(note.trimEnd().split(" ").at(-1)!)!.subarray(0, 4));
const hashes = inclusionProof(INDEX, SIZE, subtreesOf(leaves)).map((hash) => Buffer.from(hash));

/** What sigstore says of our proof; undefined where it holds. */
function verdictOf(proof: {
  readonly index?: number;
  readonly envelope?: string;
  readonly hashes?: readonly Buffer[];
  readonly body?: Buffer;
}): string | undefined {
  const entry = {
    logIndex: String(proof.index ?? INDEX),
    logId: { keyId },
    kindVersion: { kind: "hashedrekord", version: "0.0.1" },
    integratedTime: "0",
    inclusionPromise: undefined,
    inclusionProof: {
      logIndex: String(proof.index ?? INDEX),
      rootHash: Buffer.from(root),
      treeSize: String(SIZE),
      hashes: proof.hashes ?? hashes,
      checkpoint: { envelope: proof.envelope ?? note },
    },
    canonicalizedBody: proof.body ?? body,
  };
  const bundle = {
    content: {
      $case: "messageSignature",
      messageSignature: { messageDigest: { algorithm: 1, digest }, signature },
    },
    verificationMaterial: {
      content: { $case: "publicKey", publicKey: { hint: "author" } },
      tlogEntries: [entry],
      timestampVerificationData: undefined,
    },
  };
  const log = {
    baseUrl: `https://${ORIGIN}`,
    logId: { keyId },
    publicKey: { rawBytes: derOf(hub.publicKey) },
  };
  const trusted = {
    tlogs: [log],
    ctlogs: [],
    certificateAuthorities: [],
    timestampAuthorities: [],
  };
  const keys = { author: { rawBytes: author.publicKey.export({ format: "der", type: "spki" }) } };
  // Its types are those of protobuf messages; these have the members that it reads.
  const material = toTrustMaterial(trusted as never, keys as never);
  try {
    new Verifier(material, { timestampThreshold: 0, ctlogThreshold: 0, tlogThreshold: 1 })
      .verify(toSignedEntity(bundle as never, artifact));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof VerificationError, String(error));
    return error.code;
  }
}

test("sigstore accepts our checkpoint and inclusion proof", () => {
  assert.equal(verdictOf({}), undefined);
});

test("sigstore refuses them with a bit changed, a hash too few, another place or size", () => {
  const proofs = hashes.map((hash, i) => {
    const other = Buffer.from(hash);
    other[i % 32]! ^= 1;
    return { hashes: hashes.with(i, other) };
  });
  const envelopes = [
    note.replace(`\n${SIZE}\n`, `\n${SIZE + 1}\n`),
    note.replace(ORIGIN, ORIGIN.replace("1", "2")),
    note.replace(/(.)=\n$/, (_, last) => last === "A" ? "E=\n" : "A=\n"),
  ].map((envelope) => ({ envelope }));
  const table = [...proofs, ...envelopes, { hashes: hashes.slice(1) }, { index: INDEX - 1 }];
  for (const [i, wrong] of table.entries()) {
    assert.equal(verdictOf(wrong), "TLOG_INCLUSION_PROOF_ERROR", `case ${i}`);
  }
});
