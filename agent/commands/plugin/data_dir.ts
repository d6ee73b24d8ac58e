/**
 * Which agent a verb of `custos plugin` is about.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { parseYaml } from "../../../sdk/yaml.ts";
import { ConfigError } from "../../config/load.ts";
import { troubleOf } from "../../../sdk/runtime/file_trouble.ts";
import { configFile } from "../check.ts";
import { type Call, text } from "../command.ts";

const Config = v.object({ agent: v.object({ data_dir: v.string() }) });

/**
 * The data folder that `--data-dir` or the config names. Of the config nothing else counts: it may
 * name sources of a plugin that is only about to be added.
 *
 * @throws {ConfigError}
 */
export async function dataDirOf(call: Call): Promise<string> {
  const named = text(call, "data-dir");
  if (named !== undefined) return resolve(named);
  const file = configFile(call);
  try {
    const config = v.parse(Config, parseYaml(await readFile(file, "utf8")).value);
    return resolve(dirname(file), config.agent.data_dir);
  } catch (cause) {
    const isShape = cause instanceof v.ValiError;
    const what = isShape ? "must name agent.data_dir" : `${troubleOf(cause)} with -c FILE`;
    throw new ConfigError(file, [{ path: "", what }], { cause });
  }
}
