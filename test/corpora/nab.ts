/**
 * The detector of anomalies in series on the Numenta Anomaly Benchmark: its score with the built-in
 * threshold, what another threshold would give, and how well a threshold that is chosen on one half
 * of the files does on the other half. Ends with code 1 below 58.
 *
 * `npm run corpora:nab -- [FOLDER]`; without FOLDER `nab` in that of `CUSTOS_CORPORA`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { THRESHOLDS } from "../../hub/detect/learn/series.ts";
import { type Raw, scoreCorpus, scoreSeries } from "./nab_score.ts";
import { detectionsOf, readNab } from "./nab_series.ts";

const folder = process.argv[2] ?? join(process.env["CUSTOS_CORPORA"] ?? "", "nab");
if (!existsSync(join(folder, "labels", "combined_windows.json"))) {
  console.error(`not run: "${folder}" has no labels/combined_windows.json; name the folder`);
  process.exit(2);
}

const LEAST = 58;
const HALVES = 100;
const GRID = Array.from({ length: 33 }, (_, i) => 1.2 + i * 0.05);

const all = readNab(folder);
const values = all.reduce((sum, series) => sum + series.values.length, 0);
const cpu = process.cpuUsage().user;
const raws = scoresAt(THRESHOLDS.medium);
const micros = (process.cpuUsage().user - cpu) / values;
for (const [i, raw] of raws.entries()) {
  const { score, found, windows, wrong } = raw;
  const name = all[i]!.name.padEnd(58);
  console.log(`${name} ${score.toFixed(2).padStart(6)}  ${found}/${windows} found, ${wrong} wrong`);
}
const total = scoreCorpus(raws);
console.log(`\n${all.length} files, ${values} values, ${micros.toFixed(1)} µs of CPU per value`);
const grid = GRID.map(scoresAt);
const best = bestOf(grid, all.map((_, i) => i));
console.log(
  `best threshold here ${GRID[best]!.toFixed(2)}: ${scoreCorpus(grid[best]!).toFixed(1)}; ` +
    `1.5 to 2.3: ${[6, 10, 14, 18, 22].map((i) => scoreCorpus(grid[i]!).toFixed(1)).join(", ")}`,
);
console.log(`threshold chosen on one half of the files, score on the other: ${halves()}`);
console.log(`NAB standard profile, threshold ${THRESHOLDS.medium}: ${total.toFixed(1)}`);
process.exitCode = total > LEAST ? 0 : 1;

function scoresAt(threshold: number): readonly Raw[] {
  return all.map((series) =>
    scoreSeries(series.values.length, series.windows, detectionsOf(series, threshold))
  );
}

/** The index of the best threshold for the files `chosen`; neighbours count, to avoid lucky peaks. */
function bestOf(scores: readonly (readonly Raw[])[], chosen: readonly number[]): number {
  const of = scores.map((raw) => chosen.reduce((sum, i) => sum + raw[i]!.score, 0));
  const smooth = of.map((one, i) =>
    (one + (of[i - 1] ?? -Infinity) + (of[i + 1] ?? -Infinity)) / 3
  );
  return smooth.indexOf(Math.max(...smooth));
}

/** Mean, least and most over {@link HALVES} divisions of the files. */
function halves(): string {
  const random = randomFrom(1);
  const scores: number[] = [];
  for (let i = 0; i < HALVES; i++) {
    const order = all.map((_, file) => [random(), file] as const).sort(([a], [b]) => a - b);
    const files = order.map(([, file]) => file);
    const middle = Math.floor(files.length / 2);
    for (const [of, on] of [[0, middle], [middle, 0]] as const) {
      const train = files.slice(of, of === 0 ? middle : undefined);
      const test = files.slice(on, on === 0 ? middle : undefined);
      const chosen = grid[bestOf(grid, train)]!;
      scores.push(scoreCorpus(test.map((file) => chosen[file]!)));
    }
  }
  const mean = scores.reduce((sum, one) => sum + one, 0) / scores.length;
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  return `${mean.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)}, ${scores.length} times)`;
}

/** Numbers from 0 to 1, the same ones at each start (Numerical Recipes' LCG). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
