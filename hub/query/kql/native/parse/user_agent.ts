/**
 * `parse_user_agent`: browser, operating system and device by the patterns of `uap-core`
 * (docs/specification.md there), of which Kusto has some version as well.
 *
 * The first pattern that matches counts. A text that makes them slow ends at the query's deadline.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as v from "valibot";
import { parseYaml } from "../../../../../sdk/yaml.ts";
import { defineNative, type NativeFunction } from "../define.ts";
import type { Bag, Json } from "../json.ts";
import { NativeError } from "../native_error.ts";

/** Texts whose answers are kept: few of them make up most of a log. */
const MOST_KEPT = 4096;

export const USER_AGENTS: readonly NativeFunction[] = [
  defineNative("parse_user_agent", [["string", "dynamic"], "dynamic"], userAgentParser()),
];

const Pattern = v.record(v.string(), v.string());
const Patterns = v.object({
  user_agent_parsers: v.array(Pattern),
  os_parsers: v.array(Pattern),
  device_parsers: v.array(Pattern),
});

/** One thing to look for. */
interface Target {
  readonly name: string;
  readonly patterns: keyof v.InferOutput<typeof Patterns>;
  /** Key in the answer, key of its replacement in a pattern, and the group that it is without. */
  readonly parts: readonly (readonly [key: string, replacement: string, group: number])[];
}

const TARGETS: ReadonlyMap<string, Target> = new Map([
  ["browser", {
    name: "Browser",
    patterns: "user_agent_parsers",
    parts: [
      ["Family", "family_replacement", 1],
      ["MajorVersion", "v1_replacement", 2],
      ["MinorVersion", "v2_replacement", 3],
      ["Patch", "v3_replacement", 4],
    ],
  }],
  ["os", {
    name: "OperatingSystem",
    patterns: "os_parsers",
    parts: [
      ["Family", "os_replacement", 1],
      ["MajorVersion", "os_v1_replacement", 2],
      ["MinorVersion", "os_v2_replacement", 3],
      ["Patch", "os_v3_replacement", 4],
      ["PatchMinor", "os_v4_replacement", 5],
    ],
  }],
  ["device", {
    name: "Device",
    patterns: "device_parsers",
    parts: [
      ["Family", "device_replacement", 1],
      ["Brand", "brand_replacement", 0],
      ["Model", "model_replacement", 1],
    ],
  }],
]);

type Find = (text: string) => Bag;

/** Patterns are read when somebody asks for the first time. */
function userAgentParser(): (args: readonly [string, Json]) => Json {
  const finders = new Map<string, Find>();
  return ([text, wanted]) =>
    new Map(
      targetsOf(wanted).map((target) => {
        let find = finders.get(target.name);
        if (find === undefined) finders.set(target.name, find = remembering(finderOf(target)));
        return [target.name, find(text)];
      }),
    );
}

function targetsOf(wanted: Json): readonly Target[] {
  const names = Array.isArray(wanted) ? wanted : [wanted];
  return names.map((name) => {
    const target = typeof name === "string" ? TARGETS.get(name.toLowerCase()) : undefined;
    if (target !== undefined) return target;
    throw new NativeError('parse_user_agent() looks for "browser", "os" or "device" alone');
  });
}

function remembering(find: Find): Find {
  const kept = new Map<string, Bag>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size >= MOST_KEPT) kept.clear();
    const found = find(text);
    kept.set(text, found);
    return found;
  };
}

function finderOf({ patterns, parts }: Target): Find {
  const file = createRequire(import.meta.url).resolve("uap-core/regexes.yaml");
  const all = v.parse(Patterns, parseYaml(readFileSync(file, "utf8")).value);
  const rules = all[patterns].map((pattern) => ({
    regex: new RegExp(pattern["regex"] ?? "", pattern["regex_flag"] ?? ""),
    pattern,
  }));
  return (text) => {
    for (const { regex, pattern } of rules) {
      const match = regex.exec(text);
      if (match === null) continue;
      return new Map(parts.map(([key, replacement, group]) => {
        const written = pattern[replacement];
        if (written === undefined) return [key, group === 0 ? "" : match[group] ?? ""];
        return [key, written.replace(/\$(\d)/g, (_, at: string) => match[Number(at)] ?? "").trim()];
      }));
    }
    return new Map(parts.map(([key]) => [key, key === "Family" ? "Other" : ""]));
  };
}
