/**
 * Tests of expressions in KQL: each against the value that it has.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRunner, type Runner } from "../conformance/kql_runner.ts";

/** What an expression gives as the hub's JSON shows it; `fails`: the code that it fails with. */
export type ValueCase = readonly [kql: string, value: unknown];

/** The value of `expression`, or the start of the reason why it has none. */
export async function valueOf(runner: Runner, expression: string): Promise<unknown> {
  return await firstValue(runner, `print v = ${expression}`);
}

async function firstValue({ run }: Runner, query: string): Promise<unknown> {
  const outcome = await run(query);
  return outcome.kind === "failed" ? `failed ${outcome.message}` : outcome.rows[0]?.[0];
}

/** One test for each case: `print v = …`. */
export function testValues(family: string, cases: readonly ValueCase[]): void {
  const opened = openRunner();
  for (const [expression, value] of cases) {
    test(`${family}: ${expression} is ${JSON.stringify(value)}`, async () => {
      assert.deepEqual(await valueOf(await opened, expression), value);
    });
  }
}

/** One test for each case, a whole query: the first value that it gives. */
export function testQueries(family: string, cases: readonly ValueCase[]): void {
  const opened = openRunner();
  for (const [query, value] of cases) {
    test(`${family}: ${query} gives ${JSON.stringify(value)}`, async () => {
      assert.deepEqual(await firstValue(await opened, query), value);
    });
  }
}
