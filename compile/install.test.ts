import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isInstalled } from "./install.mjs";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const LOCKED = {
  "": { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0" },
  "node_modules/b-windows": { version: "2.0.0", optional: true },
};

/** A checkout whose lock file names `LOCKED` and that has `installed`. */
function checkout(installed: object | undefined): string {
  const root = mkdtempSync(join(tmpdir(), "custos-install-"));
  folders.push(root);
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: LOCKED }));
  if (installed === undefined) return root;
  mkdirSync(join(root, "node_modules"));
  const marker = join(root, "node_modules", ".package-lock.json");
  writeFileSync(marker, JSON.stringify({ packages: installed }));
  return root;
}

const CASES = [
  ["no node_modules", undefined, false],
  ["an optional package of another platform missing", {
    "node_modules/a": { version: "1.0.0" },
  }, true],
  ["a package missing", {}, false],
  ["a package in another version", { "node_modules/a": { version: "0.9.0" } }, false],
  ["an optional package in another version", {
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b-windows": { version: "1.0.0" },
  }, false],
] as const;

for (const [name, installed, expected] of CASES) {
  test(`isInstalled() is ${expected} with ${name}`, () => {
    assert.equal(isInstalled(checkout(installed)), expected);
  });
}
