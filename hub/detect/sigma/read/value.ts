/**
 * One value of a detection, with the modifiers of its field, as tests.
 *
 * @module
 */
import type { YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaExpr, SigmaTest, SigmaTimePart } from "../ast.ts";
import { compileRegex } from "../regex/regex.ts";
import { RegexError } from "../regex/regex_error.ts";
import { networkOf } from "./cidr.ts";
import { encoded } from "./encode.ts";
import { joined } from "./expr.ts";
import type { FieldKey } from "./modifiers.ts";
import { described, type Scalar, scalarOf } from "./node.ts";
import { patternOf, patternTest, placed } from "./pattern.ts";
import { filled, type Placeholders } from "./placeholders.ts";
import { quoted, SigmaError } from "./sigma_error.ts";

type Leaf = Extract<YamlTree, { kind: "scalar" }>;

/**
 * The tests of `node`, joined by `or`.
 *
 * @throws {SigmaError} If the modifiers cannot take such a value.
 */
export function valueExpr(key: FieldKey, node: Leaf, placeholders: Placeholders): SigmaExpr {
  const { field, chain } = key;
  const texts = chain.flags.has("expand") ? filled(node.text, node.at, placeholders) : undefined;
  const tests = texts === undefined
    ? testsOf(key, node, scalarOf(node))
    : texts.flatMap((text) => testsOf(key, { ...node, text, isPlain: false }, text));
  if (field === undefined && tests.some(({ op }) => op === "null" || op === "empty")) {
    throw new SigmaError("value", node.at, `a keyword is ${described(node)}, must be a text`);
  }
  return joined("or", tests.map((test) => ({ kind: "test", field, test })));
}

function testsOf(key: FieldKey, node: Leaf, value: Scalar): readonly SigmaTest[] {
  const { type, flags, at } = key.chain;
  switch (type) {
    case undefined:
      return plainTests(key, node, value);
    case "re":
      return [regexTest(key, node, value)];
    case "cidr":
      return [{ op: "cidr", network: networkOf(textOnly(node, value, "cidr"), node.at) }];
    case "fieldref":
      return [{
        op: "field",
        at,
        other: textOnly(node, value, "fieldref"),
        cased: flags.has("cased"),
      }];
    case "exists":
      return [{ op: "exists", wanted: truth(node) }];
    default:
      return [timeTest(key, node, type)];
  }
}

function regexTest({ chain: { flags, at } }: FieldKey, node: Leaf, value: Scalar): SigmaTest {
  const test = {
    op: "regex" as const,
    source: anchored(textOnly(node, value, "re"), at),
    ignoreCase: flags.has("i"),
    multiLine: flags.has("m"),
    dotAll: flags.has("s"),
  };
  try {
    compileRegex(test.source, test);
    return test;
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new SigmaError(
      error.code === "too-large" ? "too-large" : "value",
      node.at,
      error.message,
    );
  }
}

function anchored(source: string, at: FieldKey["chain"]["at"]): string {
  if (at === "start") return `^(?:${source})`;
  return at === "end" ? `(?:${source})$` : source;
}

function textOnly(node: Leaf, value: Scalar, modifier: string): string {
  if (value !== null && node.text !== "") return node.text;
  const what = `the value of "${modifier}" is ${described(node)}, must be a text`;
  throw new SigmaError("value", node.at, what);
}

function truth(node: Leaf): boolean {
  if (/^(?:true|false)$/i.test(node.text)) return node.text.toLowerCase() === "true";
  const what = `the value of "exists" is ${described(node)}, must be true or false`;
  throw new SigmaError("value", node.at, what);
}

const RANGES: Readonly<Record<SigmaTimePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [1, 9999],
};

function timeTest(
  { chain }: FieldKey,
  node: Leaf,
  part: SigmaTimePart,
): SigmaTest {
  const value = numberOf(node, part);
  const [low, high] = RANGES[part];
  if (Number.isInteger(value) && value >= low && value <= high) {
    return { op: "time", part, compare: chain.compare, value };
  }
  const what = `the value of "${part}" is ${described(node)}, must be from ${low} to ${high}`;
  throw new SigmaError("value", node.at, what);
}

function numberOf(node: Leaf, modifier: string): number {
  const value = scalarOf({ ...node, isPlain: true });
  if (typeof value === "number") return value;
  const what = `the value of "${modifier}" is ${described(node)}, must be a number`;
  throw new SigmaError("value", node.at, what);
}

function plainTests(key: FieldKey, node: Leaf, value: Scalar): readonly SigmaTest[] {
  const { field, chain } = key;
  const { compare, encoders, at, flags } = chain;
  if (compare !== "eq") return [{ op: "number", compare, value: numberOf(node, compare) }];
  if (value === null) {
    if (at === "whole" && encoders.length === 0) return [{ op: "null" }];
    throw new SigmaError("value", node.at, "null cannot stand in a text, leave its modifiers out");
  }
  const cased = flags.has("cased");
  if (typeof value === "number" && field !== undefined && at === "whole" && encoders.length === 0) {
    return numberTests(value, node.text, cased);
  }
  const forms = encoded(patternOf(node.text), encoders, node.at);
  // A keyword is looked for in the whole of an event: it is never all of a message.
  const place = field === undefined && at === "whole" ? "within" : at;
  const patterns = forms.patterns.map((pattern) =>
    pattern.length === 0 && field === undefined ? pattern : placed(pattern, place)
  );
  const tests = patterns.map((pattern) => patternTest(pattern, cased));
  if (tests.length + forms.regexes.length > 0) {
    return [...tests, ...forms.regexes.map((source) => regexOf(source, { at: place, cased }))];
  }
  throw new SigmaError("value", node.at, `${quoted(node.text)} is too short for its modifiers`);
}

function regexOf(
  source: string,
  { at, cased }: { readonly at: FieldKey["chain"]["at"]; readonly cased: boolean },
): SigmaTest {
  const start = at === "whole" || at === "start" ? "^" : "";
  const end = at === "whole" || at === "end" ? "$" : "";
  const whole = `${start}${source}${end}`;
  return { op: "regex", source: whole, ignoreCase: !cased, multiLine: false, dotAll: false };
}

/** What is written in another way, such as `0x17` or `1.10`, is also looked for as written. */
function numberTests(value: number, text: string, cased: boolean): readonly SigmaTest[] {
  const number: SigmaTest = { op: "number", compare: "eq", value };
  return String(value) === text ? [number] : [number, { op: "text", at: "whole", text, cased }];
}
