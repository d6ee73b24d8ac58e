/**
 * Names, literals and refusals in KQL's own text.
 *
 * @module
 */
import { KqlError } from "../kql_error.ts";
import type { Literal } from "../plan.ts";
import { textOfDatetime, textOfTimespan } from "../time_text.ts";

/** What the plan has and KQL cannot be made to say. */
export function unsupported(what: string): KqlError {
  return new KqlError({
    code: "unsupported",
    message: `${what} is not supported in KQL for Azure Data Explorer`,
  });
}

/** Words that a name may not be as it stands. */
const WORDS: ReadonlySet<string> = new Set(
  ("and or not by on in has contains between true false null asc desc nulls first last of with " +
    "kind let set where project extend summarize join lookup union print range datatable take " +
    "limit top sort order count distinct sample search find parse evaluate render as invoke " +
    "serialize partition scan fork facet consume to step from typeof default pack case iff now " +
    "ago bin bool int long real decimal string datetime timespan time date guid dynamic double " +
    "boolean toscalar totable materialize view matches regex startswith endswith like has_any " +
    "has_all step steps id database cluster table tables external_table hint isfuzzy withsource " +
    "declare pattern restrict alias access filter")
    .split(" "),
);

export function nameText(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name) && !WORDS.has(name)) return name;
  return `[${stringText(name)}]`;
}

export function stringText(text: string): string {
  const escaped = text.replaceAll(/[\\"\p{Cc}\u2028\u2029]/gu, (one) => {
    const known = ESCAPES.get(one);
    return known ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ['"', '\\"'],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

export function literalText({ type, value }: Literal): string {
  if (value === null) return `${type}(null)`;
  switch (type) {
    case "string":
      return stringText(String(value));
    case "bool":
      return value === true ? "true" : "false";
    case "long":
      return BigInt(value) < 0n ? `long(${value})` : String(value);
    case "int":
      return `int(${value})`;
    case "real":
      return realText(Number(value));
    case "datetime":
      return `datetime(${textOfDatetime(BigInt(value))})`;
    case "timespan":
      return `timespan(${textOfTimespan(BigInt(value))})`;
    case "decimal":
    case "guid":
      return `${type}(${value})`;
    case "dynamic":
      return `dynamic(${jsonText(String(value))})`;
  }
}

function realText(value: number): string {
  if (Number.isNaN(value)) return "real(nan)";
  if (!Number.isFinite(value)) return value > 0 ? "real(+inf)" : "real(-inf)";
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return `real(${/[.e]/.test(text) ? text : `${text}.0`})`;
}

/** In `dynamic()` text has the escapes of KQL, which are those of JSON but for `\/`, `\b` and `\f`. */
function jsonText(json: string): string {
  return json.replaceAll("\\/", "/").replaceAll(
    /\\([bf])/g,
    (_, one: string) => one === "b" ? "\\u0008" : "\\u000c",
  );
}
