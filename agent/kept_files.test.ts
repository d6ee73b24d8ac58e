import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { openKept } from "./kept_files.ts";

const bytes = new TextEncoder().encode("/home/somebody/.ssh/authorized_keys");
const STREAM = new Uint8Array(8).fill(1);

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "custos-kept-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "kept");
}

const keptIn = (folder: string, seed = 1) =>
  openKept({
    folder,
    files: nodeFiles(),
    seed: new Uint8Array(32).fill(seed),
    randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
  });

test("what is kept comes back, and is on the disk for this agent alone", async (t) => {
  const folder = place(t);
  assert.equal(await keptIn(folder)(STREAM).get("a"), undefined);
  await keptIn(folder)(STREAM).set("a", bytes);
  assert.deepEqual(await keptIn(folder)(STREAM).get("a"), bytes);
  const [file = ""] = readdirSync(folder);
  assert.ok(!readFileSync(join(folder, file)).includes("somebody"));
  assert.equal(await keptIn(folder, 2)(STREAM).get("a"), undefined);
});

test("what was damaged, or is of another name or stream, is not there", async (t) => {
  const folder = place(t);
  const kept = keptIn(folder)(STREAM);
  await kept.set("a", bytes);
  const [file = ""] = readdirSync(folder);
  const whole = readFileSync(join(folder, file));
  writeFileSync(join(folder, file.replace(/a$/, "b")), whole);
  assert.equal(await kept.get("b"), undefined);
  writeFileSync(join(folder, file.replace(/^01/, "02")), whole);
  assert.equal(await keptIn(folder)(Uint8Array.of(2, ...STREAM.subarray(1))).get("a"), undefined);
  for (const damaged of [whole.subarray(0, 5), whole.subarray(0, -1), whole.map((b) => b ^ 1)]) {
    writeFileSync(join(folder, file), damaged);
    assert.equal(await kept.get("a"), undefined);
  }
  await assert.rejects(kept.set("../a", bytes), RangeError);
});
