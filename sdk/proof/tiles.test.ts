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
  type SubtreeRoot,
  subtreesOf,
} from "./merkle.ts";
import {
  levelCount,
  parseTilePath,
  type ReadTile,
  TILE_WIDTH,
  tileConsistency,
  tileInclusion,
  tilePath,
  tileRange,
  tileRoot,
} from "./tiles.ts";

/** Enough for three levels. */
const LEAVES = Array.from(
  { length: 66_000 },
  (_, i) => leafHash(new Uint8Array([i, i >> 8, i >> 16])),
);
const known = new Map<string, Uint8Array>();
/** Large subtrees once: they are hashed leaf by leaf. */
const subtree: SubtreeRoot = (from, to) => {
  const key = `${from} ${to}`;
  const root = known.get(key) ?? subtreesOf(LEAVES)(from, to);
  if (to - from >= TILE_WIDTH) known.set(key, root);
  return root;
};
const span = (level: number) => TILE_WIDTH ** level;
/** The definition of C2SP tlog-tiles, in the words of RFC 6962. */
const read: ReadTile = ({ level, n, width }) =>
  Buffer.concat(Array.from({ length: width }, (_, i) => {
    const at = n * TILE_WIDTH + i;
    return subtree(at * span(level), (at + 1) * span(level));
  }));
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.integer({ min: 1, max: LEAVES.length }),
);

test("proofs from tiles are those of RFC 6962, at any size", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async (size, n) => {
      const at = n % size;
      assert.deepEqual(await tileInclusion(at, size, read), inclusionProof(at, size, subtree));
      const before = at + 1;
      const proof = await tileConsistency(before, size, read);
      assert.deepEqual(proof, consistencyProof(before, size, subtree));
    }),
    { numRuns: 12 },
  );
});

test("tileRoot() gives the root of any number of leaves", async () => {
  for (const size of [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 66_000]) {
    const root = size === 0 ? rootOf(EMPTY_RANGE) : subtree(0, size);
    assert.deepEqual(await tileRoot(size, read), root, String(size));
  }
});

test("a proof asks for hashes that the tree has, and for few tiles", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async (size, n) => {
      const tiles = new Set<string>();
      await tileInclusion(n % size, size, (at) => {
        assert.ok(at.n * TILE_WIDTH + at.width <= levelCount(size, at.level));
        tiles.add(`${at.level}/${at.n}`);
        return read(at);
      });
      assert.ok(tiles.size <= 6, `${tiles.size} tiles`);
    }),
    { numRuns: 12 },
  );
});

test("a tile of the wrong length gives no proof", async () => {
  for (const cut of [-32, -1, 1, 32]) {
    const wrong: ReadTile = async (at) => {
      const hashes = await read(at);
      return cut < 0 ? hashes.subarray(0, cut) : Buffer.concat([hashes, new Uint8Array(cut)]);
    };
    await assert.rejects(tileInclusion(3, 300, wrong), RangeError);
  }
});

test("tileRange() folds a full tile into one root", () => {
  const full = tileRange(Buffer.concat(LEAVES.slice(0, 256)));
  assert.deepEqual(full, { size: 256, roots: [subtree(0, 256)] });
  const part = LEAVES.slice(0, 11).reduce(appendLeaf, EMPTY_RANGE);
  assert.deepEqual(tileRange(Buffer.concat(LEAVES.slice(0, 11))), part);
});

test("tilePath() spells tiles as C2SP tlog-tiles does", () => {
  assert.equal(tilePath({ level: 0, n: 1_234_067, width: 256 }), "0/x001/x234/067");
  assert.equal(tilePath({ level: 1, n: 0, width: 17 }), "1/000.p/17");
  assert.equal(tilePath({ level: 63, n: 1000, width: 255 }), "63/x001/000.p/255");
  assert.throws(() => tilePath({ level: 0, n: -1, width: 256 }), RangeError);
  assert.throws(() => tilePath({ level: 0, n: 0, width: 0 }), RangeError);
});

test("parseTilePath() gives back what tilePath() was given", () => {
  const tiles = fc.record({
    level: fc.nat(63),
    n: fc.oneof(fc.nat(3000), fc.maxSafeNat()),
    width: fc.integer({ min: 1, max: 256 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(tiles, (at) => assert.deepEqual(parseTilePath(tilePath(at)), at)));
});

test("parseTilePath() takes no other spelling", () => {
  const wrong = [
    ..."|0|0/|/000|0/0|0/00|0/0000|00/000|01/000|64/000|-1/000|0/-01|0/+01|a/000|0/000/".split("|"),
    ..."0/x000/000|0/000/000|0/x001/x002|0/x001/2|0/X001/000|0/000.p|0/000.p/|0/000.p/0".split("|"),
    ..."0/000.p/01|0/000.p/256|0/000.p/1000|0/000.p/-1|0/000.p/1.5|0/000.p/1/|0/000.P/1".split("|"),
    ..."0/x999/x999/x999/x999/x999/999|../../ledger.key|0/%2e%2e/000|0/000\u0000|0/٠٠٠".split("|"),
    ..."0/000?|0/000.p/5 | 0/000|0/000\n|entries/000|0/x9007/x199/x254/x740/x992".split("|"),
  ];
  for (const path of wrong) assert.equal(parseTilePath(path), undefined, path);
  fc.assert(
    fc.property(fc.string(), (path) => {
      const at = parseTilePath(path);
      if (at !== undefined) assert.equal(tilePath(at), path);
    }),
  );
});
