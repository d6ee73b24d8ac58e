/**
 * How well the score of `behaviour` rules tells attacked windows of entities in real logs, beside its
 * two parts and half-space trees. Ends with code 1 if its mean area is below 0.8.
 *
 * `npm run corpora:behaviour -- [FOLDER]`; without FOLDER that of `CUSTOS_CORPORA`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventLogs } from "./behaviour_events.ts";
import { measure, type Measured } from "./behaviour_score.ts";

const SEEDS = [1, 2, 3, 4, 5];

const folder = process.argv[2] ?? process.env["CUSTOS_CORPORA"] ?? "";
if (!existsSync(join(folder, "loghub")) || !existsSync(join(folder, "evtx"))) {
  console.error(`not run: there is no evtx and loghub in "${folder}"; name the folder`);
  process.exit(2);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const sums = new Map<string, number[]>();
const LEAST = 0.8;
for (const log of eventLogs(folder)) {
  const runs = SEEDS.map((seed) => measure(log, seed));
  const counts = (of: (one: Measured) => number) => Math.round(mean(runs.map(([one]) => of(one!))));
  console.log(
    `${log.name}, ${log.isMarked ? "real attacks" : "attacks put in"}: ${
      counts((one) => one.windows)
    } windows, ${counts((one) => one.attacked)} attacked`,
  );
  for (const [i, { way }] of runs[0]!.entries()) {
    const of = (wanted: "area" | "precision" | "recall") =>
      mean(runs.map((run) => run[i]![wanted]));
    sums.set(way, [...sums.get(way) ?? [], of("area")]);
    const [area, precision, recall] = [of("area"), of("precision"), of("recall")];
    console.log(
      `  ${way.padEnd(18)} area ${area.toFixed(3)}  precision ${precision.toFixed(3)}  ` +
        `recall at 5 % ${recall.toFixed(3)}`,
    );
  }
}
const means = [...sums].map(([way, values]) => [way, mean(values)] as const);
for (const [way, value] of means) console.log(`mean area of ${way}: ${value.toFixed(3)}`);
process.exitCode = means[0]![1] >= LEAST ? 0 : 1;
