/**
 * The rules that every hub has over every sample of a folder: what fires, and what met no event.
 *
 * `npm run corpora:rules -- [FOLDER]`; without FOLDER `samples` in that of `CUSTOS_CORPORA`. Each
 * sample is read by its plugin, scrubbed by the default policy and given to the rules minute by
 * minute of event time, as a hub would receive it that hears of each event at once.
 *
 * @module
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { readRuleFile } from "../../hub/detect/rule_file.ts";
import { DEFAULT_RULES } from "../../hub/detect/rules/defaults.ts";
import { type Runner, runnerOf } from "../../hub/detect/runner.ts";
import { readFile } from "../../hub/hunt/read_file.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { pickRows } from "../../sdk/columns/pick_rows.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import { NO_SAMPLES, type SampleKind, SAMPLES } from "./sample_kinds.ts";

const folder = process.argv[2] ?? join(process.env["CUSTOS_CORPORA"] ?? "", "samples");
if (!existsSync(folder)) {
  console.error(`not run: there is no folder "${folder}"; name that of the samples as an argument`);
  process.exit(2);
}

const MINUTE_MS = 60_000;
/** Of one table: that a source is silent is for the hub's own clock, which a file has not. */
const rules = readRuleFile("built-in", DEFAULT_RULES).rules.flatMap((rule) =>
  "table" in rule && rule.table !== undefined ? [{ ...rule, table: rule.table }] : []
);
const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32).fill(7) },
});
/** By table, events of all samples. */
const met = new Map<string, number>();
const fired = new Map<string, number>();

for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
  if (!/\.\w+$/.test(path) || NO_SAMPLES.some(({ match }) => match.test(path))) continue;
  for (const kind of SAMPLES.filter(({ match }) => match.test(path))) await judge(path, kind);
}
console.log();
for (const rule of rules) {
  const events = met.get(rule.table) ?? 0;
  console.log(`${rule.id}: ${fired.get(rule.id) ?? 0} findings, ${events} events of its table`);
}

async function judge(path: string, kind: SampleKind): Promise<void> {
  for (const plugin of [kind.plugin, ...(kind.beside === undefined ? [] : [kind.beside])]) {
    const minutes = await minutesOf(path, { ...kind, plugin });
    const runners = rules.map(runnerOf);
    const found = new Map<string, Set<string>>();
    const hits = minutes.flatMap(([hubMs, batches], entry) =>
      batches.flatMap((batch) => [...run(runners, batch, { entry, hubMs })])
    );
    for (const [rule, entity] of hits) {
      found.set(rule, (found.get(rule) ?? new Set()).add(entity));
      fired.set(rule, (fired.get(rule) ?? 0) + 1);
    }
    const rows = minutes.flatMap(([, batches]) => batches).reduce((sum, { rows }) => sum + rows, 0);
    console.log(`${path}: ${plugin}, ${rows} events in ${minutes.length} minutes`);
    for (const [rule, entities] of found) {
      console.log(`  ${rule}: ${entities.size} entities, such as ${[...entities][0]}`);
    }
  }
}

function* run(
  runners: readonly Runner[],
  batch: ColumnBatch,
  at: { readonly entry: number; readonly hubMs: number },
): Iterable<readonly [rule: string, entity: string]> {
  const moment = { ...at, aliveMs: at.hubMs };
  const facts = { ...moment, agent: "agent", source: "sample", isEvents: true };
  for (const runner of runners) {
    for (const { kind, entity } of runner.item(moment, { frame: { batch, facts } })) {
      if (kind === "hit") yield [runner.id, entity];
    }
  }
}

type Minute = readonly [hubMs: number, batches: readonly ColumnBatch[]];

/** The scrubbed events of a sample by minute; those without a time in the first one. */
async function minutesOf(path: string, kind: SampleKind): Promise<readonly Minute[]> {
  const byMinute = new Map<number, ColumnBatch[]>();
  using input = inputOf(path, kind);
  const silent = (): void => {};
  await readFile({
    file: input.file,
    plugin: builtinPlugins.get(kind.plugin)!,
    settings: { ...kind.set },
    signal: new AbortController().signal,
    batch(batch, schema) {
      const [scrubbed] = scrubber.scrub(batch, schema);
      met.set(batch.table, (met.get(batch.table) ?? 0) + batch.rows);
      for (const [minute, rows] of rowsByMinute(scrubbed)) {
        const picked = structuredClone(pickRows(scrubbed, Uint32Array.from(rows)));
        byMinute.set(minute, [...byMinute.get(minute) ?? [], picked]);
      }
    },
    gap: silent,
    log: silent,
  });
  return [...byMinute].toSorted(([a], [b]) => a - b)
    .map(([minute, batches]) => [(minute + 1) * MINUTE_MS, batches]);
}

function rowsByMinute(batch: ColumnBatch): ReadonlyMap<number, readonly number[]> {
  const time = batch.columns.find(({ name }) => name === "TimeGenerated");
  const rows = Array.from({ length: batch.rows }, (_, row) => row);
  return Map.groupBy(rows, (row) => {
    const ms = time?.form === "time" ? time.ms[row]! : NaN;
    return Number.isNaN(ms) ? 0 : Math.floor(ms / MINUTE_MS);
  });
}

/** The file itself, or one with the lines that are to be read in its place. */
function inputOf(path: string, { lines }: SampleKind): Disposable & { readonly file: string } {
  const file = join(folder, path);
  if (lines === undefined) return { file, [Symbol.dispose]: () => {} };
  const own = mkdtempSync(join(tmpdir(), "custos-samples-"));
  const made = join(own, basename(path));
  writeFileSync(made, `${lines(file).join("\n")}\n`);
  return { file: made, [Symbol.dispose]: () => rmSync(own, { recursive: true }) };
}
