import assert from "node:assert/strict";
import { test } from "node:test";
import { isMachineAccount, isWellKnown } from "./well_known.ts";

const ROLES = ["500", "501", "502", "512", "519", "999"].map((role) => `S-1-5-21-1-22-333-${role}`);
const READABLE = [
  ...["SYSTEM", "nt authority\\system", "krbtgt", "DWM-1", "Window Manager\\DWM-12", "UMFD-0"],
  ...["S-1-5-18", "s-1-1-0", "S-1-5-32-544", "S-1-5-90-0-1", "S-1-16-12288", "S-1-5-80-1-2-3"],
  ...["dwm-99", "Font Driver Host\\UMFD-999", "-"],
  ...ROLES,
];
const PERSONAL = [
  ...["ada", "CORP\\system2", "DWM-", "DWM-1234", "dwm-1x", "CORP\\dwm-1", "xkrbtgt"],
  ...["S-1-5-21-1-22-333-1000", "S-1-5-21-1-22-333-0500", "S-1-5-21-1-22-333", "S-1-5-21-500"],
  ...["S-1-5-21-1-22-333-44-500", "S-1-5-21-1-22-333-500x", "S-1-5-21-1-22-333-500-1", "S-1-"],
  ...["S-1-12-1-1-2-3-500", "S-1-11-96-3623454863-58364-18864-500", "S-1-5-18 ada", "s-1"],
];

test("isWellKnown() knows principals that every host has, and takes nobody's name for one", () => {
  for (const name of READABLE) assert.equal(isWellKnown(Buffer.from(name)), true, name);
  for (const name of PERSONAL) assert.equal(isWellKnown(Buffer.from(name)), false, name);
});

test("isMachineAccount() knows names of machines by their end", () => {
  for (const name of ["HOST-1$", "CORP\\host_1$", "corp.example\\A$"]) {
    assert.equal(isMachineAccount(Buffer.from(name)), true, name);
  }
  const others = ["$", "ada", "CORP\\$", "ada lovelace$", "a$b", "ada$ ", "a.lovelace$"];
  for (const name of [...others, "longer-than-16-c$", "a\\b\\c$", "ada@x$"]) {
    assert.equal(isMachineAccount(Buffer.from(name)), false, name);
  }
});
