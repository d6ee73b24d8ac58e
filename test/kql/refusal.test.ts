import assert from "node:assert/strict";
import { test } from "node:test";
import { openRunner } from "../conformance/kql_runner.ts";
import { valueOf } from "./kql_values.ts";

const REFUSED: readonly (readonly [kql: string, reason: RegExp])[] = [
  ["extract_all('a', 'aa')", /^failed semantic: .*the pattern of extract_all\(\) has 0 groups/],
  ["datetime_part('nothing', now())", /^failed semantic: .*must be one of the values/],
  ["datetime_add('nothing', 1, now())", /^failed semantic: .*must be one of the values/],
  ["trim(strcat('a', rand()), 'a')", /^failed unsupported: .*argument 1 of trim\(\)/],
  ["'a' matches regex '(?=a)'", /^failed .*invalid perl operator/],
  ["dynamic([1])[0] == dynamic([1])[0]", /^failed semantic: .*two dynamic values/],
  ["range(1, 5, 0)", /^failed .*the step is 0/],
  ["assert(1 > 2, 'no such thing')", /^failed .*no such thing/],
  ["strcat(geo_point_to_geohash(1.0, 2.0), '')", /^failed unsupported: .*geo_point_to_geohash/],
];

const opened = openRunner();

for (const [expression, reason] of REFUSED) {
  test(`${expression} is refused`, async () => {
    assert.match(String(await valueOf(await opened, expression)), reason);
  });
}

test("make_list() refuses a size that is not constant", async () => {
  const { run } = await opened;
  const outcome = await run("range x from 1 to 3 step 1 | summarize make_list(x, toint(rand()))");
  assert.match(outcome.kind === "failed" ? outcome.message : "", /unsupported: .*make_list\(\)/);
});

const ROWS = "datatable(k: string, v: long) ['x', 1, 'x', 2, 'y', 3]";
const NOT_IN_PARTS: readonly (readonly [operator: string, reason: RegExp])[] = [
  ["sample 1", /unsupported: .*sample within parts of a table/],
  ["getschema", /unsupported: .*get-schema within parts of a table/],
  ["as Part | extend w = v / toscalar(Part | summarize sum(v))", /unsupported: .*as within part/],
];

for (const [operator, reason] of NOT_IN_PARTS) {
  test(`${operator} is refused where it would mix the parts of a partition`, async () => {
    const { run } = await opened;
    const outcome = await run(`${ROWS} | partition by k (${operator})`);
    assert.match(outcome.kind === "failed" ? outcome.message : "rows", reason);
  });
}

test("rows_near() refuses rows without an order", async () => {
  const { run } = await opened;
  const outcome = await run(`${ROWS} | evaluate rows_near(v == 1, 1)`);
  assert.match(outcome.kind === "failed" ? outcome.message : "rows", /semantic: .*rows in order/);
});

const NESTED = Array.from({ length: 7 }, (_, i) => `top-nested 1 of k${i} by sum(v)`).join(", ");
const LEVELS = Array.from({ length: 7 }, (_, i) => `k${i} = k`).join(", ");
const TOO_MUCH: readonly (readonly [kql: string, reason: RegExp])[] = [
  ["range x from tolong(rand() * 0) to 2000000 step 1 | count", /range has over 1048576 rows/],
  ["range x from 1 to 3 step 1 | make-series count() on x from 1 to 9000000 step 1", /at most 104/],
  [`${ROWS} | extend ${LEVELS} | ${NESTED}`, /top-nested has 7 levels, at most 6/],
];

for (const [kql, reason] of TOO_MUCH) {
  test(`${kql.slice(0, 60)} is too much`, async () => {
    const { run } = await opened;
    const outcome = await run(kql);
    assert.match(outcome.kind === "failed" ? outcome.message : "rows", reason);
  });
}

for (const expression of ["range(1, 3000000, 1)", "repeat(1, 3000000)"]) {
  test(`${expression} ends at Kusto's 1,048,576 elements`, async () => {
    assert.equal(Number(await valueOf(await opened, `array_length(${expression})`)), 1_048_576);
  });
}
