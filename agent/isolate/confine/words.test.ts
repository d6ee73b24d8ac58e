import assert from "node:assert/strict";
import { test } from "node:test";
import { type Confined, UNCONFINED } from "./spec.ts";
import { confinedText, isolation } from "./words.ts";

const WHOLE: Confined = {
  ...{ by: "linux", landlock: 7, files: true, tcp: true, calls: true, limits: true },
};

test("what is not confined is said, and is a warning", () => {
  assert.equal(isolation(WHOLE).state, "ok");
  assert.equal(
    confinedText(WHOLE),
    "confined by Landlock 7, a filter of system calls and limits",
  );
  const old = { ...WHOLE, landlock: 0, files: false };
  assert.equal(isolation(old).state, "warn");
  assert.match(confinedText(old), /its reading is not confined/);
  assert.equal(isolation(UNCONFINED).state, "warn");
  assert.match(isolation(UNCONFINED).what, /by nothing but its own process/);
  const deno = { ...UNCONFINED, by: "deno", files: true, tcp: true, calls: true } as const;
  assert.match(confinedText(deno), /Deno's permissions; no limits of the kernel/);
});
