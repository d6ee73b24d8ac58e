/**
 * Reads the values of one mapping of a rule file, and notes what is wrong with them.
 *
 * @module
 */
import type { RuleProblem } from "./rule.ts";
import type { Place } from "../../sdk/yaml.ts";
import type { YamlEntry, YamlNode } from "./rule_yaml.ts";

/** Notes a problem at a place of the file. */
export type Note = (code: RuleProblem["code"], at: Place, what: string) => void;

/** Makes a note-taker for `file`. */
export function noteTaker(file: string, problems: RuleProblem[]): Note {
  return (code, { line, column }, what) => {
    const message = `Cannot read rule ${file}:${line}:${column}: ${what}`;
    problems.push({ code, file, line, column, message });
  };
}

/** Turns one node into a value; undefined after a note. */
export type Read<T> = (node: YamlNode, name: string, note: Note) => T | undefined;

/** The keys of one mapping. */
export interface Fields {
  /** The value under `name`; undefined after a note where it is missing or wrong. */
  need<T>(name: string, read: Read<T>): T | undefined;
  /** As {@link need}; `otherwise` where the key is not there. */
  maybe<T>(name: string, read: Read<T>, otherwise: T): T | undefined;
}

/** Looks at a mapping whose keys may only be `known`; undefined after a note if it is none. */
export function fieldsOf(
  node: YamlNode,
  known: readonly string[],
  note: Note,
): Fields | undefined {
  if (node.kind !== "map") {
    note("value", node.at, `here is a ${node.kind}, must be a mapping with ${listed(known)}`);
    return undefined;
  }
  const entries = new Map<string, YamlEntry>();
  for (const entry of node.entries) {
    if (!known.includes(entry.key)) {
      note("unknown-key", entry.at, `unknown key "${entry.key}", must be one of ${listed(known)}`);
    } else entries.set(entry.key, entry);
  }
  const maybe = <T>(name: string, read: Read<T>, otherwise: T): T | undefined => {
    const entry = entries.get(name);
    return entry === undefined ? otherwise : read(entry.value, name, note);
  };
  return {
    maybe,
    need(name, read) {
      if (!entries.has(name)) note("missing", node.at, `"${name}" is missing`);
      return maybe(name, read, undefined);
    },
  };
}

/** A text that is not empty. */
export const text: Read<string> = (node, name, note) => {
  if (node.kind === "scalar" && node.text !== "") return node.text;
  return wrong({ node, name, note }, "a text");
};

/** A text of one of the given ones. */
export function oneOf<const T extends string>(all: readonly T[]): Read<T> {
  return (node, name, note) => {
    const found = node.kind === "scalar" ? all.find((one) => one === node.text) : undefined;
    return found ?? wrong({ node, name, note }, `one of ${listed(all)}`);
  };
}

/** A text that `pattern` matches; `right` says it in words. */
export function word(pattern: RegExp, right: string): Read<string> {
  return (node, name, note) => {
    if (node.kind === "scalar" && pattern.test(node.text)) return node.text;
    return wrong({ node, name, note }, right);
  };
}

/** A whole number of a range, both ends included. */
export function whole(least: number, most: number): Read<number> {
  return (node, name, note) => {
    const value = node.kind === "scalar" && /^\d{1,15}$/.test(node.text) ? Number(node.text) : -1;
    if (value >= least && value <= most) return value;
    return wrong({ node, name, note }, `a whole number from ${least} to ${most}`);
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration such as `60s`, in ms, of a range; `right` says the range in words. */
export function duration(leastMs: number, mostMs: number, right: string): Read<number> {
  return (node, name, note) => {
    const parts = node.kind === "scalar" ? /^(\d{1,9})(ms|s|m|h|d)$/.exec(node.text) : null;
    const ms = parts === null ? -1 : Number(parts[1]) * UNIT_MS[parts[2]!]!;
    return ms >= leastMs && ms <= mostMs ? ms : wrong({ node, name, note }, right);
  };
}

/** A list, each of whose items `read` reads; undefined if one is wrong. */
export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (node, name, note) => {
    if (node.kind !== "list") return wrong({ node, name, note }, "a list");
    const values: T[] = [];
    for (const item of node.items) {
      const value = read(item, name, note);
      if (value !== undefined) values.push(value);
    }
    return values.length === node.items.length ? values : undefined;
  };
}

/** Notes that a value is not what it must be. */
export function wrong(
  { node, name, note }: { readonly node: YamlNode; readonly name: string; readonly note: Note },
  right: string,
): undefined {
  const is = node.kind === "scalar" ? `"${node.text.slice(0, 64)}"` : `a ${node.kind}`;
  note("value", node.at, `${name} is ${is}, must be ${right}`);
}

function listed(all: readonly string[]): string {
  return all.join(", ");
}
