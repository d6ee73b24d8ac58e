/**
 * Reads what only a behaviour rule has: its windows and features.
 *
 * @module
 */
import {
  type BehaviourRule,
  type Condition,
  type Feature,
  type Measure,
  MEASURES,
} from "../rule.ts";
import {
  duration,
  type Fields,
  fieldsOf,
  list,
  oneOf,
  type Read,
  whole,
  word,
  wrong,
} from "../rule_fields.ts";

const DAY_MS = 86_400_000;
const MOST_FEATURES = 16;
const MEASURE_COLUMN: ReadonlySet<Measure> = new Set(["distinct", "new", "sum"]);
const LEAST_CONDITION: ReadonlySet<Measure> = new Set(["share"]);

type Own = Pick<BehaviourRule, "everyMs" | "features" | "hours" | "perDay">;

/** What other rules have too is read by `read`. */
export function behaviourOf(
  fields: Fields,
  read: { readonly column: Read<string>; readonly condition: Read<Condition> },
): { readonly [K in keyof Own]: Own[K] | undefined } {
  return {
    everyMs: fields.maybe("every", every, 3_600_000),
    features: fields.need("features", features(feature(read))),
    hours: fields.maybe("hours", hours, [7, 19]),
    perDay: fields.maybe("per_day", whole(1, 1_000), 1),
  };
}

/** Days are made of whole windows. */
const every: Read<number> = (node, name, note) => {
  const right = 'a part of a day from "5m" to "1d", such as "1h"';
  const ms = duration(300_000, DAY_MS, right)(node, name, note);
  return ms === undefined || DAY_MS % ms === 0 ? ms : wrong({ node, name, note }, right);
};

const hours: Read<readonly [number, number]> = (node, name, note) => {
  const right = 'the first hour and the one after the last, such as "7-19"';
  const text = word(/^\d{1,2}-\d{1,2}$/, right)(node, name, note);
  if (text === undefined) return undefined;
  const [from, to] = text.split("-").map(Number);
  return from! < to! && to! <= 24 ? [from!, to!] : wrong({ node, name, note }, right);
};

function features(one: Read<Feature>): Read<readonly Feature[]> {
  return (node, name, note) => {
    const all = list(one)(node, name, note);
    if (all === undefined) return undefined;
    const names = new Set(all.map((feature) => feature.name));
    if (all.length >= 1 && all.length <= MOST_FEATURES && names.size === all.length) return all;
    return wrong(
      { node, name, note },
      `a list of 1 to ${MOST_FEATURES} features of different names`,
    );
  };
}

function feature(
  read: { readonly column: Read<string>; readonly condition: Read<Condition> },
): Read<Feature> {
  return (node, name, note) => {
    const fields = fieldsOf(node, ["name", "is", "column", "where"], note);
    const own = fields?.need("name", word(/^[A-Z][A-Za-z0-9]{0,31}$/, 'a word such as "Logons"'));
    const is = fields?.need("is", oneOf(MEASURES));
    const where = fields?.maybe("where", list(read.condition), []);
    const of = fields?.maybe("column", read.column, "");
    if (own === undefined || is === undefined || where === undefined || of === undefined) {
      return undefined;
    }
    if (MEASURE_COLUMN.has(is) !== (of !== "")) {
      const right = MEASURE_COLUMN.has(is) ? `with "column"` : `without "column"`;
      return wrong({ node, name: `feature ${own}`, note }, `"${is}" ${right}`);
    }
    if (LEAST_CONDITION.has(is) && where.length === 0) {
      return wrong({ node, name: `feature ${own}`, note }, `"${is}" with "where"`);
    }
    return { name: own, is, column: of === "" ? undefined : of, where };
  };
}
