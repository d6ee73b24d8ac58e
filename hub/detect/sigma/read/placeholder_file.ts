/**
 * The file that gives placeholders their values: a mapping of names to a text or a list of texts.
 *
 * ```yaml
 * Administrators: ["adm_*", root]
 * Servers: srv*
 * ```
 *
 * @module
 */
import { type Place, YamlError } from "../../../../sdk/yaml.ts";
import { parseYamlTrees, type YamlTree, type YamlTreeEntry } from "../../../../sdk/yaml_tree.ts";
import type { SigmaProblem } from "../rule.ts";
import { mapOf, textsOf } from "./node.ts";
import type { SigmaSource } from "./read_all.ts";
import { quoted, SigmaError } from "./sigma_error.ts";

/** What such a file holds. */
export interface PlaceholderFile {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly SigmaProblem[];
}

/** Reads one; a name with a mistake has no value, the others have theirs. */
export function readPlaceholders({ file, text }: SigmaSource): PlaceholderFile {
  const values = new Map<string, readonly string[]>();
  const problems: SigmaProblem[] = [];
  const told = (
    code: SigmaProblem["code"],
    { line, column }: Place,
    what: string,
  ): void => {
    const message = `Cannot read placeholders ${file}:${line}:${column}: ${what}`;
    problems.push({ code, file, line, column, message });
  };
  const read = ({ key, at, value }: YamlTreeEntry, placeOf: (offset: number) => Place): void => {
    try {
      const [name, texts] = valuesOf(key, at, value);
      values.set(name, texts);
    } catch (error) {
      if (!(error instanceof SigmaError)) throw error;
      told(error.code, placeOf(error.at), error.message);
    }
  };
  try {
    const { documents, placeOf } = parseYamlTrees(text);
    const entries = documents.flatMap((node) => mapOf(node, "the file").entries);
    for (const entry of entries) read(entry, placeOf);
  } catch (error) {
    if (error instanceof YamlError) told("syntax", error.place, error.message);
    else if (error instanceof SigmaError) told(error.code, { line: 1, column: 1 }, error.message);
    else throw error;
  }
  return { values, problems };
}

function valuesOf(key: string, at: number, value: YamlTree): [string, readonly string[]] {
  const [, name] = /^%?(\w+)%?$/.exec(key) ?? [];
  if (name === undefined) {
    throw new SigmaError("value", at, `${quoted(key)} is no name, must be letters, digits and _`);
  }
  const texts = textsOf(value, name);
  if (texts.length > 0) return [name, texts];
  throw new SigmaError("value", value.at, `${name} has no value, must have a text or several`);
}
