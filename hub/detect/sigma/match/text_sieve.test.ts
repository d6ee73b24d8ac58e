import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Strings } from "../../../../sdk/columns/column.ts";
import { foldText } from "../regex/fold.ts";
import { textSieve } from "./text_sieve.ts";

function stringsOf(values: readonly string[]): Strings {
  const parts = values.map((value) => Buffer.from(value));
  let end = 0;
  const ends = Uint32Array.from(parts, ({ length }) => end += length);
  return { bytes: new Uint8Array(Buffer.concat(parts)), ends };
}

function passing(texts: readonly string[], values: readonly string[]): readonly number[] {
  const all = Uint32Array.from(values.keys());
  return [...textSieve(texts).over(stringsOf(values))(all)];
}

const CHARS = fc.constantFrom("a", "b", "c", "A", "B", "C", "k", "s", "é");
const wordsOf = (chars: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc.array(chars, { minLength, maxLength }).map((list) => list.join(""));

for (const [least, most] of [[1, 3], [2, 4], [3, 5], [4, 6], [6, 8]] as const) {
  test(`textSieve() passes the values that have a text of ${least} bytes or more, no others`, () => {
    const texts = fc.uniqueArray(wordsOf(fc.constantFrom("a", "b", "k", "s"), least, most), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(fc.property(texts, fc.array(wordsOf(CHARS, 0, 16)), (texts, values) => {
      const wanted = values.flatMap((value, at) =>
        texts.some((text) => foldText(value).includes(text)) ? [at] : []
      );
      assert.deepEqual(passing(texts, values), wanted);
    }));
  });
}

test("textSieve() passes a value whose folded text may have one", () => {
  const values = ["abcd", "ta\u017fk here", "tas\u212a", "quiet"];
  assert.deepEqual(passing(["task"], values), [1, 2]);
});

test("textSieve() finds no text across two values", () => {
  assert.deepEqual(passing(["task"], ["ta", "sk", "tas", "k"]), []);
});

test("textSieve() asks only of the given values", () => {
  const strings = stringsOf(["task", "task", "none", "task"]);
  assert.deepEqual([...textSieve(["task"]).over(strings)(Uint32Array.of(1, 2))], [1]);
});
