import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import appLocker from "./mod.ts";

goldenCases(appLocker, new URL("./cases/", import.meta.url));
readmeTables(appLocker, new URL("./README.md", import.meta.url));

test("app_locker refuses a config without files", async () => {
  await assert.rejects(runPlugin(appLocker, { config: { files: [] } }), /at least one file/);
});

const corpus = new URL("../../../shared/corpora/samples/applocker/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
const SAMPLES = [
  ["applocker_8003_2017_real.xml", ["audited"], ["EXE"], [undefined]],
  [
    "applocker_8007_8022_template.xml",
    ["blocked", "blocked"],
    ["MSI", "APPX"],
    // The path has 22 characters.
    [{ FilePathLength: "26", Qualifiers: 0 }, undefined],
  ],
] as const;
for (const [name, actions, policies, others] of SAMPLES) {
  test(`app_locker reads the sample ${name}, with no field left over`, { skip }, async () => {
    const files = { "/in": new Uint8Array(readFileSync(new URL(name, corpus))) };
    const run = await runPlugin(appLocker, { config: { files: ["/in"] }, files });
    assert.deepEqual(run.rejected, {});
    const rows = run.rows["AppLockerEvent"] ?? [];
    assert.deepEqual(rows.map((row) => row["Action"]), actions);
    assert.deepEqual(rows.map((row) => row["PolicyName"]), policies);
    assert.deepEqual(rows.map((row) => row["AdditionalFields"]), others);
  });
}
