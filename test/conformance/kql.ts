/**
 * `npm run kql:conformance -- FILE [--suite S] [--grep RE] [--id ID] [--reasons] [--sql] [--all]`:
 * runs each query of a file of
 * cases (one JSON object a line) and compares what it gives with what is expected.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Case, differenceOf, isRunnable } from "./kql_case.ts";
import { exceptionOf } from "./kql_exceptions.ts";
import { openRunner, type Outcome, type Runner } from "./kql_runner.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: "string" },
    grep: { type: "string" },
    id: { type: "string" },
    reasons: { type: "boolean" },
    sql: { type: "boolean" },
    all: { type: "boolean" },
  },
});

/** Exceptions of one reason that are told by their ids. */
const MOST_NAMED = 5;

interface Tally {
  total: number;
  passed: number;
}

const [file] = positionals;
if (file === undefined) {
  console.error("Cannot run: name the file of cases");
  process.exit(2);
}
const cases = readFileSync(file, "utf8").trim().split("\n")
  .map((line) => JSON.parse(line) as Case)
  .filter((one) => isRunnable(one) && isChosen(one));
const runner = await openRunner();
const tallies = new Map<string, Tally>();
const reasons = new Map<string, number>();
const exceptions = new Map<string, string[]>();
for (const one of cases) await judge(one, runner);
for (const [suite, { total, passed }] of tallies) {
  console.log(`${suite.padEnd(18)} ${passed}/${total} ${(100 * passed / total).toFixed(1)} %`);
}
for (const [reason, ids] of exceptions) {
  const named = ids.length > MOST_NAMED ? "" : `: ${ids.join(", ")}`;
  console.log(`not counted: ${ids.length} (${reason})${named}`);
}
if (values.reasons === true) {
  for (const [reason, count] of [...reasons].toSorted((a, b) => b[1] - a[1])) {
    console.log(String(count).padStart(5), reason);
  }
}
process.exit(0);

function isChosen({ suite, id, kql }: Case): boolean {
  return (values.suite === undefined || suite.startsWith(values.suite)) &&
    (values.id === undefined || id === values.id) &&
    (values.grep === undefined || new RegExp(values.grep).test(kql));
}

async function judge(one: Case, { run }: Runner): Promise<void> {
  const exception = exceptionOf(one);
  if (exception !== undefined) {
    const key = `${one.suite}: ${exception}`;
    exceptions.set(key, [...exceptions.get(key) ?? [], one.id]);
    if (values.all !== true) return;
  }
  const tally = tallies.get(one.suite) ?? { total: 0, passed: 0 };
  tallies.set(one.suite, tally);
  tally.total++;
  const outcome = await run(one.kql);
  const why = whyNot(one, outcome);
  if (why === undefined) {
    tally.passed++;
    return;
  }
  const reason = why.replaceAll(/"[^"]*"|'[^']*'|\d+/g, "?").split("\n", 1)[0]!.slice(0, 100);
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  if (values.reasons === true) return;
  const shown = one.rows ?? one.text;
  console.log(`## ${one.id} [${one.suite}]\n${one.kql}\n-- ${why.slice(0, 1200)}`);
  console.log(`-- expected ${JSON.stringify(one.columns)} ${JSON.stringify(shown)}`.slice(0, 1500));
  if (values.sql === true && outcome.sql !== undefined) console.log(`-- ${outcome.sql}`);
  console.log();
}

function whyNot(one: Case, outcome: Outcome): string | undefined {
  if (one.expectError === true) {
    return outcome.kind === "failed" ? undefined : "an error was expected";
  }
  return outcome.kind === "failed" ? outcome.message : differenceOf(one, outcome);
}
