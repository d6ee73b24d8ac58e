import assert from "node:assert/strict";
import test from "node:test";
import { foldMates, foldPoint, foldText } from "./fold.ts";

const LAST = 0x1ffff;

test("foldPoint() maps to what JavaScript's engine calls equal but for case", () => {
  for (let point = 0; point <= LAST; point++) {
    const folded = foldPoint(point);
    if (folded === point) continue;
    const pattern = new RegExp(`^\\u{${point.toString(16)}}$`, "iu");
    assert.match(String.fromCodePoint(folded), pattern, point.toString(16));
  }
});

test("foldPoint() maps what JavaScript's engine calls equal but for case to one", () => {
  for (let point = 0; point <= LAST; point++) {
    const char = String.fromCodePoint(point);
    for (const other of [char.toUpperCase(), char.toLowerCase()]) {
      if (other === char || Array.from(other).length > 1) continue;
      if (!new RegExp(`^\\u{${point.toString(16)}}$`, "iu").test(other)) continue;
      assert.equal(foldPoint(point), foldPoint(other.codePointAt(0)!), point.toString(16));
    }
  }
});

test("foldText() leaves what folds to several code points", () => {
  assert.equal(foldText("Straße İı K ſ ΌΣΟΣ"), "straße İı k s όσοσ");
});

test("foldMates() gives all that fold alike", () => {
  assert.deepEqual(foldMates(0x6b), [0x4b, 0x6b, 0x212a]);
  assert.deepEqual(new Set(foldMates(0xe9)), new Set([0xc9, 0xe9]));
  assert.deepEqual(foldMates(0x31), [0x31]);
});
