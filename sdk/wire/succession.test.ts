import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { generateKeys, type Keys, signer } from "../proof/sign.ts";
import {
  encodeStatement,
  enrolled,
  isSealedBefore,
  parseStatement,
  type SealedHead,
  type Succession,
  SuccessionError,
  verifyStatement,
  verifySuccession,
} from "./succession.ts";

const keysOf = (n: number): Keys => generateKeys((size) => new Uint8Array(size).fill(n * 37 + 1));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

const head = fc.record({
  stream: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  epoch: fc.nat({ max: 5 }),
  next: fc.oneof(fc.nat({ max: 3 }), fc.maxSafeInteger().map(Math.abs)),
  tail: hash,
}, { noNullPrototype: true }).map((drawn): SealedHead =>
  drawn.next === 0 ? { ...drawn, tail: new Uint8Array(32) } : drawn
);
const heads = fc.uniqueArray(head, {
  maxLength: 6,
  selector: ({ stream, epoch }) => `${Buffer.from(stream).toString("hex")}/${epoch}`,
});
const said = fc.record({
  time: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  heads,
}, { noNullPrototype: true });
const chains = fc.array(said, { minLength: 1, maxLength: 5 });

type Said = { readonly time: bigint; readonly heads: readonly SealedHead[] };

function chainOf(all: readonly Said[]): readonly Uint8Array[] {
  let before: Succession = enrolled(keysOf(0).publicKey);
  return all.map((fields, i) => {
    const { publicKey } = keysOf(i + 1);
    const bytes = encodeStatement(before, { ...fields, publicKey }, signer(keysOf(i).privateKey));
    before = verifyStatement(bytes, before).after;
    return bytes;
  });
}

const one = (fields: Said): Uint8Array => chainOf([fields])[0]!;
const start = enrolled(keysOf(0).publicKey);
const code = (expected: SuccessionError["code"]) => ({ name: "SuccessionError", code: expected });

test("a succession gives back what it was made of, heads in the order of stream and epoch", () => {
  fc.assert(
    fc.property(chains, (all) => {
      const read = verifySuccession(chainOf(all), keysOf(0).publicKey);
      assert.deepEqual(read.map(({ number }) => number), all.map((_, i) => i + 1));
      for (const [i, statement] of read.entries()) {
        assert.equal(statement.time, all[i]!.time);
        assert.deepEqual(new Uint8Array(statement.publicKey), keysOf(i + 1).publicKey);
        const plain = statement.heads.map((of) => ({
          ...of,
          stream: new Uint8Array(of.stream),
          tail: new Uint8Array(of.tail),
        }));
        const sorted = all[i]!.heads.toSorted((a, b) =>
          Buffer.compare(a.stream, b.stream) || a.epoch - b.epoch
        );
        assert.deepEqual(plain, sorted);
      }
    }),
    { numRuns: 30 },
  );
});

test("verifyStatement() refuses a statement with any one bit flipped", () => {
  const bytes = one({
    time: 17n,
    heads: [{
      stream: new Uint8Array(8).fill(3),
      epoch: 2,
      next: 9,
      tail: new Uint8Array(32).fill(4),
    }],
  });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = new Uint8Array(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => verifyStatement(flipped, start), SuccessionError, `bit ${bit}`);
  }
});

test("verifyStatement() refuses every truncation, and a byte more", () => {
  fc.assert(
    fc.property(said, (fields) => {
      const bytes = one(fields);
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => verifyStatement(bytes.subarray(0, length), start), SuccessionError);
      }
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      assert.throws(() => verifyStatement(longer, start), code("length"));
    }),
    { numRuns: 10 },
  );
});

test("parseStatement() refuses random bytes without any other error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (random, isMagic) => {
    const bytes = new Uint8Array(random);
    if (isMagic) bytes.set([0x43, 0x55, 0x53, 0x4b, 1, 0, 0, 0].slice(0, bytes.length));
    try {
      parseStatement(bytes);
    } catch (error) {
      assert.ok(error instanceof SuccessionError);
    }
  }));
});

test("a succession with a statement left out, twice, or in another order is refused", () => {
  const chain = chainOf([1n, 2n, 3n, 4n].map((time) => ({ time, heads: [] })));
  const publicKey = keysOf(0).publicKey;
  const [a, b, c, d] = chain as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  assert.throws(() => verifySuccession([a, c, d], publicKey), code("number"));
  assert.throws(() => verifySuccession([b], publicKey), code("number"));
  assert.throws(() => verifySuccession([a, a], publicKey), code("number"));
  assert.throws(() => verifySuccession([a, c, b], publicKey), code("number"));
});

test("a statement is refused for another agent, another history, another key", () => {
  const fields = { time: 1n, heads: [], publicKey: keysOf(1).publicKey };
  const sign = signer(keysOf(0).privateKey);
  const bytes = encodeStatement(start, fields, sign);
  const { after } = verifyStatement(bytes, start);
  const other = enrolled(keysOf(5).publicKey);
  assert.throws(() => verifyStatement(bytes, other), code("agent"));
  const second = { ...fields, publicKey: keysOf(2).publicKey };
  // By the enrolled key where key 1 is in force: what root could do who has kept agent.key alone.
  assert.throws(
    () => verifyStatement(encodeStatement(after, second, sign), after),
    code("signature"),
  );
  const forked = encodeStatement(
    { ...after, hash: new Uint8Array(32).fill(1) },
    second,
    signer(keysOf(1).privateKey),
  );
  assert.throws(() => verifyStatement(forked, after), code("previous"));
});

test("a statement that names a key of small order is refused", () => {
  const publicKey = new Uint8Array(32);
  publicKey[0] = 1;
  const bytes = encodeStatement(
    start,
    { time: 1n, heads: [], publicKey },
    signer(keysOf(0).privateKey),
  );
  assert.throws(() => verifyStatement(bytes, start), code("key"));
});

test("heads that are out of order, double, or a tail without a frame are refused", () => {
  const of = (stream: number, epoch: number, tail = 1): SealedHead => ({
    stream: new Uint8Array(8).fill(stream),
    epoch,
    next: tail,
    tail: new Uint8Array(32).fill(tail),
  });
  const bytes = one({ time: 1n, heads: [of(1, 1), of(1, 2)] });
  const first = bytes.slice(108, 160);
  const swapped = new Uint8Array(bytes);
  swapped.copyWithin(108, 160, 212);
  assert.throws(() => parseStatement(swapped), code("field"));
  swapped.set(first, 160);
  assert.throws(() => parseStatement(swapped), code("field"));
  const tailed = one({ time: 1n, heads: [of(1, 1, 0)] });
  tailed[108 + 20] = 1;
  assert.throws(() => parseStatement(tailed), code("field"));
});

test("isSealedBefore() tells by the heads: below next, or of an epoch that was over", () => {
  const stream = new Uint8Array(8).fill(1);
  const tail = new Uint8Array(32).fill(1);
  const heads = [{ stream, epoch: 3, next: 5, tail }, { stream, epoch: 4, next: 2, tail }];
  const statement = parseStatement(one({ time: 1n, heads }));
  const before = (epoch: number, seq: number) => isSealedBefore(statement, { stream, epoch, seq });
  assert.deepEqual([before(3, 4), before(4, 1), before(2, 900)], [true, true, true]);
  assert.deepEqual([before(3, 5), before(4, 2), before(5, 0)], [false, false, false]);
  const elsewhere = { stream: new Uint8Array(8).fill(2), epoch: 0, seq: 0 };
  assert.equal(isSealedBefore(statement, elsewhere), false);
});
