/**
 * Requests of IIS as web servers and proxies have them (Sigma's taxonomy, "webserver", "proxy").
 *
 * @module
 */
import type { SigmaTest, SigmaWild } from "../ast.ts";
import type { BoundExpr, BoundField, Feed } from "./bound_rule.ts";
import { all, any, EVERY, testOn } from "./conditions.ts";

/** The columns of IIS by the names that Sigma's taxonomy has for web servers and proxies. */
const IIS_COLUMNS: Readonly<Record<string, string>> = {
  "cs-uri-stem": "csUriStem",
  "c-uri-stem": "csUriStem",
  "c-uri-query": "csUriQuery",
  "cs-method": "csMethod",
  "cs-host": "csHost",
  "r-dns": "csHost",
  "cs-username": "csUserName",
  "c-username": "csUserName",
  "cs-user-agent": "csUserAgent",
  "c-useragent": "csUserAgent",
  "cs-referer": "csReferer",
  "cs-referrer": "csReferer",
  "cs-cookie": "csCookie",
  "cs-version": "csVersion",
  "cs-bytes": "csBytes",
  "sc-bytes": "scBytes",
  "sc-status": "scStatus",
  "sc-substatus": "scSubStatus",
  "sc-win32-status": "scWin32Status",
  "c-ip": "cIP",
  src_ip: "cIP",
  "s-ip": "sIP",
  dst_ip: "sIP",
  "s-port": "sPort",
  dst_port: "sPort",
  "s-sitename": "sSiteName",
  "time-taken": "TimeTaken",
};

/** Fields that have path and query together, which IIS has apart. */
const WHOLE_URI: ReadonlySet<string> = new Set(["c-uri", "cs-uri", "cs-uri-query"]);
const STEM: BoundField = { column: "csUriStem" };
const QUERY: BoundField = { column: "csUriQuery" };

export const IIS: Feed = {
  table: "W3CIISLog",
  where: EVERY,
  fields: (name) => {
    if (WHOLE_URI.has(name)) return [STEM, QUERY];
    if (name === "c-uri-extension") return [STEM];
    const column = IIS_COLUMNS[name];
    return column === undefined ? [{ column: "AdditionalFields", path: [name] }] : [{ column }];
  },
  ask: askUri,
};

/** Asks for text of a target whose path and query are in two columns, without the `?`. */
function askUri(field: string, test: SigmaTest): BoundExpr | undefined {
  if (test.op === "wildcard") return WHOLE_URI.has(field) ? askPattern(test) : undefined;
  if (test.op !== "text") return undefined;
  if (field === "c-uri-extension") {
    return testOn([STEM], { ...test, at: "end", text: `.${test.text}` });
  }
  if (!WHOLE_URI.has(field)) return undefined;
  const { at, text } = test;
  const cut = text.indexOf("?");
  if (cut >= 0) {
    const path = at === "within" || at === "end" ? "end" : "whole";
    const query = at === "within" || at === "start" ? "start" : "whole";
    return all(
      testOn([STEM], { ...test, at: path, text: text.slice(0, cut) }),
      testOn([QUERY], { ...test, at: query, text: text.slice(cut + 1) }),
    );
  }
  // The query is the end of a target that has one, the path its beginning.
  const ofPath = testOn([STEM], test);
  const noQuery = testOn([QUERY], { op: "exists", wanted: false });
  switch (at) {
    case "within":
      return any(ofPath, testOn([QUERY], test));
    case "start":
      return ofPath;
    case "end":
      return any(all(ofPath, noQuery), testOn([QUERY], test));
    case "whole":
      // `cs-uri-query` may as well be the query alone.
      return any(all(ofPath, noQuery), testOn([QUERY], test));
  }
}

type Pattern = Extract<SigmaTest, { readonly op: "wildcard" }>;

/** A pattern that holds for path or query alone, or whose parts on both sides of the `?` do. */
function askPattern(test: Pattern): BoundExpr {
  const across = test.parts.flatMap((part, i) => {
    const sides = sidesOf(part);
    if (sides === undefined) return [];
    const path = [...test.parts.slice(0, i), ...sides.path];
    const query = [...sides.query, ...test.parts.slice(i + 1)];
    if (path.length === 0 || query.length === 0) return [];
    return [
      all(testOn([STEM], { ...test, parts: path }), testOn([QUERY], { ...test, parts: query })),
    ];
  });
  return any(testOn([STEM, QUERY], test), ...across);
}

/** What is left of a part on both sides of a `?` that it stands for; undefined: it has none. */
function sidesOf(
  part: SigmaWild,
): { readonly path: readonly SigmaWild[]; readonly query: readonly SigmaWild[] } | undefined {
  if (part === "one") return { path: [], query: [] };
  if (part === "many") return { path: ["many"], query: ["many"] };
  const cut = part.text.indexOf("?");
  if (cut < 0) return undefined;
  const side = (text: string): readonly SigmaWild[] => text === "" ? [] : [{ text }];
  return { path: side(part.text.slice(0, cut)), query: side(part.text.slice(cut + 1)) };
}
