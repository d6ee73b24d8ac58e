/**
 * Reads the series of the Numenta Anomaly Benchmark and their labelled windows.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newSeries, take } from "../../hub/detect/learn/series.ts";
import type { Window } from "./nab_score.ts";

export interface NabSeries {
  readonly name: string;
  readonly ms: readonly number[];
  readonly values: readonly number[];
  readonly windows: readonly Window[];
}

/** All labelled series in `folder`, which has `labels/combined_windows.json` and `data`. */
export function readNab(folder: string): readonly NabSeries[] {
  const labels = join(folder, "labels", "combined_windows.json");
  const all = JSON.parse(readFileSync(labels, "utf8")) as Record<string, [string, string][]>;
  return Object.entries(all).map(([name, windows]) => {
    const lines = readFileSync(join(folder, "data", name), "utf8").trim().split("\n").slice(1);
    const times = lines.map((line) => line.slice(0, line.indexOf(",")));
    const rowOf = (time: string) => times.indexOf(time.slice(0, "2014-04-10 07:15:00".length));
    return {
      name,
      ms: times.map((time) => Date.parse(`${time.replace(" ", "T")}Z`)),
      values: lines.map((line) => Number(line.slice(line.indexOf(",") + 1))),
      windows: windows.map(([from, to]): Window => [rowOf(from), rowOf(to)]),
    };
  });
}

/** The rows at which the detector, which sees one value after the other, begins an episode. */
export function detectionsOf({ values, ms }: NabSeries, threshold: number): readonly number[] {
  const series = newSeries();
  return values.flatMap((value, row) =>
    take(series, { value, ms: ms[row]!, threshold, direction: "both" })?.isNews === true
      ? [row]
      : []
  );
}
