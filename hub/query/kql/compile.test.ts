import assert from "node:assert/strict";
import { test } from "node:test";
import { compileKql, MAX_TEXT_LENGTH } from "./compile.ts";
import { KqlError } from "./kql_error.ts";
import { loadLanguage } from "./language.ts";
import type { Schema } from "./syntax.ts";

const language = await loadLanguage();
const schema: Schema = {
  tables: [{ name: "T", columns: [{ name: "a", type: "long" }, { name: "s", type: "string" }] }],
};

function compile(text: string) {
  return compileKql(text, language, { schema, now: 0n });
}

function codeOf(text: string): string | undefined {
  try {
    compile(text);
  } catch (error) {
    assert.ok(error instanceof KqlError);
    return error.code;
  }
  return undefined;
}

test("compileKql() names the columns of a result and the tables it reads", () => {
  const { results: [result] } = compile("T | where a > 1 | summarize n = count() by s");
  assert.deepEqual(result?.columns, [{ name: "s", type: "string" }, { name: "n", type: "long" }]);
  assert.deepEqual(result?.tables.map(({ name }) => name), ["T"]);
});

test("compileKql() tells where a text is wrong", () => {
  assert.throws(() => compile("T\n| where x > 1"), (error) => {
    assert.ok(error instanceof KqlError);
    assert.deepEqual([error.code, error.line, error.column], ["semantic", 2, 9]);
    return true;
  });
});

test("compileKql() refuses what it does not support by its name", () => {
  assert.throws(() => compile('externaldata (a: long) ["https://example.org/a.csv"]'), {
    code: "unsupported",
    message: "Cannot query:1:1: external-data is not supported",
  });
});

test("compileKql() refuses a text that is too long before it reads it", () => {
  assert.equal(codeOf(`print "${"x".repeat(MAX_TEXT_LENGTH)}"`), "limit");
});

test("compileKql() refuses brackets that are nested too deep before it reads them", () => {
  assert.equal(codeOf(`print ${"(".repeat(5000)}1${")".repeat(5000)}`), "limit");
});

test("compileKql() refuses a range of too many rows", () => {
  assert.equal(codeOf("range x from 1 to 10000000 step 1"), "limit");
});

test("compileKql() refuses chains that are too long for the parser or the plan", () => {
  assert.equal(codeOf(`print ${"1+".repeat(3_000)}1`), "limit");
  assert.equal(codeOf(`T ${"| where a > 1 ".repeat(30_000)}`), "limit");
});
