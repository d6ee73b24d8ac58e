import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import test from "node:test";
import { standardInput } from "./standard_input.ts";

test("standardInput() gives a copy that nobody else may read, and removes it", async () => {
  const input = Readable.from([Buffer.from("a\n"), Buffer.from("b\n")]);
  const { files, [Symbol.asyncDispose]: dispose } = await standardInput(["x", "-"], input);
  const [first, copy = ""] = files;
  assert.equal(first, "x");
  assert.equal(readFileSync(copy, "utf8"), "a\nb\n");
  if (process.platform !== "win32") assert.equal(statSync(copy).mode & 0o077, 0);
  await dispose();
  assert.equal(existsSync(copy), false);
});

test("standardInput() leaves alone what is not asked for", async () => {
  const input = Readable.from(["a"]);
  await using named = await standardInput(["x"], input);
  assert.deepEqual(named.files, ["x"]);
  assert.equal(input.readableDidRead, false);
});
