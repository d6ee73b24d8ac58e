import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  appendLeaf,
  consistencyProof,
  EMPTY_RANGE,
  inclusionProof,
  leafHash,
  rootOf,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
/** The entries of the test tree in certificate-transparency-go. */
const INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
  .concat("606162636465666768696a6b6c6d6e6f")
  .map((text) => leafHash(new Uint8Array(Buffer.from(text, "hex"))));
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const leavesOf = (n: number) =>
  Array.from({ length: n }, (_, i) => leafHash(new Uint8Array([i, i >> 8])));
const rangeOf = (leaves: readonly Uint8Array[]) => leaves.reduce(appendLeaf, EMPTY_RANGE);

test("rootOf() gives the roots that certificate transparency publishes", () => {
  assert.equal(
    hex(rootOf(EMPTY_RANGE)),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  ROOTS.forEach((root, i) => assert.equal(hex(rootOf(rangeOf(INPUTS.slice(0, i + 1)))), root));
});

test("appendLeaf() keeps one root for each bit of the size", () => {
  const range = rangeOf(leavesOf(11));
  assert.equal(range.roots.length, 3);
  assert.deepEqual(rootOf(range), subtreesOf(leavesOf(11))(0, 11));
});

const sizes = fc.integer({ min: 1, max: 70 });

test("verifyInclusion() accepts each leaf's proof and no other leaf, index, size or root", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, n, salt) => {
      const leaves = leavesOf(size);
      const index = n % size;
      const proof = inclusionProof(index, size, subtreesOf(leaves));
      const claim = { index, size, leaf: leaves[index]!, root: rootOf(rangeOf(leaves)) };
      assert.ok(verifyInclusion(claim, proof));
      assert.ok(
        !verifyInclusion({ ...claim, leaf: leafHash(new Uint8Array(1), claim.leaf) }, proof),
      );
      assert.ok(!verifyInclusion({ ...claim, root: claim.leaf.slice(1) }, proof));
      assert.ok(!verifyInclusion({ ...claim, index: size }, proof));
      const other = salt % size;
      if (other !== index) assert.ok(!verifyInclusion({ ...claim, index: other }, proof));
      assert.ok(!verifyInclusion(claim, [...proof, claim.leaf]));
      if (proof.length > 0) assert.ok(!verifyInclusion(claim, proof.slice(1)));
    }),
    { numRuns: 150 },
  );
});

test("verifyInclusion() refuses a proof that is longer than the tree is high", () => {
  const [leaf, extra] = leavesOf(2);
  const root = rootOf(rangeOf([extra!, leaf!]));
  assert.ok(!verifyInclusion({ index: 0, size: 1, leaf: leaf!, root }, [extra!]));
});

test("verifyConsistency() accepts each earlier size and no other root", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (size, n) => {
      const leaves = leavesOf(size);
      const before = 1 + n % size;
      const proof = consistencyProof(before, size, subtreesOf(leaves));
      const beforeRoot = rootOf(rangeOf(leaves.slice(0, before)));
      const claim = { before, beforeRoot, size, root: rootOf(rangeOf(leaves)) };
      assert.ok(verifyConsistency(claim, proof));
      const wrong = leafHash(beforeRoot);
      assert.ok(!verifyConsistency({ ...claim, beforeRoot: wrong }, proof));
      assert.ok(!verifyConsistency({ ...claim, root: wrong }, proof));
      assert.ok(!verifyConsistency(claim, [...proof, wrong]));
      if (proof.length > 0) assert.ok(!verifyConsistency(claim, proof.slice(1)));
    }),
    { numRuns: 150 },
  );
});

test("verifyConsistency() accepts the empty tree before every tree", () => {
  const beforeRoot = rootOf(EMPTY_RANGE);
  const claim = { before: 0, beforeRoot, size: 3, root: rootOf(rangeOf(leavesOf(3))) };
  assert.ok(verifyConsistency(claim, []));
  assert.ok(!verifyConsistency({ ...claim, beforeRoot: claim.root }, []));
});
