/**
 * What a query compares columns with, read from its text.
 *
 * @module
 */

export interface Comparison {
  readonly operator: string;
  /** At least one. */
  readonly values: readonly string[];
}

/** By the column's name. */
export type Asked = ReadonlyMap<string, readonly Comparison[]>;

const COMPARED =
  /\b([A-Za-z_]\w*)\)?\s*(==|=~|>=|<=|>|<|has_any|has_all|has_cs|has|contains_cs|contains|startswith_cs|startswith|endswith_cs|endswith|in~?|hasprefix|hassuffix)\s*(\(\s*dynamic\s*\([^()]*\)\s*\)|\([^()]*\)|[@h]?"(?:[^"\\]|\\.|(?<=@"[^"]*)\\)*"|[@h]?'[^']*'|-?\d+(?:\.\d+)?\b|[A-Za-z_]\w*)/g;
const LISTED =
  /\blet\s+(\w+)\s*=\s*(dynamic\s*\(\s*\[[^\]]*\]\s*\)|@?"[^"]*"|@?'[^']*'|-?\d+(?:\.\d+)?\s*;)/g;
const VALUE = /@"([^"]*)"|"((?:[^"\\]|\\.)*)"|@'([^']*)'|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?)/g;

/** What the columns are compared with in `query`, as far as literals and `let` tell. */
export function askedOf(query: string): Asked {
  const code = query.replaceAll(/^\s*\/\/.*$/gm, "");
  const named = new Map<string, readonly string[]>();
  for (const [, name = "", list = ""] of code.matchAll(LISTED)) named.set(name, valuesOf(list));
  const found = new Map<string, Comparison[]>();
  for (const [, column = "", operator = "", given = ""] of code.matchAll(COMPARED)) {
    const name = /^\(?\s*([A-Za-z_]\w*)\s*\)?$/.exec(given)?.[1];
    const values = name === undefined ? valuesOf(given) : named.get(name) ?? [];
    if (values.length === 0) continue;
    const own = found.get(column) ?? [];
    found.set(column, [...own, { operator, values }]);
  }
  for (const [, column = ""] of code.matchAll(/\bisempty\(\s*(\w+)\s*\)/g)) {
    found.set(column, [...found.get(column) ?? [], { operator: "isempty", values: [""] }]);
  }
  return found;
}

function valuesOf(list: string): readonly string[] {
  return [...list.matchAll(VALUE)].map(([, verbatim, plain, verbatimSingle, single, number]) =>
    verbatim ?? verbatimSingle ?? number ?? unescaped(plain ?? single ?? "")
  );
}

function unescaped(value: string): string {
  return value.replaceAll(
    /\\(.)/g,
    (_, character: string) => character === "n" ? "\n" : character === "t" ? "\t" : character,
  );
}
