import assert from "node:assert/strict";
import { test } from "node:test";
import { readRuleFile } from "../rule_file.ts";
import { RULE_TEXT } from "./fakes.ts";

test("a behaviour rule is read with what it does not say", () => {
  const { rules: [rule], problems } = readRuleFile("a.yaml", RULE_TEXT);
  assert.deepEqual(problems, []);
  assert.ok(rule?.detector === "behaviour");
  assert.deepEqual([rule.everyMs, rule.hours, rule.perDay], [3_600_000, [7, 19], 1]);
  assert.deepEqual(rule.features[1], {
    name: "Failures",
    is: "count",
    column: undefined,
    where: [{ column: "Failed", op: "eq", values: ["true"] }],
  });
});

const WRONG: readonly (readonly [string, string, RegExp])[] = [
  ["every: 7h", "", /every is "7h", must be a part of a day/],
  ["every: 1m", "", /every is "1m"/],
  ["hours: 19-7", "", /hours is "19-7", must be the first hour/],
  ["per_day: 0", "", /per_day is "0", must be a whole number from 1/],
  ["", "{ name: Twice, is: count }, { name: Twice, is: count }", /features of different names/],
  ["", "{ name: Kinds, is: distinct }", /feature Kinds is a map, must be "distinct" with "column"/],
  ["", "{ name: All, is: count, column: Host }", /must be "count" without "column"/],
  ["", "{ name: Part, is: share }", /must be "share" with "where"/],
  ["", "{ name: lower, is: count }", /a word such as "Logons"/],
  ["", "{ name: Mean, is: mean, column: Size }", /is is "mean", must be one of count, distinct/],
  ["", "", /a list of 1 to 16 features/],
];

for (const [line, features, message] of WRONG) {
  test(`a behaviour rule with ${line || features || "no features"} is refused`, () => {
    const own = line === ""
      ? RULE_TEXT.replace(/features:[^]*$/, `features: [${features}]\n`)
      : `${RULE_TEXT.trimEnd()}\n${line}\n`;
    const { rules, problems } = readRuleFile("a.yaml", own);
    assert.deepEqual(rules, []);
    assert.match(problems.map((one) => one.message).join("\n"), message);
  });
}
