import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generalise, likest, wordsOf } from "./template.ts";
import { Templates } from "./templates.ts";

for (
  const [message, words] of [
    ["", []],
    ["  two   words ", ["two", "words"]],
    ["port 22 and 0x7fff12", ["port", "<*>", "and", "<*>"]],
    ["from 10.0.0.1:443", ["from", "<*>:", "<*>"]],
    ["at 2026-08-01 (took 1.5s)", ["at", "<*>", "(took", "<*>s)"]],
    ["uid=0 user=root", ["uid=", "<*>", "user=", "root"]],
    ["id deadbeef1 cafe", ["id", "<*>", "cafe"]],
    ["for user:1:abcdefghijklmnopqrstuvwxyz from", ["for", "<*>", "from"]],
    ["ssh2 v10rc", ["ssh<*>", "v<*>rc"]],
  ] as const
) {
  test(`wordsOf() takes "${message}" for ${words.length} words`, () => {
    assert.deepEqual(wordsOf(message), words);
  });
}

test("wordsOf() takes time in proportion to the message, and 64 words of it", () => {
  for (
    const message of [
      "1".repeat(1e6),
      "a".repeat(1e6),
      "a1".repeat(5e5),
      "1.".repeat(5e5),
      "a:1:".repeat(2e5),
    ]
  ) {
    assert.ok(wordsOf(message).length <= 64);
  }
  assert.equal(wordsOf("a ".repeat(1_000)).length, 64);
});

test("likest() finds the template with the fewest other words, of at most a quarter", () => {
  const words = ["a", "b", "c", "d"];
  const none = ["a", "b", "x", "y"];
  const one = ["a", "b", "c", "x"];
  assert.equal(likest([], words), -1);
  assert.equal(likest([none], words), -1);
  assert.equal(likest([none, one], words), 1);
  assert.equal(likest([one, words, one], words), 1);
  assert.equal(likest([["<*>"]], ["<*>"]), 0);
});

test("generalise() makes parameters of what differs, and says whether it did", () => {
  const template = ["a", "b", "c"];
  assert.equal(generalise(template, ["a", "x", "c"]), true);
  assert.deepEqual(template, ["a", "<*>", "c"]);
  assert.equal(generalise(template, ["a", "y", "c"]), false);
});

test("Templates finds a message that it has taken, whatever came between", () => {
  const message = fc.array(fc.constantFrom("open", "close", "1", "2", "file", "by", "user"), {
    maxLength: 6,
  });
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 40 }), (all) => {
    const templates = new Templates(1_000);
    for (const words of all) templates.take("e", wordsOf(words.join(" ")), 0);
    for (const words of all) {
      assert.equal(templates.take("e", wordsOf(words.join(" ")), 0).isNew, false);
    }
  }));
});

test("Templates keeps each entity's own, and forgets the one not seen for longest", () => {
  const templates = new Templates(2);
  const take = (entity: string, message: string, ms: number) => {
    const { number, isNew, forgotten } = templates.take(entity, wordsOf(message), ms);
    return [number, isNew, forgotten];
  };
  assert.deepEqual(take("a", "hello", 0), [0, true, 0]);
  assert.deepEqual(take("b", "hello", 0), [1, true, 0]);
  assert.deepEqual(take("a", "hello", 3_600_000), [0, false, 0]);
  assert.deepEqual(take("a", "good bye", 3_600_000), [2, true, 1]);
  assert.deepEqual(take("a", "hello", 3_600_000), [0, false, 0]);
  assert.deepEqual(take("b", "hello", 3_600_000), [3, true, 1]);
});

test("Templates compares a message with at most 500 of its length", () => {
  const templates = new Templates(20_000);
  const word = (i: number) => i.toString(2).replaceAll("0", "o").replaceAll("1", "l");
  const taken = Array.from({ length: 502 }, (_, i) => templates.take("a", [word(i)], 0));
  assert.deepEqual(taken.map(({ forgotten }) => forgotten).slice(-3), [0, 1, 1]);
  assert.equal(templates.take("a", [word(2)], 0).isNew, false);
  assert.equal(templates.take("a", [word(0)], 0).isNew, true);
});

test("Templates takes the same template of two as like after it was saved and loaded", () => {
  const before = new Templates(9);
  before.take("e", ["a", "b", "c", "d"], 0);
  before.take("e", ["x", "b", "c", "y"], 0);
  before.take("e", ["a", "b", "c", "d"], 3_600_000);
  const after = new Templates(9);
  after.load(before.save());
  for (const templates of [before, after]) {
    assert.equal(templates.take("e", ["a", "b", "c", "y"], 3_600_000).number, 0);
  }
});
