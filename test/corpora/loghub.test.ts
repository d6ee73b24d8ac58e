import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { accuracy, noveltyOf, readCsv, readLoghub, takenOf } from "./loghub_logs.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpora/loghub/", import.meta.url));
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

test("accuracy() is the share of messages in groups that are exactly right", () => {
  const truth = ["a", "a", "b", "b", "c"];
  assert.equal(accuracy([1, 1, 2, 2, 3], truth), 1);
  assert.equal(accuracy([1, 1, 2, 3, 4], truth), 0.6);
  assert.equal(accuracy([1, 1, 2, 2, 2], truth), 0.4);
  assert.equal(accuracy([1, 1, 1, 1, 1], truth), 0);
});

test("noveltyOf() counts first messages of a template in the second half", () => {
  const truth = ["a", "b", "a", "c", "c", "d"];
  const taken = [true, true, true, false, true, true].map((isNew) => ({ isNew }));
  assert.deepEqual(noveltyOf(taken, truth), { found: 1, missed: 1, wrong: 1 });
});

test("readCsv() reads quoted fields, quotes in them, empty ones and lines", () => {
  assert.deepEqual(readCsv('a,b,c\r\n1,"x, ""y""",\n"",2,"l\nm"\n'), [
    ["a", "b", "c"],
    ["1", 'x, "y"', ""],
    ["", "2", "l\nm"],
  ]);
});

test("Templates groups the messages of real logs as people do", { skip }, () => {
  const logs = readLoghub(corpus);
  const groups = logs.map((log) => takenOf(log).map(({ number }) => number));
  const right = logs.map(({ truth }, i) => accuracy(groups[i]!, truth));
  assert.ok(right.reduce((sum, one) => sum + one, 0) / right.length > 0.75, right.join(" "));
});
