import assert from "node:assert/strict";
import { test } from "node:test";
import { watchRules } from "./rule_watch.ts";

/** A watched folder whose prints are given, one a look. */
function watched() {
  let print = "a";
  let changes = 0;
  let run: (() => void) | undefined;
  const watch = watchRules({
    print: () => print,
    after: (_ms, next) => {
      run = next;
      return () => run = undefined;
    },
    everyMs: 5,
    changed: () => void changes++,
  });
  return {
    watch,
    isWaiting: () => run !== undefined,
    look(next: string): number {
      print = next;
      run?.();
      return changes;
    },
  };
}

test("a change of the folder is told once, at the look after it has come to rest", () => {
  const { look } = watched();
  assert.deepEqual(["a", "b", "c", "c", "c"].map(look), [0, 0, 0, 1, 1]);
  assert.deepEqual(["d", "d", "d"].map(look), [1, 2, 2]);
});

test("what was changed and changed back is not told", () => {
  const { look } = watched();
  assert.deepEqual(["b", "a", "a"].map(look), [0, 0, 0]);
});

test("a watch that is disposed of looks no more", () => {
  const { watch, isWaiting } = watched();
  assert.ok(isWaiting());
  watch[Symbol.dispose]();
  assert.ok(!isWaiting());
});
