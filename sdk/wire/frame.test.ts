import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { keyId, publicKeyOf, signer, verifier } from "../proof/sign.ts";
import { columnBatches } from "../testkit/arbitraries.ts";
import { BodyEncoder } from "./body.ts";
import {
  decodeBody,
  FrameError,
  type FrameFields,
  frameHash,
  HEADER_BYTES,
  packBody,
  parseHeader,
  sealFrame,
  verifyFrame,
} from "./frame.ts";

const seed = new Uint8Array(32).fill(7);
const sign = signer(seed);
const verify = verifier(publicKeyOf(seed));
const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

const fields: FrameFields = {
  kind: "events",
  groupLast: true,
  agent: bytes(16, 1),
  boot: bytes(16, 2),
  stream: bytes(8, 3),
  epoch: 4,
  seq: 5,
  groupIndex: 0,
  dictionarySeq: 5,
  rows: 0,
  schema: bytes(32, 6),
  firstTime: 17_000_000_000_000_000n,
  lastTime: 17_000_000_000_000_001n,
  sealedAt: -1n,
  monotonic: 9n,
  previous: bytes(32, 10),
  rowRoot: bytes(32, 0),
  logId: bytes(8, 11),
  logSize: 12,
  logRoot: bytes(32, 13),
  policy: bytes(32, 14),
  keyId: keyId(publicKeyOf(seed)),
};

const frames = columnBatches.map((batch) => {
  const body = packBody(new BodyEncoder().encode({ batch, cursor: undefined }));
  return sealFrame({ ...fields, rows: batch.rows }, body, sign);
});

test("a sealed frame is verified, decoded, and has the fields it was sealed with", () => {
  fc.assert(
    fc.property(frames, (frame) => {
      const header = parseHeader(frame);
      verifyFrame(frame, header, verify);
      assert.equal(decodeBody(frame, header).batch.rows, header.rows);
      for (const [name, value] of Object.entries(fields)) {
        if (name === "rows") continue;
        const actual: unknown = header[name as keyof FrameFields];
        if (value instanceof Uint8Array) assert.deepEqual([...(actual as Uint8Array)], [...value]);
        else assert.equal(actual, value, name);
      }
    }),
    { numRuns: 50 },
  );
});

test("a frame with any one bit flipped is refused", () => {
  fc.assert(
    fc.property(frames, fc.nat(), (frame, n) => {
      const broken = frame.slice();
      const bit = n % (broken.length * 8);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => verifyFrame(broken, parseHeader(broken), verify), FrameError);
    }),
    { numRuns: 300 },
  );
});

test("a frame cut at any byte is refused as too short", () => {
  fc.assert(
    fc.property(frames, fc.nat(), (frame, n) => {
      const cut = frame.subarray(0, n % frame.length);
      assert.throws(() => parseHeader(cut), { code: "length" });
    }),
    { numRuns: 100 },
  );
});

test("parseHeader() refuses bytes after the body", () => {
  const frame = sealFrame(fields, packBody(bytes(10, 1)), sign);
  assert.throws(() => parseHeader(Buffer.concat([frame, bytes(1, 0)])), { code: "length" });
});

const outOfBounds: readonly (readonly [string, Partial<FrameFields>])[] = [
  ["rows", { rows: 65_537 }],
  ["dictionary start after seq", { dictionarySeq: 6 }],
  ["dictionary start too far back", { seq: 100, dictionarySeq: 35 }],
  ["times", { firstTime: 2n, lastTime: 1n }],
];
for (const [what, change] of outOfBounds) {
  test(`parseHeader() refuses a header whose ${what} are out of bounds`, () => {
    const frame = sealFrame({ ...fields, ...change }, packBody(bytes(10, 1)), sign);
    assert.throws(() => parseHeader(frame), { code: "field" });
  });
}

test("a body that decompresses to more than it declares is refused, not held", () => {
  const bomb = packBody(new Uint8Array(16 * 1024 * 1024));
  const frame = sealFrame(fields, { ...bomb, rawBytes: 1024 }, sign);
  assert.throws(() => decodeBody(frame, parseHeader(frame)), { code: "body" });
});

test("a body that decompresses to less than it declares is refused", () => {
  const short = packBody(bytes(1000, 1));
  const frame = sealFrame(fields, { ...short, rawBytes: 1001 }, sign);
  assert.throws(() => decodeBody(frame, parseHeader(frame)), { code: "body" });
});

test("a body that is too small to be compressed is a copy: the encoder's buffer is used again", () => {
  const encoder = new BodyEncoder();
  const empty = { table: "T", rows: 0, columns: [] };
  const first = packBody(encoder.encode({ batch: empty, cursor: bytes(20, 1) }));
  encoder.encode({ batch: { ...empty, table: "Other" }, cursor: bytes(20, 2) });
  const frame = sealFrame(fields, first, sign);
  verifyFrame(frame, parseHeader(frame), verify);
  assert.equal(decodeBody(frame, parseHeader(frame)).batch.table, "T");
});

test("frameHash() covers the signature and nothing of the body but through the header", () => {
  const frame = sealFrame(fields, packBody(bytes(10, 1)), sign);
  const hash = frameHash(frame);
  const other = frame.slice();
  other[HEADER_BYTES - 1]! ^= 1;
  assert.notDeepEqual(frameHash(other), hash);
  const body = frame.slice();
  body[HEADER_BYTES]! ^= 1;
  assert.deepEqual(frameHash(body), hash);
});
