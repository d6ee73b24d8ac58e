/**
 * The YAML of a rule file as a tree that knows where each value stands, and how it was written.
 *
 * @module
 */
import { parseYaml, type Place, type Yaml } from "../../sdk/yaml.ts";

/** A value and its place. */
export type YamlNode =
  | { readonly kind: "map"; readonly at: Place; readonly entries: readonly YamlEntry[] }
  | { readonly kind: "list"; readonly at: Place; readonly items: readonly YamlNode[] }
  | { readonly kind: "scalar"; readonly at: Place; readonly text: string };

/** One key of a mapping. */
export interface YamlEntry {
  readonly key: string;
  readonly at: Place;
  readonly value: YamlNode;
}

/**
 * The only document of `text`; undefined if there is nothing in it.
 *
 * @throws {YamlError} If it is no such YAML.
 */
export function readYaml(text: string): YamlNode | undefined {
  const yaml = parseYaml(text);
  const lines = text.split("\n");
  return yaml.value === null ? undefined : nodeAt({ yaml, lines }, [], yaml.value);
}

interface Source {
  readonly yaml: Yaml;
  readonly lines: readonly string[];
}

function nodeAt(source: Source, path: readonly PropertyKey[], value: unknown): YamlNode {
  const at = source.yaml.valueAt(path);
  if (Array.isArray(value)) {
    return { kind: "list", at, items: value.map((item, i) => nodeAt(source, [...path, i], item)) };
  }
  if (typeof value !== "object" || value === null) {
    return { kind: "scalar", at, text: textOf(value, at, source.lines) };
  }
  const entries = Object.entries(value).map(([key, one]): YamlEntry => {
    const here = [...path, key];
    return { key, at: source.yaml.keyAt(here), value: nodeAt(source, here, one) };
  });
  return { kind: "map", at, entries };
}

/** What is no string is taken as it was written: 0403 is not 403. */
function textOf(value: unknown, { line, column }: Place, lines: readonly string[]): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  return /^[^\s,\]}]*/.exec(lines[line - 1]?.slice(column - 1) ?? "")?.[0] ?? "";
}
