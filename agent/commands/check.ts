/**
 * `custos check`: reads the config and says what is wrong with it, or what it would do.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { ConfigError, loadConfig, type LoadedConfig, placedText } from "../config/load.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { type Call, type Command, EXIT, text } from "./command.ts";
import { knownPlugins } from "./known_plugins.ts";

const DEFAULT_CONFIG = "custos.yaml";

export const check: Command = {
  name: "check",
  summary: "Checks the config and says what each source will read",
  usage: `[-c FILE]

  -c FILE   the config; default ${DEFAULT_CONFIG}

Exits with 2 where the config has a mistake; each is told with line, column and what would be right.`,
  options: {},
  async run(call) {
    const file = configFile(call);
    try {
      const loaded = await readConfig(call, { isStrict: true });
      const sources = loaded.sources.map(({ name, plugin, priority, lossy }) => ({
        name,
        plugin: plugin.name,
        priority,
        lossy,
        tables: Object.keys(plugin.tables),
      }));
      if (call.json) {
        await call.out(
          `${JSON.stringify({ file, ok: true, sources, warnings: loaded.warnings })}\n`,
        );
      } else {
        await call.out(`${file} is in order\n`);
        for (const s of sources) {
          await call.out(`  ${s.name}: ${s.plugin} -> ${s.tables.join(", ")} (${s.priority})\n`);
        }
      }
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof ConfigError) || !call.json) throw error;
      await call.out(`${JSON.stringify({ file, ok: false, mistakes: error.mistakes })}\n`);
      return EXIT.usage;
    }
  },
};

/** The config that `-c` names; warns of what it should not have any more. @throws {ConfigError} */
export async function readConfig(
  call: Call,
  { isStrict = false }: { readonly isStrict?: boolean } = {},
): Promise<LoadedConfig> {
  const file = configFile(call);
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (cause) {
    const what = `${troubleOf(cause)} with -c FILE`;
    throw new ConfigError(file, [{ path: "", what }], { cause });
  }
  const loaded = await loadConfig(file, content, knownPlugins);
  if (isStrict && loaded.failing.length > 0) throw new ConfigError(file, loaded.failing);
  for (const warning of [...loaded.warnings, ...loaded.failing]) {
    call.err(`Warning: ${placedText(file, warning)}`);
  }
  return loaded;
}

export function configFile(call: Call): string {
  return text(call, "config") ?? DEFAULT_CONFIG;
}
