/**
 * Fuzz targets: regexes of rules, and values that rules are matched against.
 *
 * @module
 */
import { rowOf } from "../../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../../sdk/columns/column.ts";
import { MsgpackError, pack, unpackJson } from "../../../sdk/wire/msgpack.ts";
import { judge, rowEvent } from "../../../hub/detect/sigma/judge.ts";
import type { BoundExpr, BoundField, BoundTest } from "../../../hub/detect/sigma/map/bound_rule.ts";
import { compileRules } from "../../../hub/detect/sigma/match/matcher.ts";
import { foldText } from "../../../hub/detect/sigma/regex/fold.ts";
import { RegexError } from "../../../hub/detect/sigma/regex/regex_error.ts";
import { compileRegex } from "../../../hub/detect/sigma/regex/regex.ts";
import { type Target, verdictOf } from "../target.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A pattern, a line feed, and a value. */
const REGEXES = [
  "(?i)echo.*clip.*&&.*(?:Clipboard|i`?n`?v`?o`?k`?e`?)\necho a|clip && invoke",
  "https?://(?:(?:25[0-5]|(?:2[0-4]|1\\d|[1-9])?\\d)(?:\\.|\\b)){4}\nhttp://10.1.2.3/",
  "^[^\\\\/]{2,5}[[:alpha:]\\x{1F600}-]+?\\b(a|é)*$\nabc/def-éa",
  "((a+)+|[^b]{3,}){2,4}\\p{Lu}\naaaaaaaaaaaaaaaaaaaaaaa",
];

const REGEX_TARGET: Target = {
  name: "sigma-regex",
  corpus: REGEXES.map((text) => encoder.encode(text)),
  take: (input) =>
    verdictOf(() => {
      const end = input.indexOf(10);
      const source = decoder.decode(input.subarray(0, end < 0 ? input.length : end));
      const value = input.subarray(end < 0 ? input.length : end + 1);
      const flags = { ignoreCase: source.length % 2 === 0, multiLine: false, dotAll: false };
      const regex = compileRegex(source, flags);
      const isFound = regex.test(value, 0, value.length);
      const again = regex.test(value, 0, value.length);
      const folded = foldText(decoder.decode(value));
      const hasLiteral = regex.literals?.some((literal) => folded.includes(literal)) ?? true;
      if (isFound !== again) throw new TypeError("Two searches of one value differ");
      if (isFound && !hasLiteral) throw new TypeError("A match holds none of the literals");
    }, [RegexError]),
};

const FIELDS: readonly (BoundField | undefined)[] = [
  { column: "Fields" },
  { column: "Fields", path: ["A"] },
  { column: "Fields", path: ["A", "P"] },
  { column: "Fields", path: ["Data"] },
  undefined,
];
const TESTS: readonly BoundTest[] = [
  { op: "text", at: "within", text: "ab", cased: false },
  { op: "text", at: "end", text: "É", cased: false },
  { op: "text", at: "whole", text: "4688", cased: true },
  { op: "wildcard", parts: [{ text: "a" }, "many", { text: "b" }, "one"], cased: false },
  { op: "number", compare: "gte", value: 4688 },
  { op: "cidr", network: "10.0.0.0/8" },
  { op: "null" },
  { op: "empty" },
  { op: "exists", wanted: true },
];
const RULES = FIELDS.flatMap((field) =>
  TESTS.map((test): { table: string; where: BoundExpr; expr: BoundExpr } => ({
    table: "Events",
    where: { kind: "and", of: [] },
    expr: { kind: "test", field, test },
  }))
);
const VALUES = [
  { A: "abc", Data: ["4688", null, "10.1.2.3"], B: { C: [] } },
  { A: [{ P: "xÉ" }, { P: 4688 }], Data: "", B: true },
  { A: { P: -7, Q: 1.5 }, Data: [["ab"], 70_000, 2 ** 40] },
];
const FACTS = { entry: 0, hubMs: 0, aliveMs: 0, agent: "a", source: "s", isEvents: true };
const matcher = compileRules(RULES);

const MATCHER_TARGET: Target = {
  name: "sigma-matcher",
  corpus: VALUES.map(pack),
  take(input) {
    const batch: ColumnBatch = {
      table: "Events",
      rows: 1,
      columns: [{
        form: "text",
        name: "Fields",
        type: "dynamic",
        rows: { bytes: input, ends: Uint32Array.of(input.length) },
        absent: undefined,
      }],
    };
    const found = new Set([...matcher.batch(batch, FACTS)].map(({ rule }) => rule));
    // A value that is written in another way, with a key twice for example, is looked at all over.
    if (!isCanonical(input)) return "unusual";
    const event = rowEvent(rowOf(batch, 0));
    for (const rule of RULES) {
      if (judge(rule.expr, event) !== found.has(rule)) {
        throw new TypeError(`Matched otherwise than judged: ${JSON.stringify(rule.expr)}`);
      }
    }
    return "accepted";
  },
};

function isCanonical(bytes: Uint8Array): boolean {
  try {
    return Buffer.compare(pack(unpackJson(bytes)), bytes) === 0;
  } catch (error) {
    if (error instanceof MsgpackError) return false;
    throw error;
  }
}

export const SIGMA_TARGETS: readonly Target[] = [REGEX_TARGET, MATCHER_TARGET];
