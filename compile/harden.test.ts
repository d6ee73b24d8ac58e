import assert from "node:assert/strict";
import { test } from "node:test";
import { harden } from "./harden.ts";

const NAMES = "BUN_INSPECT_CONNECT_TO BUN_INSPECT_PRELOAD BUN_INSPECT BUN_OPTIONS BUN_BE_BUN";

test("harden() overwrites every name, wherever it stands, and keeps the length", () => {
  const binary = Buffer.from(`\0${NAMES}\0BUN_OPTIONSBUN_TMPDIR`);
  const length = binary.length;
  harden(binary);
  assert.equal(binary.length, length);
  assert.doesNotMatch(binary.toString(), /BUN_(INSPECT|OPTIONS|BE_BUN)/);
  assert.match(binary.toString(), /=UN_OPTIONSBUN_TMPDIR$/);
});

test("harden() leaves the scripts inside the binary scripts", () => {
  const binary = Buffer.from(`${NAMES} process.env.BUN_INSPECT_NOTIFY`);
  harden(binary);
  assert.match(binary.toString(), /process\.env\.BUN_INSPECT_NOTIFY$/);
});

test("harden() refuses a binary that does not name one of them", () => {
  const binary = Buffer.from(NAMES.replace("BUN_BE_BUN", ""));
  assert.throws(() => harden(binary), /does not name BUN_BE_BUN/);
});
