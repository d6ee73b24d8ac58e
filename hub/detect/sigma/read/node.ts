/**
 * Values of a rule's YAML by what they must be.
 *
 * @module
 */
import type { YamlTree, YamlTreeEntry } from "../../../../sdk/yaml_tree.ts";
import { quoted, SigmaError } from "./sigma_error.ts";

export type YamlMap = Extract<YamlTree, { kind: "map" }>;

/** A scalar by the rules of YAML 1.2, save that a number with a leading zero is a text. */
export type Scalar = string | number | boolean | null;

const NUMBER = /^[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$|^0x[0-9a-fA-F]+$/;

/** What the scalar `node` means. */
export function scalarOf(node: Extract<YamlTree, { kind: "scalar" }>): Scalar {
  const { text, isPlain } = node;
  if (!isPlain) return text;
  if (text === "" || text === "~" || /^(?:null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  return NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** @throws {SigmaError} If it is no mapping. */
export function mapOf(node: YamlTree, name: string): YamlMap {
  if (node.kind === "map") return node;
  throw new SigmaError("value", node.at, `${name} is ${described(node)}, must be a mapping`);
}

/** The entry of `map` under `key`. */
export function entryOf(map: YamlMap, key: string): YamlTreeEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** @throws {SigmaError} If it is missing. */
export function needed(map: YamlMap, key: string): YamlTree {
  const entry = entryOf(map, key);
  if (entry !== undefined) return entry.value;
  throw new SigmaError("missing", map.at, `"${key}" is missing`);
}

/** @throws {SigmaError} If it is no text, or an empty one. */
export function textOf(node: YamlTree, name: string): string {
  if (node.kind === "scalar" && node.text !== "" && scalarOf(node) !== null) return node.text;
  throw new SigmaError("value", node.at, `${name} is ${described(node)}, must be a text`);
}

/** The text under `key`; undefined where it is missing or null. */
export function maybeText(map: YamlMap, key: string): string | undefined {
  const entry = entryOf(map, key);
  return entry === undefined || isNull(entry.value) ? undefined : textOf(entry.value, key);
}

/** The texts under `key`, where one alone may stand for a list of it. */
export function maybeTexts(map: YamlMap, key: string): readonly string[] {
  const entry = entryOf(map, key);
  if (entry === undefined || isNull(entry.value)) return [];
  return textsOf(entry.value, key);
}

/** @throws {SigmaError} If it is neither a text nor a list of texts. */
export function textsOf(node: YamlTree, name: string): readonly string[] {
  const nodes = node.kind === "list" ? node.items : [node];
  return nodes.filter((one) => !isNull(one)).map((one) => textOf(one, name));
}

/** What `node` is, for a message. */
export function described(node: YamlTree): string {
  if (node.kind === "map") return "a mapping";
  if (node.kind === "list") return "a list";
  return isNull(node) ? "null" : quoted(node.text);
}

export function isNull(node: YamlTree): boolean {
  return node.kind === "scalar" && scalarOf(node) === null;
}
