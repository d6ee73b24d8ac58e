/**
 * A rule that really is slow among all Sigma rules of a folder, on the real clock: is it found, is
 * it the right one, and what do batches cost before and after it is left out?
 *
 * `npm run bench:slow -- --rules FOLDER`. The rule is a regex that runs in linear time and still
 * costs milliseconds an event, over command lines of some 3,000 characters. Ends with 1 if it is not
 * the one that is found.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { loadSigma } from "../hub/detect/sigma/load.ts";
import { readSigmaRules } from "../hub/detect/sigma/read/read_all.ts";
import { GuardedMatcher } from "../hub/detect/sigma/run/guarded_matcher.ts";
import { runningRules } from "../hub/detect/sigma/run/running.ts";
import { builtinPlugins } from "../plugins/builtin.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { TableWriter } from "../sdk/columns/writer.ts";
import { schemaOf, type Table } from "../sdk/table.ts";

const { values } = parseArgs({ options: { rules: { type: "string" } } });
if (values.rules === undefined) {
  console.error("not run: name a folder of Sigma rules with --rules");
  process.exit(2);
}
const SLOW = `title: Slow
id: slow
logsource: { product: windows, category: process_creation }
detection:
  s: { CommandLine|re: '(?:[a-z0-9]*[aeiou][a-z0-9 ]{60}[xyz]){3}q$' }
  condition: s
`;
const TABLE = "WindowsEvent";
const ROWS = 2_000;
const CHARACTERS = 3_000;
const BATCHES = 5;

const table: Table = builtinPlugins.get("event_log")!.tables[TABLE]!;
const slow = readSigmaRules([{ file: "slow.yml", text: SLOW }], new Map());
const rules = [...loadSigma([values.rules], undefined).rules, ...slow.rules];
const set = { rules, correlations: [], quiet: new Set<string>() };
const cpuMs = (): number => process.cpuUsage().user / 1000;
const told: string[] = [];
const matcher = new GuardedMatcher(runningRules(set), {
  cpuMs,
  nowMs: () => performance.now(),
  onSlow(rule, why) {
    told.push(rule);
    console.log(`  found: rule "${rule}", ${why}`);
  },
});
console.log(`${rules.length} rules, batches of ${ROWS} events with ${CHARACTERS} characters`);
const random = randomOf(1);
for (let number = 1; number <= BATCHES; number++) {
  const batch = batchOf(random);
  const before = cpuMs();
  matcher.batch(batch, factsOf());
  console.log(`batch ${number}: ${Math.round(cpuMs() - before)} ms of CPU`);
  // As a hub does, once the ledger says so.
  matcher.without(new Set(told));
}
process.exitCode = told.length === 1 && told[0] === "slow" ? 0 : 1;

function factsOf() {
  return { entry: 0, hubMs: 0, aliveMs: 0, agent: "", source: "", isEvents: true };
}

function batchOf(random: () => number): ColumnBatch {
  const writer = new TableWriter<Table["columns"]>(schemaOf(TABLE, table));
  for (let row = 0; row < ROWS; row++) {
    let line = "";
    while (line.length < CHARACTERS) line += `${wordOf(random)} `;
    writer.add({
      TimeGenerated: 0,
      Channel: "Microsoft-Windows-Sysmon/Operational",
      EventID: 1,
      EventData: { Image: `C:\\Tools\\${wordOf(random)}.exe`, CommandLine: line },
    });
  }
  return writer.view();
}

function wordOf(random: () => number): string {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from(
    { length: 3 + Math.floor(random() * 9) },
    () => letters[Math.floor(random() * letters.length)],
  ).join("");
}

/** The same numbers in each run: a linear congruential generator. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}
