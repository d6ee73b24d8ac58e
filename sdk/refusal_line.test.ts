import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalLine } from "./refusal_line.ts";

const coded = (code: string) => Object.assign(new Error("x"), { code });
const told = 'Cannot run custos verify: "b" is too much\nTry: custos verify --help';

test("refusalLine() gives a code and the message to who asked for JSON, words to others", () => {
  const error = coded("usage");
  for (const words of [[], ["a", "json"], ["--output"], ["--output", "text"], ["--outputs=json"]]) {
    assert.equal(refusalLine(words, { error, told }), told);
  }
  for (const words of [["a", "--output", "json"], ["--output=ndjson"]]) {
    assert.deepEqual(JSON.parse(refusalLine(words, { error, told })), {
      event: "refused",
      code: "usage",
      message: 'Cannot run custos verify: "b" is too much',
    });
  }
});

test("refusalLine() has no code of the system's, and always one", () => {
  for (const error of [coded("ENOENT"), new Error("x"), "x", coded("ERR_X")]) {
    assert.match(refusalLine(["--output=json"], { error, told: "x" }), /"code":"failed"/);
  }
  assert.match(refusalLine(["--output=json"], { error: coded("box-key"), told: "x" }), /"box-key"/);
});
