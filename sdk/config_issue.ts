/**
 * Says in plain words what valibot has found to be wrong with a value of a config or a call.
 *
 * @module
 */
import type { BaseIssue } from "valibot";

/** By valibot's name of a kind of values. */
const KINDS: Readonly<Record<string, string>> = {
  Object: "a map",
  Array: "a list",
  string: "text",
  number: "a number",
  boolean: "true or false",
  null: "empty",
  Date: "a date",
  unknown: "anything",
  NaN: "no number",
};

/** Longest piece of the config that a message repeats, in characters. */
const MOST_SHOWN = 80;
/** Mistakes that are told one by one. */
const MOST_MISTAKES = 20;

/** Where the value stands, key by key. */
export function issuePath(issue: BaseIssue<unknown>): readonly PropertyKey[] {
  return (issue.path ?? []).map(({ key }) => typeof key === "number" ? key : String(key));
}

/** `notify.webhooks[0].url`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, i) => {
    if (typeof key === "number") return `[${key}]`;
    return i === 0 ? shown(String(key)) : `.${shown(String(key))}`;
  }).join("");
}

/** Whether it is the key that is wrong rather than its value. */
export function isKeyIssue(issue: BaseIssue<unknown>): boolean {
  return isUnknownKey(issue) || issue.path?.at(-1)?.origin === "key";
}

/** What is and what would be right, such as `is a map, must be a list`. */
export function issueText(issue: BaseIssue<unknown>): string {
  if (isUnknownKey(issue)) return "is no setting here: remove it";
  if (issue.input === undefined) return "is missing";
  const must = mustText(issue) ?? `which is refused: ${issue.message}`;
  return `is ${kindOf(issue.received)}, ${must}`;
}

/** What would be right, without a word of what is; undefined if the schema does not say. */
export function mustText({ message, expected }: BaseIssue<unknown>): string | undefined {
  if (message.startsWith("must ")) return message;
  // A regular expression is no help to who has not written it.
  if (expected === null || expected.startsWith("/")) return undefined;
  return `must be ${expectedText(expected)}`;
}

/** The lines of the mistakes in `file`, one each; of very many the first, and how many more. */
export function mistakesText(file: string, lines: readonly string[]): string {
  const more = lines.length - MOST_MISTAKES;
  if (more <= 0) return lines.join("\n");
  const last = `Cannot read config ${file}: there are ${more} more mistakes`;
  return [...lines.slice(0, MOST_MISTAKES), last].join("\n");
}

function isUnknownKey({ kind, expected }: BaseIssue<unknown>): boolean {
  return kind === "schema" && expected === "never";
}

/** `("a" | "b")` is a choice, `>=1` a bound. */
function expectedText(expected: string): string {
  const [, sign, bound] = /^([<>])=(.*)$/.exec(expected) ?? [];
  if (bound !== undefined) return `${bound} or ${sign === ">" ? "more" : "less"}`;
  const choices = expected.replace(/^\((.*)\)$/s, "$1").split(" | ").map(kindOf);
  return choices.length === 1 ? choices.join("") : `one of ${choices.join(", ")}`;
}

function kindOf(name: string): string {
  return KINDS[name] ?? shown(name);
}

function shown(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
