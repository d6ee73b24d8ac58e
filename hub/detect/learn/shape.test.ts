import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Shape } from "./shape.ts";
import { seedOf, ShapeCache } from "./shape_cache.ts";
import { wordsOf } from "./template.ts";

const MOST = 4_096;

function shapeOf(message: string, shape = new Shape(MOST)): Shape {
  // What stands around it is no part of it.
  const bytes = Buffer.from(`7${message}8`);
  shape.take(bytes, 1, bytes.length - 1);
  return shape;
}

function wordsIn({ bytes, length }: Shape): readonly string[] {
  const text = Buffer.from(bytes.subarray(0, length)).toString("utf8");
  return text.replaceAll("\u0001", "<*>").split(" ").slice(0, -1);
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz";
const parts = fc.oneof(
  fc.constantFrom("a", "f", "x", "z", "0x", "1", "22", "cafe", "é", "€", "😀", "\u0000", "\u007f"),
  fc.constantFrom(" ", "\t", ":", "=", ",", ".", "/", "_", "-", "<", "*", ">", "<*>", "<*>:"),
  fc.constantFrom("user:1:", "ip:12:", `user:1:${BASE32}`, BASE32, "a2".repeat(13), `${BASE32}]`),
  fc.string({ maxLength: 4 }),
);

test("a shape has the words of its message", () => {
  const shape = new Shape(MOST);
  const messages = fc.array(parts, { maxLength: 40 }).map((all) => all.join(""));
  fc.assert(
    fc.property(messages, (message) => {
      assert.deepEqual(wordsIn(shapeOf(message, shape)), wordsOf(message));
    }),
    { numRuns: 3_000 },
  );
});

test("a shape has 64 words at most, and room for the densest message", () => {
  for (const unit of ["a ", ":", "1=", `user:1:${BASE32} `]) {
    const message = unit.repeat(Math.floor(MOST / unit.length));
    assert.deepEqual(wordsIn(shapeOf(message)), wordsOf(message));
  }
});

test("a shape cache tells apart entities and shapes, even those of one hash", () => {
  const cache = new ShapeCache<number>(10);
  const shape = shapeOf("open file 1");
  cache.set(shape, { entity: "a", seed: 5, value: 1 });
  assert.equal(cache.get(shapeOf("open file 22"), "a", 5), 1);
  assert.equal(cache.get(shape, "b", 5), undefined);
  // FNV-1a is no secret: whoever writes messages may choose what collides.
  const forged = shapeOf("shut file 1");
  forged.hash = (seed) => shape.hash(seed);
  assert.equal(cache.get(forged, "a", 5), undefined);
});

test("a shape cache is bounded", () => {
  const cache = new ShapeCache<number>(2);
  const [one, two, three] = ["one", "two", "three"].map((word) => shapeOf(word));
  for (const shape of [one!, two!, one!]) cache.set(shape, { entity: "", seed: 0, value: 1 });
  assert.equal(cache.get(two!, "", 0), 1);
  cache.set(three!, { entity: "", seed: 0, value: 3 });
  assert.deepEqual([one!, two!, three!].map((shape) => cache.get(shape, "", 0)), [
    undefined,
    undefined,
    3,
  ]);
});

test("seedOf() tells entities apart", () => {
  assert.notEqual(seedOf("sshd"), seedOf("cron"));
});
