/**
 * `npm test [WORD…]`: installs what is missing, runs the tests under Bun, those of `sdk`, `plugins`
 * and `agent` under Deno as well, and ends with a line `N passed, N failed`.
 *
 * With words, only test files whose path has one of them.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { judge, readDenoFiles, readReport } from "./test_report.mjs";
import { ROOT, runTool } from "./tool.mjs";

const BOTH_RUNTIMES = ["sdk", "plugins", "agent"];
const BUN_ALONE = ["hub", "compile", "test", "bench"];
/** Ends one test that hangs, in ms. */
const TEST_TIMEOUT_MS = 180_000;
/** Ends a runner that hangs, in ms. */
const RUN_TIMEOUT_MS = 780_000;

const RUNNERS = [
  {
    name: "bun",
    folders: [...BOTH_RUNTIMES, ...BUN_ALONE],
    args: (report) => [
      "test",
      `--timeout=${TEST_TIMEOUT_MS}`,
      "--preload=./test/property_seed.ts",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ],
  },
  {
    name: "deno",
    folders: BOTH_RUNTIMES,
    args: (report) => [
      "test",
      "--allow-all",
      "--no-check",
      "--preload=./test/property_seed.ts",
      `--junit-path=${report}`,
    ],
    readFiles: readDenoFiles,
  },
];

function testFiles(folders, words) {
  return folders.flatMap((folder) => {
    const names = readdirSync(join(ROOT, folder), { recursive: true });
    return names.map((name) => `${folder}/${name.replaceAll("\\", "/")}`).sort();
  }).filter((path) =>
    /\.test\.tsx?$/.test(path) && !path.includes("/cases/") &&
    (words.length === 0 || words.some((word) => path.includes(word)))
  );
}

async function runSuite(runner, words) {
  const files = testFiles(runner.folders.filter(isFolder), words);
  if (files.length === 0 && words.length > 0) {
    return { passed: 0, failed: 0, skipped: 0, problems: [], said: "" };
  }
  const folder = mkdtempSync(join(tmpdir(), "custos-test-"));
  const report = join(folder, "report.xml");
  process.stdout.write(`== ${runner.name}: ${files.length} test files\n`);
  const output = [];
  const code = await runTool(runner.name, [...runner.args(report), ...files.map((f) => `./${f}`)], {
    timeoutMs: RUN_TIMEOUT_MS,
    ...(runner.readFiles !== undefined && { onOutput: (text) => output.push(text) }),
  });
  const cases = readReport(readIfThere(report));
  rmSync(folder, { recursive: true, force: true });
  const said = output.join("");
  const ran = runner.readFiles?.(said);
  return { ...judge({ runner: runner.name, code, cases, files, ran }), said };
}

function isFolder(name) {
  return readdirSync(ROOT, { withFileTypes: true }).some((e) => e.name === name && e.isDirectory());
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

async function main(words) {
  await ensureInstalled(ROOT);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const problems = [];
  // Most of a run is waiting: the runners run at once, and one of them is heard after the other.
  for (const judged of await Promise.all(RUNNERS.map((runner) => runSuite(runner, words)))) {
    process.stdout.write(judged.said);
    for (const key of Object.keys(total)) total[key] += judged[key];
    problems.push(...judged.problems);
  }
  if (total.passed + total.failed === 0) {
    total.failed = 1;
    problems.push("no test was run");
  }
  process.stdout.write("\n");
  for (const problem of problems) process.stdout.write(`failed: ${problem}\n`);
  if (total.skipped > 0) process.stdout.write(`${total.skipped} skipped\n`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stdout.write(`failed: ${error.message}\n0 passed, 1 failed\n`);
    process.exitCode = 1;
  }
}
