import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { nodeFiles } from "../runtime/node_files.ts";
import { loadOrCreateKeys } from "./key_file.ts";

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "custos-key-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("loadOrCreateKeys() makes a key once, in a file that others cannot read", async () => {
  using temporary = folder();
  const path = join(temporary.path, "new", "agent.key");
  const made = await loadOrCreateKeys(nodeFiles(), path);
  assert.deepEqual(await loadOrCreateKeys(nodeFiles(), path), made);
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("loadOrCreateKeys() leaves a file alone that holds no key", async () => {
  using temporary = folder();
  const path = join(temporary.path, "agent.key");
  writeFileSync(path, "half a k");
  await assert.rejects(loadOrCreateKeys(nodeFiles(), path), {
    name: "KeyFileError",
    code: "format",
  });
  assert.equal(statSync(path).size, 8);
});

test("loadOrCreateKeys() says which folder it cannot write", async () => {
  using temporary = folder();
  const file = join(temporary.path, "file");
  writeFileSync(file, "");
  await assert.rejects(loadOrCreateKeys(nodeFiles(), join(file, "agent.key")), {
    name: "KeyFileError",
  });
});
