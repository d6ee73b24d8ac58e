/**
 * Files to be read, from a folder of golden cases: `PLUGIN/cases/NAME/{config.yaml,input}`.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../sdk/yaml.ts";

/** One case whose config names files. */
export interface SampleCase {
  readonly config: unknown;
  readonly files: readonly string[];
}

/** The cases of a plugin in `folder` that read files by its key `filesKey`. */
export function sampleCases(
  folder: string,
  plugin: string,
  filesKey: string,
): readonly SampleCase[] {
  const cases = join(folder, plugin, "cases");
  if (!existsSync(cases)) return [];
  return readdirSync(cases).toSorted().flatMap((name) => {
    const config = parseYaml(readFileSync(join(cases, name, "config.yaml"), "utf8")).value;
    if (typeof config !== "object" || config === null || !(filesKey in config)) return [];
    const files = filesBelow(join(cases, name, "input"));
    return [{ config: { ...config, [filesKey]: files }, files }];
  });
}

function filesBelow(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
    .filter((name) => statSync(name).isFile()).toSorted();
}
