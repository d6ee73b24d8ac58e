/**
 * Whether Sigma's rules still match events once the agent has scrubbed them: each pair of a rule and
 * an event of EVTX files that an independent evaluator found, in clear and by the default policy.
 * Each loss is told with the fields that it is due to. Ends with 1 below what must be reached.
 *
 * `npm run corpora:scrubbed -- [FOLDER] [--show N]`; without FOLDER that of `CUSTOS_CORPORA`
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bindRule } from "../../hub/detect/sigma/map/bind.ts";
import type { BoundRule } from "../../hub/detect/sigma/map/bound_rule.ts";
import { readSigmaFile } from "../../hub/detect/sigma/read/read_file.ts";
import { readScrubbed, type ScrubbedEvent } from "./scrubbed_events.ts";
import { judgePair, type Pair } from "./scrubbed_pair.ts";

/** Share of the pairs that match in clear and must match scrubbed. */
const LEAST_SHARE = 0.99;
/** Names of fields that are told for a column. */
const MOST_FIELDS = 40;

interface Expected {
  readonly files: Readonly<
    Record<string, { readonly event_record_ids: Readonly<Record<string, readonly string[]>> }>
  >;
}

const { values, positionals } = parseArgs({
  options: { show: { type: "string", default: "0" } },
  allowPositionals: true,
});
const folder = positionals[0] ?? process.env["CUSTOS_CORPORA"] ?? "";
const expectedFile = join(folder, "evtx", "EXPECTED_MATCHES.json");
const rulesFolder = join(folder, "sigma");
if (folder === "" || !existsSync(expectedFile) || !existsSync(rulesFolder)) {
  console.error(
    `not run: "${folder}" has no evtx/EXPECTED_MATCHES.json and sigma; name the folder of corpora as an argument or in CUSTOS_CORPORA`,
  );
  process.exit(2);
}
process.exitCode = await main(Number(values.show));

async function main(show: number): Promise<number> {
  const { files } = JSON.parse(readFileSync(expectedFile, "utf8")) as Expected;
  const rules = loadRules();
  const pairs: Pair[] = [];
  const columns = new Map<string, ColumnCount>();
  for (const [file, { event_record_ids: hits }] of Object.entries(files)) {
    const events = await readScrubbed(join(folder, "evtx", `${file}.evtx`));
    for (const event of events) countColumns(event, columns);
    for (const [id, records] of Object.entries(hits)) {
      for (const record of records) {
        pairs.push(judgePair({ file, id, record }, rules.get(id) ?? [], events));
      }
    }
  }
  return tell(pairs, columns, show);
}

/** By id: the rule over each table that feeds it. */
function loadRules(): ReadonlyMap<string, readonly BoundRule[]> {
  const rules = new Map<string, BoundRule[]>();
  for (const name of readdirSync(rulesFolder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".yml")) continue;
    const text = readFileSync(join(rulesFolder, name), "utf8");
    for (const rule of readSigmaFile(name, text, new Map()).rules) {
      rules.set(rule.id, [...rules.get(rule.id) ?? [], ...bindRule(rule)]);
    }
  }
  return rules;
}

/** Of the values of one field: how many there are, were changed, and are nothing but a token. */
interface ColumnCount {
  all: number;
  changed: number;
  whole: number;
}

function countColumns({ fields }: ScrubbedEvent, columns: Map<string, ColumnCount>): void {
  for (const [name, { plain, scrubbed }] of fields) {
    let count = columns.get(name);
    if (count === undefined) columns.set(name, count = { all: 0, changed: 0, whole: 0 });
    count.all++;
    if (plain === scrubbed) continue;
    count.changed++;
    if (/^[a-z0-9_-]+:\d+:[a-z2-7]{26}$/.test(scrubbed)) count.whole++;
  }
}

function tell(
  pairs: readonly Pair[],
  columns: ReadonlyMap<string, ColumnCount>,
  show: number,
): number {
  const clear = pairs.filter(({ inClear }) => inClear);
  const lost = clear.filter(({ isScrubbed }) => !isScrubbed);
  const share = (clear.length - lost.length) / clear.length;
  console.log(`pairs expected                   ${pad(pairs.length)}`);
  console.log(`of these match in clear          ${pad(clear.length)}`);
  console.log(
    `of these match scrubbed          ${pad(clear.length - lost.length)}  (${
      (share * 100).toFixed(2)
    } %)`,
  );
  console.log("\nlosses by the fields that they are due to");
  for (const [cause, count] of counted(lost.map(({ cause }) => cause))) {
    console.log(`${pad(count)}  ${cause}`);
  }
  console.log("\nvalues changed, and wholly a token, by field");
  console.log("  changed    whole      all");
  const changed = [...columns].filter(([, { changed: n }]) => n > 0);
  for (const [name, { all, changed: some, whole }] of sorted(changed).slice(0, MOST_FIELDS)) {
    console.log(`${pad(some)} ${pad(whole)} ${pad(all)}  ${name}`);
  }
  for (const { file, id, record, title, cause, plain, scrubbed } of lost.slice(0, show)) {
    console.log(`\nlost: ${title} (${id}), ${file} ${record}, by ${cause}`);
    console.log(`  ${plain}\n  ${scrubbed}`);
  }
  return share >= LEAST_SHARE ? 0 : 1;
}

function sorted(columns: readonly (readonly [string, ColumnCount])[]) {
  return columns.toSorted(([, a], [, b]) => b.changed - a.changed);
}

function counted(causes: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

function pad(value: number): string {
  return String(value).padStart(9);
}
