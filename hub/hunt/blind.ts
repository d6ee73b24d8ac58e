/**
 * Which rules the agents' default scrub policy blinds or dims: of which no event can be matched any
 * more, or not each one.
 *
 * Each test of a rule is asked for values for which it holds; those are scrubbed as they would be in
 * its table, and asked for again. A rule is blind where it needs a test that then fails for all of
 * them, dimmed where it needs one that fails for some.
 *
 * @module
 */
import { rowOf } from "../../sdk/columns/cell.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { openScrubber, type Scrubber } from "../../sdk/scrub/scrubber.ts";
import { type ColumnSpec, type Json, schemaOf, type Table } from "../../sdk/table.ts";
import { judge, rowEvent } from "../detect/sigma/judge.ts";
import type { BoundExpr, BoundField, BoundRule } from "../detect/sigma/map/bound_rule.ts";
import type { SigmaRule } from "../detect/sigma/rule.ts";
import { rowsPlugin } from "./rows_plugin.ts";

/** A rule that sees nothing or less, and the fields that hide it. */
export interface BlindRule {
  readonly rule: SigmaRule;
  readonly fields: readonly string[];
}

/** Both kinds of them; no rule is in both. */
export interface BlindRules {
  /** That are blind over every table that feeds them. */
  readonly blind: readonly BlindRule[];
  /** That see less over every table that feeds them. */
  readonly dimmed: readonly BlindRule[];
}

type Test = Extract<BoundExpr, { readonly kind: "test" }>;

/** Those of `all` that are not run as they were meant. */
export function blindRules(all: readonly BoundRule[]): BlindRules {
  const bound = all.filter(({ rule }) => rule.placeholders.length === 0);
  const key = { epoch: 1, bytes: new Uint8Array(32) };
  const scrubber = openScrubber({ policy: { columns: {} }, key });
  const hidden = new Map<string, Hidden>();
  for (const [table, rules] of Map.groupBy(bound, (rule) => rule.table)) {
    const tests = new Map(
      rules.flatMap(({ expr }) => testsOf(expr)).map((test) => [keyOf(test), test]),
    );
    hidden.set(table, hiddenTests(table, [...tests.values()], scrubber));
  }
  const byRule = [...Map.groupBy(bound, ({ rule }) => rule)];
  const blind = byRule.flatMap(([rule, feeds]) =>
    hiddenBy(rule, feeds, ({ table }) => hidden.get(table)?.all ?? NONE)
  );
  const areBlind = new Set(blind.map(({ rule }) => rule));
  const dimmed = byRule.filter(([rule]) => !areBlind.has(rule)).flatMap(([rule, feeds]) =>
    hiddenBy(rule, feeds, ({ table }) => hidden.get(table)?.some ?? NONE)
  );
  return { blind, dimmed };
}

const NONE: ReadonlySet<string> = new Set();

/** `rule`, if it can hold over none of `feeds` without the tests of `of`. */
function hiddenBy(
  rule: SigmaRule,
  feeds: readonly BoundRule[],
  of: (feed: BoundRule) => ReadonlySet<string>,
): readonly BlindRule[] {
  if (feeds.some((feed) => canHold(feed.expr, of(feed)))) return [];
  const names = feeds.flatMap((feed) =>
    testsOf(feed.expr).filter((test) => of(feed).has(keyOf(test))).map(nameOf)
  );
  return names.length === 0 ? [] : [{ rule, fields: [...new Set(names)].toSorted() }];
}

/** Whether `expr` can hold where the tests of `blind` cannot. */
function canHold(expr: BoundExpr, blind: ReadonlySet<string>): boolean {
  switch (expr.kind) {
    case "test":
      return !blind.has(keyOf(expr));
    case "and":
      return expr.of.every((part) => canHold(part, blind));
    case "or":
      return expr.of.some((part) => canHold(part, blind));
    case "least":
      return expr.of.filter((part) => canHold(part, blind)).length >= expr.count;
    case "not":
      return true;
  }
}

/** Keys of tests that hold for values in clear. */
interface Hidden {
  /** Of which all are hidden when they are scrubbed. */
  readonly all: ReadonlySet<string>;
  /** Of which some are, or all. */
  readonly some: ReadonlySet<string>;
}

function hiddenTests(name: string, tests: readonly Test[], scrubber: Scrubber): Hidden {
  const table = tableNamed(name);
  const some = new Set<string>();
  if (table === undefined) return { all: some, some };
  const schema = schemaOf(name, table);
  const writer = new TableWriter(schema);
  const asked: Test[] = [];
  for (const test of tests) {
    for (const row of rowsFor(test, table)) {
      writer.add(row);
      asked.push(test);
    }
  }
  const plain = writer.view();
  const scrubbed = scrubber.scrub(plain, schema)[0];
  const seen = new Set<string>();
  for (const [row, test] of asked.entries()) {
    (judge(test, rowEvent(rowOf(scrubbed, row))) ? seen : some).add(keyOf(test));
  }
  return { all: some.difference(seen), some };
}

function tableNamed(name: string): Table | undefined {
  const { tables } = rowsPlugin();
  return Object.hasOwn(tables, name) ? tables[name] : undefined;
}

/** Principals and addresses that scrubbing leaves as they are. */
const READABLE = [
  "NT AUTHORITY\\SYSTEM",
  "NT AUTHORITY\\LOCAL SERVICE",
  "NT AUTHORITY\\NETWORK SERVICE",
  "ANONYMOUS LOGON",
  "SYSTEM",
  "LOCAL SERVICE",
  "NETWORK SERVICE",
  "Administrator",
  "root",
  "krbtgt",
  "-",
  "S-1-5-18",
  "S-1-5-19",
  "S-1-5-20",
  "S-1-5-32-544",
  "S-1-5-21-1-2-3-500",
  "S-1-5-21-1-2-3-512",
  "127.0.0.1",
  "::1",
];

/** Rows for which `asked` holds; none where that cannot be told, or scrubbing hides nothing. */
function rowsFor(
  asked: Test,
  { columns, time }: Table,
): readonly Readonly<Record<string, never>>[] {
  const { field, test } = asked;
  const spec = field === undefined ? undefined : columns[field.column];
  if (field === undefined || spec === undefined || field.column === time) return [];
  // The category of an address stays readable in a column of addresses.
  if (test.op === "cidr" && spec.class === "network") return [];
  const text = witness(test);
  if (text === undefined) return [];
  return [text, ...withAddress(text), ...READABLE].flatMap((one) => {
    const value = valueFor(field, spec, one);
    if (value === undefined || !judge(asked, rowEvent({ [field.column]: value }))) return [];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- valueFor() looks at the column's type
    return [{ [field.column]: value } as Record<string, never>];
  });
}

/** A text for which `test` holds. */
function witness(test: Test["test"]): string | undefined {
  switch (test.op) {
    case "text":
      return test.text === "" ? undefined : test.text;
    case "wildcard":
      return test.parts.map((part) => part === "one" ? "x" : part === "many" ? "" : part.text).join(
        "",
      );
    case "cidr":
      return test.network.split("/")[0];
    default:
      return undefined;
  }
}

/** `text` with the rest of an address, where it ends as one begins: `https://1` or `10.2.`. */
function withAddress(text: string): readonly string[] {
  const [begun] = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){0,2}\.?$/.exec(text) ?? [];
  if (begun === undefined) return [];
  const octets = begun.split(".").filter((octet) => octet !== "");
  const rest = ["2", "3", "4"].slice(octets.length - 1);
  return [`${text.slice(0, -begun.length)}${[...octets, ...rest].join(".")}/x`];
}

/** `text` as a value of the column; undefined where it has none of such values. */
function valueFor({ path = [] }: BoundField, spec: ColumnSpec, text: string): Json | undefined {
  if (spec.type === "dynamic") {
    return path.toReversed().reduce<Json>((value, step) => ({ [step]: value }), text);
  }
  return spec.type === "string" && path.length === 0 ? text : undefined;
}

function testsOf(expr: BoundExpr): readonly Test[] {
  if (expr.kind === "test") return [expr];
  return expr.kind === "not" ? testsOf(expr.of) : expr.of.flatMap(testsOf);
}

function keyOf({ field, test }: Test): string {
  return JSON.stringify([field, test]);
}

function nameOf({ field }: Test): string {
  return field === undefined ? "" : [field.column, ...field.path ?? []].join(".");
}
