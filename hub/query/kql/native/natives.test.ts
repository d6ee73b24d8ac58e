import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ScalarType } from "../types.ts";
import type { NativeValue } from "./define.ts";
import { type Json, parseJson, writeJson } from "./json.ts";
import { NativeError } from "./native_error.ts";
import { NATIVES } from "./natives.ts";

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const short = fc.bigInt({ min: -5n, max: 40n });
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("windows", "linefit", "avg", "tukey", "yyyy-MM", "Meter", "UTC", "1.2.3.4/8"),
);
const dynamic = fc.oneof(
  fc.json().map((written) => parseJson(written)),
  fc.array(fc.oneof(short, fc.double(), fc.constant<Json>(null)), { maxLength: 12 }),
  fc.constantFrom<Json>("NaN", 1n, null, [[7n], [1n], [2n]], [[1024n, 14n], [1n], []]),
);

/** Values that a column of each type may hold. */
const VALUES: Readonly<Record<ScalarType, fc.Arbitrary<NativeValue>>> = {
  bool: fc.option(fc.boolean()),
  int: fc.option(fc.integer()),
  long: fc.option(fc.oneof({ arbitrary: short, weight: 9 }, { arbitrary: long, weight: 1 })),
  real: fc.option(fc.double()),
  decimal: fc.option(fc.integer().map(String)),
  string: text,
  datetime: fc.option(fc.bigInt({ min: -621_355_968n * 10n ** 9n, max: 2534n * 10n ** 14n })),
  timespan: fc.option(long),
  guid: fc.option(fc.uuid()),
  dynamic,
};

for (const native of NATIVES.values()) {
  test(`${native.name}() gives a value of its type or says why it has none`, () => {
    const more = native.variadic === undefined
      ? fc.constant([])
      : fc.array(VALUES[native.variadic], { maxLength: 4 });
    const args = fc.tuple(...native.parameters.map((type) => VALUES[type]), more)
      .map((all) => [...all.slice(0, -1), ...all.at(-1) as NativeValue[]] as NativeValue[]);
    fc.assert(
      fc.property(args, (values) => {
        const result = resultOf(() => native.run(values));
        if (result === undefined || result === null) return;
        // The longest arrays that there may be take their time.
        if (Array.isArray(result) && result.length > 10_000) return;
        if (native.result === "dynamic") JSON.parse(writeJson(result));
        else assert.equal(typeof result, TYPES[native.result]);
        if (typeof result === "bigint" && native.result !== "dynamic") {
          assert.equal(BigInt.asIntN(64, result), result);
        }
      }),
      { numRuns: 60 },
    );
  });
}

const TYPES: Readonly<Record<Exclude<ScalarType, "dynamic">, string>> = {
  bool: "boolean",
  int: "number",
  long: "bigint",
  real: "number",
  decimal: "string",
  string: "string",
  datetime: "bigint",
  timespan: "bigint",
  guid: "string",
};

function resultOf(run: () => NativeValue): NativeValue | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof NativeError) return undefined;
    throw error;
  }
}
