/**
 * Reads Loghub's samples of logs with the templates that people have found in them, and measures how
 * many messages a grouping has right.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { wordsOf } from "../../hub/detect/learn/template.ts";
import { type Taken, Templates } from "../../hub/detect/learn/templates.ts";

export interface LabelledLog {
  readonly name: string;
  readonly messages: readonly string[];
  /** Template of each message, as people have it. */
  readonly truth: readonly string[];
}

/** All logs in `folder`, each in a folder of its own. */
export function readLoghub(folder: string): readonly LabelledLog[] {
  return readdirSync(folder).toSorted().map((name) => {
    const file = join(folder, name, `${name}_2k.log_structured.csv`);
    const [head, ...rows] = readCsv(readFileSync(file, "utf8"));
    const [message, event] = ["Content", "EventId"].map((column) => head!.indexOf(column));
    return {
      name,
      messages: rows.map((row) => row[message!]!),
      truth: rows.map((row) => row[event!]!),
    };
  });
}

/** Rows of fields (RFC 4180). */
export function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (
    const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)
  ) {
    if (quoted === undefined && plain === "" && end === "" && row.length === 0) break;
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** What our detector makes of each message when it takes it. */
export function takenOf({ messages }: LabelledLog): readonly Taken[] {
  const templates = new Templates(20_000);
  return messages.map((message) => templates.take("", wordsOf(message), 0));
}

/** New kinds of messages after a first half that is only learned. */
export interface Novelty {
  /** Rightly taken for new. */
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
}

/** Which messages of the second half are the first of their template, by us and by people. */
export function noveltyOf(
  taken: readonly Pick<Taken, "isNew">[],
  truth: readonly string[],
): Novelty {
  const second = truth.map((event, i) => ({ isFirst: truth.indexOf(event) === i, ...taken[i]! }))
    .slice(Math.floor(truth.length / 2));
  const count = (isFirst: boolean, isNew: boolean) =>
    second.filter((one) => one.isFirst === isFirst && one.isNew === isNew).length;
  return { found: count(true, true), missed: count(true, false), wrong: count(false, true) };
}

/**
 * Grouping accuracy (Zhu et al., ICSE-SEIP 2019): the share of messages whose group has exactly the
 * messages that it should have.
 */
export function accuracy(groups: readonly number[], truth: readonly string[]): number {
  const sizes = new Map<unknown, number>();
  const truths = new Map<number, Set<string>>();
  for (const [i, group] of groups.entries()) {
    for (const key of [group, truth[i]!]) sizes.set(key, (sizes.get(key) ?? 0) + 1);
    truths.set(group, (truths.get(group) ?? new Set()).add(truth[i]!));
  }
  const right = groups.filter((group, i) =>
    truths.get(group)!.size === 1 && sizes.get(group) === sizes.get(truth[i]!)
  );
  return right.length / groups.length;
}
