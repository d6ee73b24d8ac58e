import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, readDenoFiles, readReport } from "./test_report.mjs";

const BUN = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="3" failures="1" skipped="1">
  <testsuite name="sdk/a.test.ts" file="sdk/a.test.ts">
    <testcase name="adds" classname="" time="0.1" file="sdk/a.test.ts" line="3" />
    <testcase name="says &lt;failure" classname="" file="sdk/a.test.ts" line="4">
      <failure type="Error" message="1 !== 2">x</failure>
    </testcase>
    <testcase name="waits" classname="" file="sdk/a.test.ts" line="5">
      <skipped />
    </testcase>
  </testsuite>
</testsuites>`;
const DENO = `<testsuites name="deno test" tests="1" failures="0" errors="0">
    <testsuite name="./sdk/a.test.ts" tests="1">
        <testcase name="adds" classname="./sdk/a.test.ts" time="0.001" line="3" col="1">
        </testcase>
    </testsuite>
</testsuites>`;

test("judge() counts what Bun reports", () => {
  const run = { runner: "bun", code: 1, cases: readReport(BUN), files: ["sdk/a.test.ts"] };
  assert.deepEqual(judge(run), { passed: 1, failed: 1, skipped: 1, problems: [] });
});

test("judge() counts what Deno reports", () => {
  const run = { runner: "deno", code: 0, cases: readReport(DENO), files: ["sdk/a.test.ts"] };
  assert.deepEqual(judge(run), { passed: 1, failed: 0, skipped: 0, problems: [] });
});

test("judge() fails a runner that wrote no report, whatever its exit code", () => {
  for (const code of [0, 1, 139]) {
    const judged = judge({ runner: "bun", code, cases: readReport(""), files: ["sdk/a.test.ts"] });
    assert.equal(judged.failed, 1);
  }
});

test("judge() fails a run that leaves a test file out", () => {
  const files = ["sdk/a.test.ts", "sdk/b.test.ts"];
  const judged = judge({ runner: "deno", code: 0, cases: readReport(DENO), files });
  assert.deepEqual(judged.problems, ["deno ran no test of sdk/b.test.ts"]);
  assert.equal(judged.failed, 1);
});

test("judge() fails a runner that ends badly after its tests passed", () => {
  const run = { runner: "deno", code: 1, cases: readReport(DENO), files: ["sdk/a.test.ts"] };
  assert.equal(judge(run).failed, 1);
});

test("judge() knows a file whose tests a helper registers, and one that registers none", () => {
  const cases = readReport(DENO.replaceAll("./sdk/a.test.ts", "./sdk/testkit/golden.ts"));
  const ran = readDenoFiles(
    "\u001b[38;5;245mrunning 1 test from ./plugins/a/a.test.ts\u001b[0m\nok\n" +
      "running 0 tests from ./plugins/b/b.test.ts\n",
  );
  const files = ["plugins/a/a.test.ts", "plugins/b/b.test.ts"];
  const judged = judge({ runner: "deno", code: 0, cases, files, ran });
  assert.deepEqual(judged.problems, ["deno ran no test of plugins/b/b.test.ts"]);
});
