import assert from "node:assert/strict";
import test from "node:test";
import type { SigmaProblem } from "../rule.ts";
import { MOST_CHARACTERS, readSigmaFile, type SigmaFile } from "./read_file.ts";

function read(text: string): SigmaFile {
  return readSigmaFile("a.yml", text, new Map([["Many", Array.from({ length: 100 }, String)]]));
}

const RULE = `title: A
logsource: { product: windows }
level: high
detection:
  s: { F: 1 }
  condition: s
`;

for (
  const [from, to, code, place, what] of [
    ["title: A", "title: []", "value", "1:8", /title is a list, must be a text/],
    ["title: A\n", "", "missing", "1:1", /"title" is missing/],
    ["{ product: windows }", "x", "value", "2:12", /logsource is "x", must be a mapping/],
    ["{ product: windows }", "{}", "missing", "2:12", /must have a category, product or service/],
    ["windows", "{ a: 1 }", "value", "2:23", /product is a mapping, must be a text/],
    ["high", "urgent", "value", "3:8", /level is "urgent", must be one of informational/],
    ["{ F: 1 }", "{}", "value", "5:6", /an empty mapping/],
    ["{ F: 1 }", "[]", "value", "5:6", /an empty list/],
    ["{ F: 1 }", "{ F: [] }", "value", "5:11", /an empty list/],
    ["{ F: 1 }", "{ F: { G: 1 } }", "value", "5:11", /F is a mapping, must be a single value/],
    ["{ F: 1 }", "{ F: [[1]] }", "value", "5:12", /F is a list, must be a single value/],
    ["{ F: 1 }", "null", "value", "5:6", /a keyword is null, must be a text/],
    ["{ F: 1 }", "{ F|like: 1 }", "modifier", "5:8", /unknown modifier "like", must be one of/],
    ["{ F: 1 }", "{ F|: 1 }", "modifier", "5:8", /unknown modifier ""/],
    ["{ F: 1 }", "{ F|contains|endswith: 1 }", "modifier", "5:8", /cannot go together/],
    ["{ F: 1 }", "{ F|re|cidr: 1 }", "modifier", "5:8", /"re" and "cidr" cannot go together/],
    ["{ F: 1 }", "{ F|re|base64: 1 }", "modifier", "5:8", /"re" and "base64" cannot/],
    ["{ F: 1 }", "{ F|i: 1 }", "modifier", "5:8", /"i" must come with "re"/],
    ["{ F: 1 }", "{ F|gt|contains: 1 }", "modifier", "5:8", /"gt" and "within" cannot/],
    ["{ F: 1 }", "{ F|gt: x }", "value", "5:14", /"gt" is "x", must be a number/],
    ["{ F: 1 }", "{ F|hour: 24 }", "value", "5:16", /must be from 0 to 23/],
    ["{ F: 1 }", "{ F|exists: 1 }", "value", "5:18", /must be true or false/],
    ["{ F: 1 }", "{ F|re: null }", "value", "5:14", /must be a text/],
    ["{ F: 1 }", "{ F|contains: null }", "value", "5:20", /null cannot stand in a text/],
    ["{ F: 1 }", "{ F|base64: 'a*' }", "value", "5:18", /cannot encode a text with wildcards/],
    ["{ F: 1 }", "{ F|base64offset: '' }", "value", "5:24", /cannot encode an empty text/],
    ["{ F: 1 }", "{ F|wide|utf16: a }", "modifier", "5:22", /cannot follow another encoding/],
    ["{ F: 1 }", "{ F|base64|base64|base64|base64|base64: a }", "modifier", "5:8", /at most 4/],
    ["{ F: 1 }", "{ F|cidr: 10.0.0.1/8 }", "value", "5:16", /has bits after its prefix of 8/],
    ["{ F: 1 }", "{ F|cidr: 10.0.0.0/33 }", "value", "5:16", /a prefix of 0 to 32 bits/],
    ["{ F: 1 }", "{ F|cidr: example.org }", "value", "5:16", /must be a network such as/],
    ["condition: s", "condition: t", "condition", "6:14", /"t" is no search identifier/],
    ["condition: s", "x: 1", "missing", "5:3", /"condition" is missing/],
    ["condition: s", "condition: []", "value", "6:14", /condition is a list, must be a text/],
    ["condition: s", "condition: [s, t]", "condition", "6:18", /"t" is no search identifier/],
    ["condition: s", "condition: s | count() > 1", "condition", "6:14", /correlation rule instead/],
    ["title: A", "title: A\ntitle: B", "syntax", "2:1", /the key "title" occurs twice/],
    ["title: A", "title: *x", "syntax", "1:9", /the alias "x" names nothing/],
    ["{ F: 1 }", "&x { F: *x }", "syntax", "5:15", /names nothing that is complete before it/],
    ["title: A", "title: !x A", "syntax", "1:8", /the tag "!x" is not known/],
    ["title: A", "? [a]\n: b", "syntax", "1:3", /a key must be a text/],
    ["title: A", "<<: 1", "syntax", "1:1", /must name a mapping/],
  ] as const satisfies readonly (readonly [string, string, SigmaProblem["code"], string, RegExp])[]
) {
  test(`readSigmaFile() refuses ${JSON.stringify(to)} with its place`, () => {
    assert.deepEqual(read(RULE).problems, []);
    const { documents, problems } = read(RULE.replace(from, () => to));
    assert.deepEqual(documents, []);
    assert.deepEqual(problems.map((p) => [p.code, `${p.line}:${p.column}`]), [[code, place]]);
    assert.match(problems[0]!.message, what);
  });
}

for (const text of ["- 1", "text", "1", "true", "[a, {b: c}]"]) {
  test(`readSigmaFile() refuses the document ${text}`, () => {
    assert.match(read(text).problems[0]!.message, /a rule is .*, must be a mapping/);
  });
}

for (const text of ["", "---\n", "# only\n", "---\n---\n"]) {
  test(`readSigmaFile() finds nothing in ${JSON.stringify(text)}`, () => {
    const { documents, problems } = read(text);
    assert.deepEqual([documents, problems], [[], []]);
  });
}

/** Each level is ten times the one before. */
function bomb(first: string, levels: number): string {
  const lines = [`b0: &b0 ${first}`];
  for (let i = 1; i <= levels; i++) {
    lines.push(`b${i}: &b${i} [${Array(10).fill(`*b${i - 1}`).join(", ")}]`);
  }
  return lines.join("\n");
}

const LONG = "x".repeat(1_000_000);
for (
  const [what, text, code] of [
    [
      "a text that grows without bound",
      `${bomb("[a]", 9)}\n${RULE.replace("{ F: 1 }", "*b9")}`,
      "too-large",
    ],
    [
      "a long value that many aliases name",
      `b: &b ${LONG}\n${RULE.replace("{ F: 1 }", `[${"*b, ".repeat(1000)}]`)}`,
      "too-large",
    ],
    [
      "many merges of many keys",
      `b: &b {${Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join(", ")}}\n` +
      `c: {<<: [${"*b, ".repeat(1000)}]}\n${RULE}`,
      "syntax",
    ],
    [
      "documents that share more than they are worth",
      `action: global\n${Array.from({ length: 2_000 }, (_, i) => `k${i}: 1`).join("\n")}\n` +
      `${RULE}---\n${"action: repeat\n---\n".repeat(600)}`,
      "too-large",
    ],
    [
      "a condition with too many tests",
      RULE.replace("{ F: 1 }", `{ F: [${"1, ".repeat(1_000)}] }`)
        .replace("condition: s", `condition: ${Array(600).fill("s").join(" or ")}`),
      "too-large",
    ],
    [
      "a condition with too many patterns",
      RULE.replace(
        "s: { F: 1 }",
        Array.from({ length: 3_000 }, (_, i) => `s${i}: { F: 1 }`).join("\n  "),
      )
        .replace("condition: s", `condition: ${Array(2_000).fill("1 of s1*9").join(" or ")}`),
      "too-large",
    ],
    [
      "more regexes than may be compiled",
      RULE.replace("{ F: 1 }", `{ F|re: [${"a, ".repeat(500)}] }`),
      "too-large",
    ],
    [
      "an alias of another document",
      `a: &a 1\n---\n${RULE.replace("F: 1", "F: *a")}`,
      "syntax",
    ],
    ["lists in lists", RULE.replace("{ F: 1 }", `${"[".repeat(100_000)}`), "syntax"],
    [
      "a condition that is deep",
      RULE.replace("condition: s", `t: { G: 1 }\n  condition: ${deep(300)}`),
      "too-deep",
    ],
    [
      "placeholders that make too many values",
      RULE.replace("{ F: 1 }", `{ F|expand: "${"%Many%".repeat(9)}" }`),
      "too-large",
    ],
    ["more characters than a file may have", `${RULE}#${"x".repeat(MOST_CHARACTERS)}`, "too-large"],
  ] as const
) {
  test(`readSigmaFile() refuses ${what}`, () => {
    const { problems } = read(text);
    assert.equal(problems.at(-1)?.code, code);
    assert.ok(problems[0]!.message.length < 1000);
  });
}

function deep(levels: number): string {
  return `${"(s and (t or ".repeat(levels / 2)}s${"))".repeat(levels / 2)}`;
}

test("readSigmaFile() reads any number of parentheses and negations", () => {
  const n = 100_000;
  const condition = `${"(".repeat(n)}${"not ".repeat(n)}s${")".repeat(n)}`;
  const { documents, problems } = read(RULE.replace("condition: s", `condition: ${condition}`));
  assert.deepEqual([documents.length, problems.map(({ message }) => message)], [1, []]);
});

test("readSigmaFile() reads a chain of many operators, and many values", () => {
  const condition = Array(50_000).fill("s").join(" or ");
  const values = Array.from({ length: 50_000 }, (_, i) => i).join(", ");
  const { documents, problems } = read(
    RULE.replace("condition: s", `condition: ${condition}`),
  );
  assert.deepEqual([documents.length, problems.length], [1, 0]);
  assert.equal(read(RULE.replace("F: 1", `F: [${values}]`)).documents.length, 1);
});

test("readSigmaFile() tells of 1,000 broken documents and counts the others", () => {
  const { problems } = read("---\na: 1\n".repeat(1_234));
  assert.equal(problems.length, 1_001);
  assert.match(problems.at(-1)!.message, /234 more documents of it have a mistake/);
});

test("readSigmaFile() takes windash of many dashes as one regex", () => {
  const { documents } = read(RULE.replace("F: 1", `F|windash|contains: "${" -a".repeat(8)}"`));
  const [first] = documents;
  assert.ok(first?.kind === "rule" && first.rule.expr.kind === "test");
  const { test: regex } = first.rule.expr;
  assert.ok(regex.op === "regex" && regex.ignoreCase);
  const pattern = new RegExp(regex.source, "iu");
  assert.ok(pattern.test("cmd /a –A -a ―a /a /a /a /a x"));
  assert.ok(!pattern.test("cmd /a –a -a ―a /a /a /a a"));
});

test("readSigmaFile() reads no more of a file than it may, however many rules it has", () => {
  const rule = RULE.replace("F: 1", `F: [${"1, ".repeat(150_000)}]`);
  const { documents, problems } = read(Array<string>(30).fill(rule).join("---\n"));
  assert.equal(documents.length, 26);
  assert.equal(problems[0]?.code, "too-large");
});
