import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nextInstance } from "./instance.ts";

test("nextInstance() gives one more at each start, from 1, also after damage", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custos-instance-"));
  try {
    assert.equal(await nextInstance(folder), 1);
    assert.equal(await nextInstance(folder), 2);
    for (const damage of ["", "x", "-4", "9".repeat(15), "9".repeat(40)]) {
      writeFileSync(join(folder, "instance"), damage);
      assert.equal(await nextInstance(folder), 1, damage);
    }
    assert.equal(await nextInstance(folder), 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
