/**
 * What it costs to give a value to a column, by kind of column, in ns of CPU a value:
 * `bun bench/micro/columns.ts`.
 *
 * Values are ranges of one array of 512 KiB, as in a chunk of a file; columns are emptied every
 * 5,000 rows.
 *
 * @module
 */
import { NumberBuilder, TimeBuilder } from "../../sdk/columns/numbers.ts";
import { DictBuilder, TextBuilder } from "../../sdk/columns/strings.ts";

const BYTES = 512 * 1024;
const ROUNDS = 200;
const ROWS_A_FRAME = 5_000;

type Value = (i: number) => string;
/** A deterministic spread of 0 to n - 1. */
const spread = (i: number, n: number): number => ((i * 2_654_435_761) >>> 0) % n;

const strings: Readonly<Record<string, Value>> = {
  "of 3 bytes, 5 distinct": (i) => `${200 + spread(i, 5)}`,
  "of 10 bytes, 2,000 distinct": (i) => `10.${100 + spread(i, 20)}.${100 + spread(i, 100)}.7`,
  "of 24 bytes, 2,000 distinct": (i) => `CONTOSO\\someone.else${1000 + spread(i, 2000)}`,
  "of 110 bytes, 60 distinct": (i) => `${"Mozilla/5.0+".repeat(9)}${10 + spread(i, 60)}`,
};

for (const [name, value] of Object.entries(strings)) {
  const { source, ends } = lay(value);
  for (const Builder of [DictBuilder, TextBuilder]) {
    const rows = { count: 0 };
    const run = ranges({ source, ends, rows, builder: new Builder(rows) });
    report(`${Builder.name}, ${name}`, ends.length, run);
  }
}

const COUNT = 20_000;
for (const kind of ["number", "time"] as const) {
  const rows = { count: 0 };
  const builder = kind === "number" ? new NumberBuilder(rows, "int") : new TimeBuilder(rows);
  report(kind, COUNT, () => {
    for (let i = 0; i < COUNT; i++) {
      builder.set(i);
      if (++rows.count === ROWS_A_FRAME) {
        rows.count = 0;
        builder.reset();
      }
    }
  });
}

/** As many values as the array holds, with a space after each. */
function lay(value: Value): { readonly source: Uint8Array; readonly ends: readonly number[] } {
  const source = new Uint8Array(BYTES);
  const ends: number[] = [];
  for (let at = 0;;) {
    const bytes = new TextEncoder().encode(`${value(ends.length)} `);
    if (at + bytes.length > BYTES) return { source, ends };
    source.set(bytes, at);
    at += bytes.length;
    ends.push(at - 1);
  }
}

interface Run {
  readonly source: Uint8Array;
  readonly ends: readonly number[];
  readonly rows: { count: number };
  readonly builder: DictBuilder | TextBuilder;
}

function ranges({ source, ends, rows, builder }: Run): () => void {
  return () => {
    let start = 0;
    for (const end of ends) {
      builder.range(source, start, end);
      start = end + 1;
      if (++rows.count === ROWS_A_FRAME) {
        rows.count = 0;
        builder.reset();
      }
    }
  };
}

function report(name: string, values: number, run: () => void): void {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) * 1000 / values);
  }
  process.stdout.write(`${name}: ${best.toFixed(1)} ns\n`);
}
