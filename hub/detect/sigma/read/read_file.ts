/**
 * Reads a rule file of Sigma: YAML with one or more documents, each on its own.
 *
 * @module
 */
import { type Place, YamlError } from "../../../../sdk/yaml.ts";
import { parseYamlTrees, type YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaProblem, SigmaRule } from "../rule.ts";
import { MOST_FILE_NODES } from "./detection.ts";
import { Collection } from "./documents.ts";
import { entryOf, maybeText, type YamlMap } from "./node.ts";
import { type CorrelationDraft, correlationOf } from "./read_correlation.ts";
import { filterOf, type SigmaFilter } from "./read_filter.ts";
import { type RuleContext, ruleOf } from "./read_rule.ts";
import { SigmaError } from "./sigma_error.ts";

/** What one document is; `name` is what correlations may call it by. */
export type SigmaDocument =
  | { readonly kind: "rule"; readonly name: string | undefined; readonly rule: SigmaRule }
  | { readonly kind: "filter"; readonly filter: SigmaFilter }
  | ({ readonly kind: "correlation"; readonly name: string | undefined } & CorrelationDraft);

/** What a file held. */
export interface SigmaFile {
  readonly file: string;
  readonly documents: readonly SigmaDocument[];
  /** Of `documents`, the rules, without filters of other files. */
  readonly rules: readonly SigmaRule[];
  readonly problems: readonly SigmaProblem[];
  /** Makes a problem of something at an offset of the file. */
  problemAt(code: SigmaProblem["code"], at: number, what: string): SigmaProblem;
}

/** Values of placeholders by name. */
export type PlaceholderValues = ReadonlyMap<string, readonly string[]>;

/** Mistakes of one file that are told; the rest is counted. */
const MOST_PROBLEMS = 1_000;
/** Characters of a file. */
export const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Reads `text`, which is that of `file`; a broken document does not stop the others. */
export function readSigmaFile(file: string, text: string, values: PlaceholderValues): SigmaFile {
  const documents: SigmaDocument[] = [];
  const problems: SigmaProblem[] = [];
  const collection = new Collection();
  const budget = { left: MOST_FILE_NODES };
  let wrong = 0;
  let problemAt: SigmaFile["problemAt"] = (code, _at, what) =>
    problem(file, { code, what }, { line: 1, column: 1 });
  const read = (node: YamlTree, line: number): void => {
    try {
      const map = collection.take(node);
      if (map !== undefined) documents.push(documentOf(map, { file, line, values, budget }));
    } catch (error) {
      if (!(error instanceof SigmaError)) throw error;
      if (++wrong <= MOST_PROBLEMS) {
        problems.push(problemAt(error.code, error.at, error.message));
      }
    }
  };
  try {
    if (text.length > MOST_CHARACTERS) {
      const what = `it has ${text.length} characters, must have ${MOST_CHARACTERS} at most`;
      return {
        file,
        documents,
        rules: [],
        problems: [problemAt("too-large", 0, what)],
        problemAt,
      };
    }
    const { documents: nodes, placeOf } = parseYamlTrees(text);
    problemAt = (code, at, what) => problem(file, { code, what }, placeOf(at));
    for (const node of nodes) read(node, placeOf(node.at).line);
    if (wrong > MOST_PROBLEMS) {
      const what = `${wrong - MOST_PROBLEMS} more documents of it have a mistake`;
      problems.push(problemAt("too-large", 0, what));
    }
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    problems.push(problem(file, { code: "syntax", what: error.message }, error.place));
  }
  const rules = documents.flatMap((one) => one.kind === "rule" ? [one.rule] : []);
  return { file, documents, rules, problems, problemAt };
}

function documentOf(map: YamlMap, context: RuleContext): SigmaDocument {
  const name = maybeText(map, "name");
  if (entryOf(map, "correlation") !== undefined) {
    return { kind: "correlation", name, ...correlationOf(map, context) };
  }
  if (entryOf(map, "filter") !== undefined) {
    return { kind: "filter", filter: filterOf(map, context) };
  }
  return { kind: "rule", name, rule: ruleOf(map, context) };
}

function problem(
  file: string,
  { code, what }: { readonly code: SigmaProblem["code"]; readonly what: string },
  { line, column }: Place,
): SigmaProblem {
  const message = `Cannot read rule ${file}:${line}:${column}: ${what}`;
  return { code, file, line, column, message };
}
