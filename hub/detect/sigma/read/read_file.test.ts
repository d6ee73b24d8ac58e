import assert from "node:assert/strict";
import test from "node:test";
import type { SigmaExpr, SigmaTest } from "../ast.ts";
import { readSigmaFile } from "./read_file.ts";

function ruleText(detection: string): string {
  const indented = detection.split("\n").map((line) => `  ${line}`).join("\n");
  return `title: A\nlogsource: {product: windows}\ndetection:\n${indented}\n`;
}

function exprOf(detection: string, values: Record<string, readonly string[]> = {}): SigmaExpr {
  const file = readSigmaFile("a.yml", ruleText(detection), new Map(Object.entries(values)));
  assert.deepEqual(file.problems, []);
  return file.rules[0]!.expr;
}

/** The tests on F of `F|modifiers: value`. */
function testsOf(line: string): SigmaExpr {
  return exprOf(`s:\n  ${line}\ncondition: s`);
}

const on = (test: SigmaTest, field: string | undefined = "F"): SigmaExpr => ({
  kind: "test",
  field,
  test,
});
const text = (value: string, at: "whole" | "start" | "end" | "within" = "whole") =>
  on({ op: "text", at, text: value, cased: false });

for (
  const [line, expected] of [
    ["F: abc", text("abc")],
    ["F: 'a*'", text("a", "start")],
    ["F: '*a'", text("a", "end")],
    ["F: '*a*'", text("a", "within")],
    ["F: '*'", text("", "within")],
    ["F: ''", on({ op: "empty" })],
    ["F: null", on({ op: "null" })],
    ["F:", on({ op: "null" })],
    ["F: a?c", on({ op: "wildcard", parts: [{ text: "a" }, "one", { text: "c" }], cased: false })],
    ["F: 'a\\*c'", text("a*c")],
    ["F: 'a\\\\*'", text("a\\", "start")],
    ["F: 'a\\\\\\*'", text("a\\*")],
    ["F: 'a\\b\\\\c'", text("a\\b\\c")],
    ["F: 4688", on({ op: "number", compare: "eq", value: 4688 })],
    ["F: 00000429", text("00000429")],
    ["F: true", text("true")],
    ["F|contains: 4688", text("4688", "within")],
    ["F|startswith: a", text("a", "start")],
    ["F|endswith|cased: a", on({ op: "text", at: "end", text: "a", cased: true })],
    ["F|neq: a", { kind: "not", of: text("a") }],
    ["F|gte: 7", on({ op: "number", compare: "gte", value: 7 })],
    ["F|hour|lt: 7", on({ op: "time", part: "hour", compare: "lt", value: 7 })],
    ["F|exists: false", on({ op: "exists", wanted: false })],
    ["F|cidr: 10.0.0.0/8", on({ op: "cidr", network: "10.0.0.0/8" })],
    ["F|fieldref|endswith: G", on({ op: "field", at: "end", other: "G", cased: false })],
    ["F|base64: foobar", text("Zm9vYmFy")],
    [
      "F|re|i|s: a.b",
      on({ op: "regex", source: "a.b", ignoreCase: true, multiLine: false, dotAll: true }),
    ],
    [
      "F|wide|base64offset|contains: ab",
      { kind: "or", of: ["YQBiA", "EAYg", "hAGIA"].map((one) => text(one, "within")) },
    ],
    [
      "F|windash|contains: ' -a'",
      { kind: "or", of: ["-", "/", "–", "—", "―"].map((dash) => text(` ${dash}a`, "within")) },
    ],
    ["F|contains|all: [a, b]", { kind: "and", of: [text("a", "within"), text("b", "within")] }],
  ] as const satisfies readonly (readonly [string, SigmaExpr])[]
) {
  test(`readSigmaFile() reads ${line}`, () => assert.deepEqual(testsOf(line), expected));
}

for (
  const [condition, expected] of [
    ["a", "a"],
    ["a and b or c", "((a and b) or c)"],
    ["a or b and not c", "(a or (b and not c))"],
    ["not (a or b) and c", "(not (a or b) and c)"],
    ["not not a", "a"],
    ["1 of s_*", "(s_1 or s_2 or s_3)"],
    ["all of s_*", "(s_1 and s_2 and s_3)"],
    ["2 of s_* or a", "(2(s_1, s_2, s_3) or a)"],
    ["any of *_1", "s_1"],
    ["1 of them", "(a or b or c or s_1 or s_2 or s_3)"],
    ["A AND B", undefined],
    ["a AND NOT b", "(a and not b)"],
    ["1 of t*", undefined],
    ["4 of s_*", undefined],
    ["0 of s_*", undefined],
    ["a | count() > 3", undefined],
    ["", undefined],
    ["(a", undefined],
    ["a)", undefined],
    ["a b", undefined],
    ["a and", undefined],
    ["1 of", undefined],
    ["()", undefined],
    ["_x or a", "(_x or a)"],
  ] as const
) {
  test(`readSigmaFile() reads the condition "${condition}"`, () => {
    const names = ["a", "b", "c", "s_1", "s_2", "s_3", "_x"];
    const lines = names.map((name) => `${name}: {F: ${name}}`);
    const detection = [...lines, `condition: "${condition}"`].join("\n");
    const file = readSigmaFile("a.yml", ruleText(detection), new Map());
    assert.deepEqual(file.rules.map(({ expr }) => shown(expr)), [expected].filter(Boolean));
    if (expected !== undefined) return;
    assert.match(file.problems[0]!.message, /^Cannot read rule a\.yml:\d+:\d+: /);
  });
}

function shown(expr: SigmaExpr): string {
  switch (expr.kind) {
    case "test":
      return expr.test.op === "text" ? expr.test.text : expr.test.op;
    case "not":
      return `not ${shown(expr.of)}`;
    case "least":
      return `${expr.count}(${expr.of.map(shown).join(", ")})`;
    default:
      return `(${expr.of.map(shown).join(` ${expr.kind} `)})`;
  }
}
