/**
 * Rule collections: documents of one file that share what an `action` says (Sigma 1, still in use).
 *
 * `action: global` is part of each later document, `action: reset` ends that, and `action: repeat`
 * is the document before with what it says itself.
 *
 * @module
 */
import type { YamlTree, YamlTreeEntry } from "../../../../sdk/yaml_tree.ts";
import { described, entryOf, mapOf, type YamlMap } from "./node.ts";
import { SigmaError } from "./sigma_error.ts";

/** Entries that are copied from one document into others of a file. */
const MOST_COPIED = 1_000_000;

/** Gives the documents of one file as they count. */
export class Collection {
  #global: YamlMap | undefined;
  #before: YamlMap | undefined;
  #copied = 0;

  /**
   * `document` with what it shares; undefined if it only says what others share.
   *
   * @throws {SigmaError} If it is no mapping, or if its action is not known.
   */
  take(document: YamlTree): YamlMap | undefined {
    const map = mapOf(document, "a rule");
    const action = entryOf(map, "action")?.value;
    if (action === undefined) return this.#ready(this.#global, map);
    const own: YamlMap = { ...map, entries: map.entries.filter(({ key }) => key !== "action") };
    const name = action.kind === "scalar" ? action.text : "";
    if (name === "global") this.#global = own;
    else if (name === "reset") this.#global = undefined;
    else if (name === "repeat") return this.#ready(this.#before ?? this.#global, own);
    else {
      const what = `action is ${described(action)}, must be global, reset or repeat`;
      throw new SigmaError("value", action.at, what);
    }
    return undefined;
  }

  #ready(shared: YamlMap | undefined, own: YamlMap): YamlMap {
    const map = shared === undefined ? own : this.#merged(shared, own);
    this.#before = map;
    return map;
  }

  /** What `own` says wins; mappings in both are merged. Levels are those of the YAML. */
  #merged(shared: YamlMap, own: YamlMap): YamlMap {
    const entries = new Map<string, YamlTreeEntry>();
    for (const entry of shared.entries) entries.set(entry.key, entry);
    for (const entry of own.entries) {
      const before = entries.get(entry.key)?.value;
      const value = before?.kind === "map" && entry.value.kind === "map"
        ? this.#merged(before, entry.value)
        : entry.value;
      entries.set(entry.key, { ...entry, value });
    }
    this.#copied += entries.size;
    if (this.#copied > MOST_COPIED) {
      throw new SigmaError("too-large", own.at, "the documents of this file share too much");
    }
    return { kind: "map", at: own.at, entries: [...entries.values()] };
  }
}
