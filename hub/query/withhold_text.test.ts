import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withholdText } from "./withhold_text.ts";

const isPlain = (name: string): boolean => ["SecurityEvent", "EventID", "Facility"].includes(name);
const TOKEN = "user:1:abcdefghijklmnopqrstuvwxyz";

const TEXTS = [
  ['SecurityEvent | where Facility == "auth"', 'SecurityEvent | where Facility == "auth"'],
  ['SecurityEvent | where Account == "alice"', 'SecurityEvent | where Account == "(withheld)"'],
  ["SecurityEvent | where * has 'alice'", 'SecurityEvent | where * has "(withheld)"'],
  ['search "alice"', 'search "(withheld)"'],
  ['let u = "alice"; SecurityEvent', 'let u = "(withheld)"; SecurityEvent'],
  ['x | extend u = A | where u == @"a""b"', 'x | extend u = A | where u == "(withheld)"'],
  ["x | where A == h'alice", 'x | where A == "(withheld)"'],
  ["// about alice\nSecurityEvent", "//\nSecurityEvent"],
  [`x | where Account == "${TOKEN}"`, `x | where Account == "${TOKEN}"`],
  [
    'SecurityEvent | where tolower(Facility) in ("auth", "cron") and EventID == 4625',
    'SecurityEvent | where tolower(Facility) in ("auth", "cron") and EventID == 4625',
  ],
  ["x | where A == ```\nalice```", 'x | where A == "(withheld)"'],
] as const;

for (const [text, written] of TEXTS) {
  test(`withholdText() writes ${JSON.stringify(text)} as it may be told`, () => {
    assert.equal(withholdText(text, isPlain), written);
  });
}

test("withholdText() tells no literal of a part that names an unknown column", () => {
  const part = fc.constantFrom("SecurityEvent", "| where", "Account", "==", "EventID", ";", "(");
  fc.assert(fc.property(fc.array(part), (parts) => {
    const text = `${parts.join(" ")} | where EventID == 1 and Account == "canary" ${
      parts.join(" ")
    }`;
    assert.doesNotMatch(withholdText(text, isPlain), /canary/);
  }));
});

test("withholdText() cuts what is longer than any record", () => {
  const text = withholdText(`SecurityEvent | where x in (${'"canary",'.repeat(5000)})`, isPlain);
  assert.ok(text.length < 80_000);
  assert.doesNotMatch(text, /canary/);
});
