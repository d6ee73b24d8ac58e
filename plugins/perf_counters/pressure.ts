/**
 * Pressure stall information (Linux, Documentation/accounting/psi.rst).
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { numberOf, rowsOfWords } from "./proc_text.ts";

/** µs in a second, as a share in percent. */
const PERCENT_OF_US = 0.0001;

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same line for `full`. */
export function pressure(instance: "cpu" | "memory" | "io", text: string): readonly Reading[] {
  return rowsOfWords(text).flatMap(([who, ...words]) => {
    if (who !== "some" && who !== "full") return [];
    const name = who === "some" ? "Some" : "Full";
    const value = (key: string): number =>
      numberOf(words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1));
    const common = { object: "Pressure", instance } as const;
    return [
      {
        ...common,
        counter: `% ${name} Stall Time`,
        kind: "rate",
        value: value("total"),
        scale: PERCENT_OF_US,
      },
      { ...common, counter: `${name} avg10`, kind: "gauge", value: value("avg10") },
      { ...common, counter: `${name} avg60`, kind: "gauge", value: value("avg60") },
      { ...common, counter: `${name} avg300`, kind: "gauge", value: value("avg300") },
    ] satisfies Reading[];
  });
}
