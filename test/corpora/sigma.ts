/**
 * All rules of Sigma over all EVTX files of a folder, against what another engine found. Ends with
 * code 1 if a pair is missing, or one too many has no reason.
 *
 * `npm run corpora:sigma -- [FOLDER] [--scrubbed | --through-hub]`; without FOLDER that of `CUSTOS_CORPORA`. FOLDER
 * has `sigma/`, the rules, and `evtx/` with `EXPECTED_MATCHES.json`, `EXPECTED_EVENTS.jsonl.gz`,
 * `SIGMA_REGRESSION.json` and the files. A pair is a rule and a record of a file. `--scrubbed` reads
 * as an agent does, scrubs by its default policy and tells of each lost pair which column lost it.
 * `--through-hub` does so with an agent and a hub in processes of their own.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { loadRules } from "../../hub/hunt/load_rules.ts";
import { openMatcher } from "../../hub/hunt/matcher.ts";
import { huntThroughHub } from "./sigma_hub.ts";
import { huntPlain, huntScrubbed, type Pairs } from "./sigma_pairs.ts";

const { values, positionals } = parseArgs({
  options: { scrubbed: { type: "boolean" }, "through-hub": { type: "boolean" } },
  allowPositionals: true,
});
const folder = positionals[0] ?? process.env["CUSTOS_CORPORA"] ?? "";
const evtx = join(folder, "evtx");
if (!existsSync(join(evtx, "EXPECTED_MATCHES.json")) || !existsSync(join(folder, "sigma"))) {
  console.error(`not run: "${folder}" has no sigma/ and evtx/; name the folder as an argument`);
  process.exit(2);
}

interface Expected {
  readonly files: Readonly<
    Record<string, { readonly event_record_ids: Readonly<Record<string, readonly string[]>> }>
  >;
}

interface Regression {
  readonly rule: string;
  readonly sha16: string;
  readonly match_count: number | null;
}

const NO_REASON = "no reason is known";
const NOT_READ = "the other reader leaves this record out: it stands behind the end of its chunk";

const expected = readJson<Expected>("EXPECTED_MATCHES.json").files;
const files = readJson<readonly { readonly sha16: string }[]>("INDEX.json");
const rules = loadRules(
  [join(folder, "sigma")],
  (rule) => "logsource" in rule && rule.logsource.product === "windows",
);

console.log(
  `${rules.running} rules for Windows run, ${rules.noTable.length} have no table that feeds them, ` +
    `${rules.needValues.length} need values`,
);
const matcher = openMatcher(rules.bound);
for (const problem of [...rules.problems, ...matcher.problems]) console.log(problem);
const before = process.cpuUsage();
const pairs: Pairs = { found: new Map(), reasons: new Map() };
const isScrubbed = values.scrubbed === true || values["through-hub"] === true;
let events = 0;
for (const { sha16: name } of files) {
  const file = join(evtx, `${name}.evtx`);
  const run = { name, file, matcher, bound: rules.bound, pairs };
  events += isScrubbed ? await huntScrubbed(run) : await huntPlain(run);
}
const { user, system } = process.cpuUsage(before);
console.log(
  `${files.length} files, ${events} events, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
);
if (values["through-hub"] === true) await throughHub();
compare();

/** Takes what a hub finds in the place of what was found here; the reasons stay. */
async function throughHub(): Promise<void> {
  const inputs = files.map(({ sha16 }) => ({ name: sha16, file: join(evtx, `${sha16}.evtx`) }));
  const through = await huntThroughHub(inputs, join(folder, "sigma"));
  const ids = new Set(rules.bound.map(({ rule }) => rule.id));
  const found = [...through.found].filter(([pair]) => ids.has(ruleOf(pair)));
  const here = pairs.found;
  const unlike = [
    ...beyond(here, new Map(found)).map((pair) => `${pair}: not found by the hub`),
    ...beyond(new Map(found), here).map((pair) => `${pair}: found by the hub alone`),
    ...through.unlike.map((what) => `${what}: not found again in the ledger`),
  ];
  console.log(
    `${through.events} events in ${through.frames} frames of the hub's ledger; of ` +
      `${sum(through.found.values())} findings the hub itself lists ${through.listed}; ` +
      `${unlike.length} differ from matcher and scrubber alone`,
  );
  for (const what of unlike) console.log(`  ${what}`);
  pairs.found.clear();
  for (const [pair, n] of found) pairs.found.set(pair, n);
}

function ruleOf(pair: string): string {
  return pair.slice(pair.lastIndexOf(" ") + 1);
}

function compare(): void {
  const known = knownEvents();
  const wanted = new Map<string, number>();
  for (const [name, { event_record_ids: ids }] of Object.entries(expected)) {
    for (const [rule, records] of Object.entries(ids)) {
      for (const record of records) count(wanted, `${name} ${record} ${rule}`);
    }
  }
  const total = sum(wanted.values());
  const missing = beyond(wanted, pairs.found);
  const extra = beyond(pairs.found, wanted);
  const found = total - missing.length;
  const share = (100 * found / total).toFixed(2);
  console.log(`${total} pairs expected, ${found} found (${share} %)`);
  console.log(`${missing.length} missing`);
  tell(missing.map((pair) => [pair, reasonOf(pair)]));
  console.log(`${extra.length} more than expected`);
  const reasons = extra.map((pair): Told => [
    pair,
    known.has(eventOf(pair)) ? reasonOf(pair) : NOT_READ,
  ]);
  tell(reasons);
  const tooMany = reasons.some(([, reason]) => reason === NO_REASON);
  const isRegressed = regressions() > 0;
  const isWrong = isScrubbed ? found / total < 0.99 : missing.length > 0 || tooMany;
  process.exitCode = isWrong || isRegressed ? 1 : 0;
}

type Told = readonly [pair: string, reason: string];

/** Pairs of one rule and one cause together, the most first. */
function tell(pairs: readonly Told[]): void {
  const groups = new Map<string, Told[]>();
  for (const [pair, reason] of pairs) {
    const [cause] = reason.split(": ");
    const key = `${pair.slice(pair.lastIndexOf(" "))} ${cause}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [[pair, reason]]);
    else group.push([pair, reason]);
  }
  for (const group of [...groups.values()].toSorted((a, b) => b.length - a.length)) {
    const [pair, reason] = group[0]!;
    console.log(`  ${group.length} x ${titleOf(pair)}: ${reason}, such as ${eventOf(pair)}`);
  }
}

/** Rules whose own file they miss; fewer records than it must have. */
function regressions(): number {
  const all = readJson<readonly Regression[]>("SIGMA_REGRESSION.json");
  const wrong = all.filter(({ rule, sha16, match_count: least }) => {
    const own = [...pairs.found].filter(([pair]) =>
      pair.startsWith(`${sha16} `) && pair.endsWith(rule)
    );
    return sum(own.map(([, n]) => n)) < Math.max(1, least ?? 1);
  });
  console.log(`${all.length - wrong.length} of ${all.length} regression tests of SigmaHQ pass`);
  for (const { rule, sha16 } of wrong) console.log(`  ${titleOf(` ${rule}`)}: not in ${sha16}`);
  return isScrubbed ? 0 : wrong.length;
}

/** File and record of each event that the other reader has. */
function knownEvents(): ReadonlySet<string> {
  const lines = gunzipSync(readFileSync(join(evtx, "EXPECTED_EVENTS.jsonl.gz"))).toString();
  const known = new Set<string>();
  for (const line of lines.split("\n")) {
    const [, name] = /"f": "(\w+)"/.exec(line) ?? [];
    const [, record] = /"EventRecordID": (\d+)/.exec(line) ?? [];
    known.add(`${name} ${record}`);
  }
  return known;
}

function reasonOf(pair: string): string {
  return pairs.reasons.get(pair) ?? NO_REASON;
}

function eventOf(pair: string): string {
  return pair.slice(0, pair.lastIndexOf(" "));
}

/** The title of the pair's rule. */
function titleOf(pair: string): string {
  const id = ruleOf(pair);
  return `"${rules.bound.find(({ rule }) => rule.id === id)?.rule.title ?? id}"`;
}

/** What `a` has more of than `b`, each as often. */
function beyond(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): readonly string[] {
  return [...a].flatMap(([pair, n]) => {
    return Array.from({ length: Math.max(0, n - (b.get(pair) ?? 0)) }, () => pair);
  });
}

function count(into: Map<string, number>, pair: string): void {
  into.set(pair, (into.get(pair) ?? 0) + 1);
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((all, one) => all + one, 0);
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(evtx, name), "utf8")) as T;
}
