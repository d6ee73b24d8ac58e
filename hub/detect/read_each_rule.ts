/**
 * Opens a rule file: YAML with one rule, or a list of rules.
 *
 * @module
 */
import { YamlError } from "../../sdk/yaml.ts";
import type { RuleProblem } from "./rule.ts";
import { type Note, noteTaker } from "./rule_fields.ts";
import { readYaml, type YamlNode } from "./rule_yaml.ts";

/** What a file held. */
export interface ReadRules<R> {
  readonly rules: readonly R[];
  readonly problems: readonly RuleProblem[];
}

/** Reads one rule; undefined if it has noted anything wrong with it. */
export type ReadRule<R> = (
  node: YamlNode,
  note: Note,
  problems: readonly RuleProblem[],
) => R | undefined;

/** Reads each rule in `content`, which is that of `file`, with `read`. */
export function readEachRule<R>(file: string, content: string, read: ReadRule<R>): ReadRules<R> {
  const problems: RuleProblem[] = [];
  const note = noteTaker(file, problems);
  try {
    const node = readYaml(content);
    const nodes = node?.kind === "list" ? node.items : node === undefined ? [] : [node];
    return { rules: nodes.flatMap((one) => read(one, note, problems) ?? []), problems };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    note("syntax", error.place, error.message);
    return { rules: [], problems };
  }
}
