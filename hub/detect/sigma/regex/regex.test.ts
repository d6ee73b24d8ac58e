import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { foldText } from "./fold.ts";
import { RegexError } from "./regex_error.ts";
import { compileRegex } from "./regex.ts";

const PLAIN = { ignoreCase: false, multiLine: false, dotAll: false };
const encoder = new TextEncoder();

function found(source: string, text: string, flags = PLAIN): boolean {
  const bytes = encoder.encode(`\u{1F600}${text}\u{1F600}`);
  return compileRegex(source, flags).test(bytes, 4, bytes.length - 4);
}

/** Our syntax, and the same for JavaScript's engine. */
type Pair = readonly [ours: string, theirs: string];

const same = (...sources: readonly string[]) =>
  fc.constantFrom(...sources).map((s): Pair => [s, s]);
const ATOMS = fc.oneof(
  { weight: 4, arbitrary: same("a", "b", "A", "c", "\\.", "-", "é", "Σ", "ς", "\u{1F600}", "1") },
  { weight: 2, arbitrary: same(".", "[ab]", "[^a]", "[a-cé-ü]", "[^\u{1F600}é]", "\\d", "\\S") },
  same("\\b", "\\B", "^", "\\w", "\\W", "[^\\s\\S]", "\\u00e9", "\\x61", "\\n"),
  fc.constant<Pair>(["$", "(?=\\n?(?![\\s\\S]))"]),
  fc.constant<Pair>(["\\z", "(?![\\s\\S])"]),
  fc.constant<Pair>(["\\A", "(?<![\\s\\S])"]),
);
const { pattern: PATTERNS } = fc.letrec<{ pattern: Pair; part: Pair }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, depthIdentifier: "p" },
    ATOMS,
    fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"))
      .map(([[a, b], count]): Pair => [`(?:${a})${count}`, `(?:${b})${count}`]),
    fc.tuple(tie("pattern"), tie("pattern"))
      .map(([[a, b], [c, d]]): Pair => [`(${a}|${c})`, `(?:${b}|${d})`]),
  ),
  pattern: fc.array(tie("part"), { maxLength: 4, depthIdentifier: "p" })
    .map((parts): Pair => [parts.map(([a]) => a).join(""), parts.map(([, b]) => b).join("")]),
}));
const TEXTS = fc.array(
  fc.constantFrom(
    "a",
    "b",
    "A",
    "B",
    "c",
    "é",
    "É",
    "σ",
    "Σ",
    "ς",
    "\u{1F600}",
    "\n",
    " ",
    "1",
    ".",
  ),
  { maxLength: 12 },
).map((chars) => chars.join(""));
const FLAGS = fc.record({
  ignoreCase: fc.boolean(),
  multiLine: fc.constant(false),
  dotAll: fc.boolean(),
});

test("compileRegex() finds what JavaScript's engine finds", () => {
  fc.assert(
    fc.property(PATTERNS, TEXTS, FLAGS, ([ours, theirs], text, flags) => {
      const oracle = new RegExp(
        theirs,
        `u${flags.ignoreCase ? "i" : ""}${flags.dotAll ? "s" : ""}`,
      );
      assert.equal(found(ours, text, flags), oracle.test(text), `${ours} on ${text}`);
    }),
    { numRuns: 2000 },
  );
});

test("compileRegex() knows literals that every match holds", () => {
  fc.assert(
    fc.property(PATTERNS, TEXTS, FLAGS, ([ours], text, flags) => {
      const { literals } = compileRegex(ours, flags);
      if (literals === undefined || !found(ours, text, flags)) return;
      const folded = foldText(text);
      assert.ok(literals.some((literal) => folded.includes(literal)), `${ours} on ${text}`);
    }),
    { numRuns: 2000 },
  );
});

test("compileRegex() finds the longest literals it can", () => {
  const literalsOf = (source: string) => compileRegex(source, PLAIN).literals;
  assert.deepEqual(literalsOf("\\\\rpc_[0-9a-f]{2}"), ["\\rpc_"]);
  assert.deepEqual(
    literalsOf("[Rr]un[Dd]ll32(?:\\.exe)? \\S"),
    ["rundll32.exe ", "rundll32 "].toSorted(),
  );
  assert.deepEqual(literalsOf("cmd.{0,5}(?:/c|/r).+powershell"), ["powershell"]);
  assert.equal(literalsOf("[0-9]{1,3}|a"), undefined);
});

const MULTI_LINE = { ...PLAIN, multiLine: true };

test("anchors with flag m stand beside each line feed", () => {
  assert.ok(found("^b$", "a\nb\nc", MULTI_LINE));
  assert.ok(!found("^b$", "a\nb\nc"));
  assert.ok(found("(?m)^b$", "a\nb\nc"));
  assert.ok(found("a$", "a\n"));
  assert.ok(!found("a$", "a\n\n"));
  assert.ok(!found("a\\z", "a\n"));
});

test("flags within a pattern hold to the end of their group", () => {
  assert.ok(found("(?i)PaSS", "pAss"));
  assert.ok(found("a(?i:B)c", "abc"));
  assert.ok(!found("a(?i:B)c", "abC"));
  assert.ok(found("(?:(?i)a)b", "Ab"));
  assert.ok(!found("(?:(?i)a)b", "AB"));
  assert.ok(found("(?i)stra(?-i:ß)e", "STRAße"));
  assert.ok(found("(?x) a b # comment\n c", "abc"));
});

test("classes and escapes mean what PCRE says", () => {
  assert.ok(found("[[:alpha:]-]+[\\]\\\\^]", "x-^"));
  assert.ok(found("[]a]", "]"));
  assert.ok(found("[^]a]", "b"));
  assert.ok(!found("[^]a]", "]a"));
  assert.ok(found("^\\x{1F600}\\u0041\\x42\\t\\0$", "\u{1F600}AB\t\0"));
  assert.ok(found("^\\p{Lu}\\P{L}\\p{Script=Greek}$", "É1σ"));
  assert.ok(found("^\\h\\s\\v\\H$", "\t\v\nx"));
  assert.ok(found("{a}{,x}{", "{a}{,x}{"));
  assert.ok(found("(?<name>a)(?P<other>b)(?#comment)", "ab"));
});

test("a value that is no UTF-8 is searched as one with U+FFFD", () => {
  const bytes = Uint8Array.of(97, 0xff, 98, 0xe2, 0x82, 99);
  assert.ok(compileRegex("a.b.c", PLAIN).test(bytes, 0, bytes.length));
  assert.ok(!compileRegex("ab", PLAIN).test(bytes, 0, bytes.length));
});

const REFUSED: readonly (readonly [string, RegexError["code"]])[] = [
  ["a(?=b)", "unsupported"],
  ["a(?!b)", "unsupported"],
  ["(?<=a)b", "unsupported"],
  ["(a)\\1", "unsupported"],
  ["(?>a)", "unsupported"],
  ["a++", "unsupported"],
  ["\\Qa\\E+", "unsupported"],
  ["(*FAIL)", "unsupported"],
  ["(".repeat(200) + ")".repeat(200), "unsupported"],
  ["(a", "syntax"],
  ["a)", "syntax"],
  ["*a", "syntax"],
  ["a**", "syntax"],
  ["[b-a]", "syntax"],
  ["[a", "syntax"],
  ["a\\", "syntax"],
  ["\\y", "syntax"],
  ["a{3,2}", "syntax"],
  ["a{99999}", "syntax"],
  ["[[:constructor:]]", "syntax"],
  ["\\p{Nope}", "syntax"],
  ["((a{1000}){1000}){1000}", "too-large"],
  ["((){60000}){60000}", "too-large"],
  [".{65535}", "too-large"],
];

test("compileRegex() refuses what is wrong or not linear, by code", () => {
  for (const [source, code] of REFUSED) {
    assert.throws(
      () => compileRegex(source, PLAIN),
      (error) => error instanceof RegexError && error.code === code,
      source,
    );
  }
});

/** A mebibyte each; JavaScript's engine needs ages for most, or gives up and says "no match". */
const HOSTILE: readonly (readonly [source: string, unit: string, tail: string, found: boolean])[] =
  [
    ["(a+)+$", "a", "b", false],
    ["(a+)+$", "a", "", true],
    ["(a|aa)+$", "a", "b", false],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", "", false],
    ["(.*a){20}$", "a", "!", false],
    ["(x+x+)+y", "x", "", false],
    ["(x+x+)+y", "x", "y", true],
    ["([ab]*a[ab]{12})*c$", "ab", "", false],
    ["a[ab]{40}c", "aab", "", false],
    [".{1000,}z", "y", "", false],
    ["((a?){30}){30}b", "a", "", false],
    ["[^\\u{0}-\\x{10FFFE}]".replace("\\u{0}", "\\x{0}"), "é", "", false],
  ];

test("hostile patterns on a mebibyte end, with the right answer", () => {
  for (const [source, unit, tail, expected] of HOSTILE) {
    const bytes = encoder.encode(unit.repeat((1 << 20) / unit.length) + tail);
    assert.equal(compileRegex(source, PLAIN).test(bytes, 0, bytes.length), expected, source);
  }
});

test("a regex whose table is full goes on without it", () => {
  const regex = compileRegex("(a|b)*a(a|b){18}c$", PLAIN);
  let seed = 7;
  const next = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0);
  const text = Array.from({ length: 40_000 }, () => (next() >>> 16) % 2 === 0 ? "a" : "b").join("");
  for (const tail of ["aabbbabababababababac", "c", ""]) {
    const bytes = encoder.encode(text + tail);
    const oracle = tail.length > 1 || (tail === "c" && text.at(-19) === "a");
    assert.equal(regex.test(bytes, 0, bytes.length), oracle, tail);
  }
});

test("a refusal shows no more of a long name than its beginning", () => {
  for (const pattern of [`\\p{${"x".repeat(5_000)}}`, `[[:${"x".repeat(5_000)}:]]`]) {
    assert.throws(
      () => compileRegex(pattern, PLAIN),
      (error) => error instanceof RegexError && error.message.length < 200,
    );
  }
});
