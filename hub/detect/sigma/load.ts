/**
 * Finds the rule files of folders and reads them together, with the values of their placeholders.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { troubleOf } from "../../../sdk/runtime/file_trouble.ts";
import type { PlaceholderValues } from "./read/read_file.ts";
import { MOST_CHARACTERS } from "./read/read_file.ts";
import { readPlaceholders } from "./read/placeholder_file.ts";
import { readLogSources } from "./read/log_source_file.ts";
import {
  readSigmaRules,
  type SigmaRules,
  type SigmaSource,
  withOwnSources,
} from "./read/read_all.ts";
import type { SigmaProblem } from "./rule.ts";

/** The name of the file with values of placeholders in a folder of rules, with `.yaml` or `.yml`. */
const PLACEHOLDERS = /(?:^|[/\\])placeholders\.ya?ml$/;
/** That of the file with log sources of one's own. */
const LOG_SOURCES = /(?:^|[/\\])log_sources\.ya?ml$/;

/**
 * Reads all `.yaml` and `.yml` files of `paths`, which are files and folders, by name and with the
 * folders in them. Values of placeholders are those of `placeholders`, or of the files named
 * `placeholders.yaml` where it is undefined. What cannot be read is a problem of its own.
 */
export function loadSigma(
  paths: readonly string[],
  placeholders: string | undefined,
): SigmaRules {
  const problems: SigmaProblem[] = [];
  const files = paths.flatMap((path) => filesAt(path, problems));
  const named = placeholders === undefined ? files.filter(isPlaceholderFile) : [placeholders];
  const values = new Map<string, readonly string[]>();
  for (const source of textsOf(named, problems)) {
    const read = readPlaceholders(source);
    problems.push(...read.problems);
    for (const [name, texts] of read.values) values.set(name, texts);
  }
  const own = [...textsOf(files.filter(isLogSourceFile), problems)].map(readLogSources);
  problems.push(...own.flatMap((one) => one.problems));
  const rules = files.filter((file) => !isPlaceholderFile(file) && !isLogSourceFile(file));
  const read = readWith(textsOf(rules, problems), { values, problems });
  return withOwnSources(read, own.flatMap(({ sources }) => sources));
}

function readWith(
  sources: Iterable<SigmaSource>,
  { values, problems }: {
    readonly values: PlaceholderValues;
    readonly problems: readonly SigmaProblem[];
  },
): SigmaRules {
  const read = readSigmaRules(sources, values);
  const all = [...problems, ...read.problems];
  return { ...read, problems: all, total: read.total + problems.length };
}

/** Whether `file` is one with values of placeholders, by its name. */
export function isPlaceholderFile(file: string): boolean {
  return PLACEHOLDERS.test(file);
}

/** Whether `file` is one with log sources of one's own, by its name. */
export function isLogSourceFile(file: string): boolean {
  return LOG_SOURCES.test(file);
}

/** Whether `text` is a file of Sigma rules, also a broken one: it has a key that only they have. */
export function isSigma(text: string): boolean {
  return /^(?:\{ *)?["']?(?:detection|correlation|filter|logsource|action)["']? *:/m.test(text);
}

/** Files that a link leads to are read, folders are not. */
function filesAt(path: string, problems: SigmaProblem[]): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.ya?ml$/i.test(name)).toSorted().map((name) => join(path, name))
      .filter((file) => !statSync(file, { throwIfNoEntry: false })?.isDirectory());
  } catch (error) {
    problems.push(unreadable(path, troubleOf(error)));
    return [];
  }
}

/** Reads one file at a time: only one text is held. */
function* textsOf(files: readonly string[], problems: SigmaProblem[]): Iterable<SigmaSource> {
  for (const file of files) {
    try {
      const { size } = statSync(file);
      if (size > MOST_CHARACTERS * 4) problems.push(unreadable(file, `it has ${size} bytes`));
      else yield { file, text: readFileSync(file, "utf8") };
    } catch (error) {
      problems.push(unreadable(file, troubleOf(error)));
    }
  }
}

function unreadable(file: string, why: string): SigmaProblem {
  const message = `Cannot read rule ${file}:1:1: ${why}`;
  return { code: "unreadable", file, line: 1, column: 1, message };
}
