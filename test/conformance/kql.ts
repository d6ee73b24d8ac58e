/**
 * `npm run kql:conformance -- FILE [--suite S] [--grep RE] [--id ID] [--reasons] [--sql] [--all]
 * [--dialect clickhouse|kusto] [--chdb MODULE]`: runs each query of a file of cases (one JSON object a
 * line) and compares what it gives with what is expected. With a dialect, by way of it: what it
 * refuses is counted apart from what it answers otherwise.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Case, differenceOf, isRunnable } from "./kql_case.ts";
import { clickHouseRunner, kustoRunner, openClickHouse } from "./dialect_runner.ts";
import { exceptionOf, isAnyOrder } from "./kql_exceptions.ts";
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
    dialect: { type: "string" },
    chdb: { type: "string" },
  },
});

/** Exceptions of one reason that are told by their ids. */
const MOST_NAMED = 5;

interface Tally {
  total: number;
  passed: number;
  refused: number;
  /** One of several right answers, another than the expected one. */
  otherwise: number;
  wrong: number;
}

const [file] = positionals;
if (file === undefined) {
  console.error("Cannot run: name the file of cases");
  process.exit(2);
}
const cases = readFileSync(file, "utf8").trim().split("\n")
  .map((line) => JSON.parse(line) as Case)
  .filter((one) => isRunnable(one) && isChosen(one));
const tallies = new Map<string, Tally>();
const reasons = new Map<string, number>();
const exceptions = new Map<string, string[]>();
const folder = mkdtempSync(join(tmpdir(), "custos-kql-"));
try {
  await judgeAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const [suite, { total, passed, refused, otherwise, wrong }] of tallies) {
  const apart = values.dialect === undefined
    ? ""
    : `, ${refused} refused, ${wrong} wrong, ${otherwise} in another order that is as right`;
  console.log(
    `${suite.padEnd(18)} ${passed}/${total} ${(100 * passed / total).toFixed(1)} %${apart}`,
  );
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

async function judgeAll(): Promise<void> {
  const direct = await openRunner();
  if (values.dialect === undefined) {
    for (const one of cases) await judge(one, direct);
  } else if (values.dialect === "kusto") {
    const runner = await kustoRunner(direct);
    for (const one of cases) await judge(one, runner, direct);
  } else {
    using clickHouse = openClickHouse(folder, values.chdb);
    const runner = await clickHouseRunner(clickHouse);
    for (const one of cases) await judge(one, runner, direct);
  }
}

function isChosen({ suite, id, kql }: Case): boolean {
  return (values.suite === undefined || suite.startsWith(values.suite)) &&
    (values.id === undefined || id === values.id) &&
    (values.grep === undefined || new RegExp(values.grep).test(kql));
}

/** `direct`: the hub's own way, beside that by a dialect. */
async function judge(one: Case, { run }: Runner, direct?: Runner): Promise<void> {
  const exception = exceptionOf(one);
  if (exception !== undefined) {
    const key = `${one.suite}: ${exception}`;
    exceptions.set(key, [...exceptions.get(key) ?? [], one.id]);
    if (values.all !== true) return;
  }
  const tally = tallies.get(one.suite) ??
    { total: 0, passed: 0, refused: 0, otherwise: 0, wrong: 0 };
  tallies.set(one.suite, tally);
  tally.total++;
  const outcome = await run(one.kql);
  const why = whyNot(one, outcome);
  if (why === undefined) {
    tally.passed++;
    return;
  }
  const isRefused = outcome.kind === "failed" && /^unsupported|custos:/.test(outcome.message);
  // What the hub itself answers otherwise than expected is not the dialect's doing.
  const isOwn = direct === undefined || whyNot(one, await direct.run(one.kql)) === undefined;
  if (isRefused) tally.refused++;
  else if (direct !== undefined && isAnyOrder(one)) tally.otherwise++;
  else if (isOwn) tally.wrong++;
  const kind = isRefused ? "refused: " : isOwn ? "" : "as directly: ";
  const reason = kind +
    why.replaceAll(/"[^"]*"|'[^']*'|\d+/g, "?").split("\n", 1)[0]!.slice(0, 100);
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
