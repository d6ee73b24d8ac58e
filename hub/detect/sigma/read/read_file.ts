/**
 * Reads a rule file of Sigma: YAML with one or more documents, each on its own.
 *
 * @module
 */
import { YamlError } from "../../../../sdk/yaml.ts";
import type { Place } from "../../../../sdk/yaml.ts";
import { parseYamlTrees, type YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaProblem, SigmaRule } from "../rule.ts";
import { mapOf } from "./node.ts";
import { ruleOf } from "./read_rule.ts";
import { SigmaError } from "./sigma_error.ts";

/** What a file held. */
export interface SigmaFile {
  readonly rules: readonly SigmaRule[];
  readonly problems: readonly SigmaProblem[];
}

/** Values of placeholders by name. */
export type PlaceholderValues = ReadonlyMap<string, readonly string[]>;

/** Reads the rules in `text`, which is that of `file`; a broken one does not stop the others. */
export function readSigmaFile(file: string, text: string, values: PlaceholderValues): SigmaFile {
  const rules: SigmaRule[] = [];
  const problems: SigmaProblem[] = [];
  const told = (code: SigmaProblem["code"], place: Place, what: string): void => {
    problems.push(problem(file, { code, what }, place));
  };
  const read = (document: YamlTree, placeOf: (offset: number) => Place): void => {
    try {
      const { line } = placeOf(document.at);
      rules.push(ruleOf(mapOf(document, "a rule"), { file, line, values }));
    } catch (error) {
      if (!(error instanceof SigmaError)) throw error;
      told(error.code, placeOf(error.at), error.message);
    }
  };
  try {
    const { documents, placeOf } = parseYamlTrees(text);
    for (const document of documents) read(document, placeOf);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    told("syntax", error.place, error.message);
  }
  return { rules, problems };
}

function problem(
  file: string,
  { code, what }: { readonly code: SigmaProblem["code"]; readonly what: string },
  { line, column }: Place,
): SigmaProblem {
  return {
    code,
    file,
    line,
    column,
    message: `Cannot read rule ${file}:${line}:${column}: ${what}`,
  };
}
