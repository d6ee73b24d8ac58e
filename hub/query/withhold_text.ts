/**
 * A query's text as it may be written down: its literals must not tell what the store's columns hide.
 *
 * A literal text stays where all names in its part of the query (from one pipe or semicolon to the
 * next) are words of the language, functions, tables, and columns whose values name no person,
 * customer or machine: a name that the query itself has made may stand for any column. All others
 * are withheld, but tokens, which say nothing without their key. Numbers and times stay.
 *
 * @module
 */

/** What stands in a literal's place. */
const WITHHELD = '"(withheld)"';
/** Longest text that is written down. */
const MAX_TEXT = 16_384;
const TOKEN = /^[a-z0-9_-]{1,32}:\d{1,10}:[a-z2-7]{26}$/;

type Kind = "text" | "name" | "break" | "comment" | "other";

const LEXEMES: readonly (readonly [Kind, RegExp])[] = [
  ["comment", /\/\/[^\n]*/y],
  ["text", /[hH]?(?:```[\s\S]*?(?:```|$)|~~~[\s\S]*?(?:~~~|$))/y],
  ["text", /[hH]?@(?:"(?:[^"]|"")*(?:"|$)|'(?:[^']|'')*(?:'|$))/y],
  ["text", /[hH]?(?:"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$))/y],
  ["name", /[A-Za-z_]\w*/y],
  ["break", /[|;]/y],
  ["other", /[\s\S]/y],
];

const WORDS: ReadonlySet<string> = new Set(
  `and or not in has hascs has_cs has_any has_all hasprefix hassuffix contains contains_cs startswith
   startswith_cs endswith endswith_cs matches regex between where filter summarize by project sort
   order asc desc top take limit count distinct join kind on inner innerunique leftouter union lookup
   datetime timespan true false null nulls first last render with`.split(/\s+/),
);

interface Lexeme {
  readonly kind: Kind;
  readonly text: string;
}

/**
 * The text of a query without the literals that may name somebody; `isPlain` tells whether a name
 * is a table's, or a column's whose values never do.
 */
export function withholdText(text: string, isPlain: (name: string) => boolean): string {
  const parts: string[] = [];
  let segment: Lexeme[] = [];
  const close = (): void => {
    parts.push(segmentText(segment, isPlain));
    segment = [];
  };
  for (const lexeme of lexemes(text.slice(0, MAX_TEXT))) {
    segment.push(lexeme);
    if (lexeme.kind === "break") close();
  }
  close();
  return parts.join("") + (text.length > MAX_TEXT ? ` (${text.length} characters)` : "");
}

function segmentText(segment: readonly Lexeme[], isPlain: (name: string) => boolean): string {
  const tellsNothing = isHarmless(segment, isPlain);
  return segment.map(({ kind, text }) => {
    if (kind === "comment") return "//";
    return kind !== "text" || tellsNothing || isToken(text) ? text : WITHHELD;
  }).join("");
}

function isHarmless(segment: readonly Lexeme[], isPlain: (name: string) => boolean): boolean {
  let columns = 0;
  for (const [i, { kind, text }] of segment.entries()) {
    // A star is every column.
    if (kind === "other" && text === "*") return false;
    if (kind !== "name" || WORDS.has(text.toLowerCase())) continue;
    if (isPlain(text)) columns++;
    else if (segment[i + 1]?.text !== "(") return false;
  }
  return columns > 0;
}

function isToken(text: string): boolean {
  return TOKEN.test(text.replaceAll(/^[hH]?@?["']|["']$/g, ""));
}

function* lexemes(text: string): Generator<Lexeme> {
  for (let at = 0; at < text.length;) {
    for (const [kind, pattern] of LEXEMES) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null) continue;
      yield { kind, text: match[0] };
      at += match[0].length;
      break;
    }
  }
}
