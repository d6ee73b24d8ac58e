/**
 * Notes, proofs and tiles against an implementation that nobody here wrote, in both directions: the
 * checksum database's in Go (`golang.org/x/mod/sumdb`). Its `TileHashReader` takes no part: the
 * packaged version accepts a tile that was changed (CVE-2026-56865).
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as v from "valibot";
import {
  CheckpointError,
  fromBase64,
  openCheckpoint,
  signCheckpoint,
  toBase64,
} from "../../sdk/proof/checkpoint.ts";
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from "../../sdk/proof/merkle.ts";
import { generateKeys, signer, verifier } from "../../sdk/proof/sign.ts";
import {
  parseTilePath,
  tileConsistency,
  tileInclusion,
  tilePath,
  tileRoot,
} from "../../sdk/proof/tiles.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { parseTrust } from "../../sdk/proof/trust.ts";

const GOPATH = "/usr/share/gocode";
const isThere = existsSync(join(GOPATH, "src/golang.org/x/mod/sumdb/tlog")) &&
  spawnSync("go", ["version"]).status === 0;
const skip = isThere ? false : "not run: Go and golang.org/x/mod are not installed";

const hash = v.pipe(v.string(), v.transform((text) => fromBase64(text)!));
const Claim = v.object({
  Kind: v.string(),
  Proof: v.nullish(v.array(hash), []),
  T: v.number(),
  N: v.number(),
  Root: hash,
  Hash: hash,
});
const Output = v.object({
  Verdicts: v.nullable(v.array(v.string())),
  Paths: v.nullable(v.array(v.string())),
  Made: v.nullable(v.object({
    Note: v.string(),
    Key: v.string(),
    Leaves: v.array(hash),
    Claims: v.array(Claim),
    Tiles: v.record(v.string(), hash),
  })),
});

function go(input: object): v.InferOutput<typeof Output> {
  const program = join(import.meta.dirname, "tlog", "main.go");
  const { status, stdout, stderr } = spawnSync("go", ["run", program], {
    input: JSON.stringify(input),
    env: { ...process.env, GOPATH, GO111MODULE: "off", GOFLAGS: "" },
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr.toString());
  return v.parse(Output, JSON.parse(stdout.toString()));
}

const ORIGIN = "custos/0102030405060708";
const keys = generateKeys();
const leaves = Array.from({ length: 600 }, (_, i) => leafHash(new TextEncoder().encode(`e${i}`)));
const subtree = subtreesOf(leaves);
const rootAt = (size: number): Uint8Array => subtree(0, size);

/** As C2SP signed-note writes a key down. */
function verifierKey(name: string, publicKey: Uint8Array, note: string): string {
  const id = Buffer.from(note.trimEnd().split(" ").at(-1)!, "base64").subarray(0, 4);
  return `${name}+${id.toString("hex")}+${toBase64(Buffer.concat([Uint8Array.of(1), publicKey]))}`;
}

interface ClaimMade {
  readonly Kind: "record" | "tree";
  readonly Proof: readonly string[];
  readonly T: number;
  readonly N: number;
  readonly Root: string;
  readonly Hash: string;
}

function ourClaims(): ClaimMade[] {
  const sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 600];
  return sizes.flatMap((T) => {
    const Root = toBase64(rootAt(T));
    const places = new Set([0, 1, 254, 255, 256, 511, T - 2, T - 1].filter((n) => n >= 0 && n < T));
    const records = [...places].map((N): ClaimMade => ({
      Kind: "record",
      Proof: inclusionProof(N, T, subtree).map(toBase64),
      ...{ T, N, Root, Hash: toBase64(leaves[N]!) },
    }));
    const trees = sizes.filter((N) => N <= T).map((N): ClaimMade => ({
      Kind: "tree",
      Proof: consistencyProof(N, T, subtree).map(toBase64),
      ...{ T, N, Root, Hash: toBase64(rootAt(N)) },
    }));
    return [...records, ...trees];
  });
}

/** One bit of each thing that a claim is made of. */
function falsified(claim: ClaimMade): ClaimMade[] {
  const flip = (text: string): string => {
    const bytes = fromBase64(text)!;
    bytes[bytes.length >> 1]! ^= 16;
    return toBase64(bytes);
  };
  const proofs = claim.Proof.map((_, at) => ({
    ...claim,
    Proof: claim.Proof.map((text, i) => i === at ? flip(text) : text),
  }));
  const shorter = claim.Proof.length === 0 ? [] : [{ ...claim, Proof: claim.Proof.slice(1) }];
  const longer = { ...claim, Proof: [...claim.Proof, claim.Root] };
  return [...proofs, ...shorter, longer, { ...claim, Hash: flip(claim.Hash) }, {
    ...claim,
    Root: flip(claim.Root),
  }];
}

function weAccept(claim: v.InferOutput<typeof Claim>): boolean {
  const { T: size, N, Root: root, Hash, Proof } = claim;
  return claim.Kind === "record"
    ? verifyInclusion({ index: N, size, leaf: Hash, root }, Proof)
    : verifyConsistency({ before: N, beforeRoot: Hash, size, root }, Proof);
}

test("Go accepts our proofs and refuses each that was changed, and so do we", { skip }, () => {
  const good = ourClaims();
  const bad = good.flatMap(falsified);
  const { Verdicts } = go({ Check: [...good, ...bad] });
  assert.ok(good.length > 100 && bad.length > 1000);
  assert.deepEqual(Verdicts!.slice(0, good.length).filter((why) => why !== ""), []);
  assert.deepEqual(Verdicts!.slice(good.length).filter((why) => why === ""), []);
  const read = (claim: ClaimMade) => v.parse(Claim, claim);
  assert.ok(good.every((claim) => weAccept(read(claim))));
  assert.ok(!bad.some((claim) => weAccept(read(claim))));
});

test("Go opens our checkpoints, and none with a byte changed", { skip }, () => {
  const head = { origin: ORIGIN, size: 600, root: rootAt(600) };
  const { note } = signCheckpoint(head, keys.publicKey, signer(keys.privateKey));
  const Key = verifierKey(ORIGIN, keys.publicKey, note);
  const Text = note.slice(0, note.lastIndexOf("\n\n") + 1);
  const claim = { Kind: "note", Note: note, Key, Text };
  const changed = note.split("").map((character, i) => {
    // Go takes any value of the two bits that base64's last letter has to spare.
    const other = "ABCD".includes(character) ? "Q" : "A";
    return { ...claim, Note: `${note.slice(0, i)}${other}${note.slice(i + 1)}` };
  });
  const { Verdicts } = go({ Check: [claim, ...changed] });
  assert.equal(Verdicts![0], "");
  assert.deepEqual(Verdicts!.slice(1).filter((why) => why === ""), []);
});

test(
  "we open Go's note, accept its proofs, and make the same from its tiles",
  { skip },
  async () => {
    const { Made } = go({ Make: 600 });
    const { Note, Key, Leaves, Claims, Tiles } = Made!;
    const [trusted] = parseTrust(`hub ${Key}`, nativeProvider.sha256).hubs;
    const expect = { origin: "go.example/log", publicKey: trusted!, verify: verifier(trusted!) };
    const { size, root } = openCheckpoint(Note, expect);
    assert.deepEqual([size, root], [600, subtreesOf(Leaves.map((leaf) => leafHash(leaf)))(0, 600)]);
    assert.throws(
      () => openCheckpoint(Note.replace("\n600\n", "\n601\n"), expect),
      CheckpointError,
    );
    assert.equal(Claims.length, 17);
    assert.deepEqual(Claims.filter((claim) => !weAccept(claim)), []);
    const read = ({ level, n, width }: { level: number; n: number; width: number }) => {
      const entry = Object.entries(Tiles).find(([path]) => {
        const at = parseTilePath(path.replace(/^tile\/8\//, ""));
        return at?.level === level && at.n === n && at.width >= width;
      });
      return entry![1].subarray(0, width * 32);
    };
    assert.deepEqual(await tileRoot(600, read), root);
    for (const { Kind, N, Proof } of Claims) {
      const make = Kind === "record" ? tileInclusion : tileConsistency;
      assert.deepEqual(await make(N, 600, read), Proof);
    }
  },
);

test("we name tiles as Go does", { skip }, () => {
  const places = [0, 1, 999, 1000, 1001, 999_999, 1_000_000, 123_456_789].flatMap((n) =>
    [0, 1, 5].flatMap((level) => [1, 17, 255, 256].map((width) => ({ level, n, width })))
  );
  const { Paths } = go({ Paths: places.map(({ level, n, width }) => [level, n, width]) });
  assert.deepEqual(Paths, places.map((at) => `tile/8/${tilePath(at)}`));
});
