/**
 * The tables that `custos scrub` speaks of: of the config's sources, or of all plugins.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { type Schema, schemaOf } from "../../sdk/table.ts";
import type { LoadedConfig } from "../config/load.ts";
import { configFile, readConfig } from "./check.ts";
import { type Call, text, UsageError } from "./command.ts";

/** One table of one source. */
export interface SourceTable {
  readonly source: string;
  readonly schema: Schema;
}

/** The config, if `-c` names one or the default one is there. @throws {ConfigError} */
export async function configIfThere(call: Call): Promise<LoadedConfig | undefined> {
  const isNamed = text(call, "config") !== undefined;
  return isNamed || existsSync(configFile(call)) ? await readConfig(call) : undefined;
}

/**
 * The tables of the config's sources; without a config, of every plugin under its own name.
 * `--source` and `--table` choose among them.
 *
 * @throws {UsageError} If they name none.
 */
export function tablesOf(call: Call, loaded: LoadedConfig | undefined): readonly SourceTable[] {
  const all = loaded === undefined
    ? [...builtinPlugins].flatMap(([name, plugin]) => tablesIn(name, plugin))
    : loaded.sources.flatMap(({ name, plugin }) => tablesIn(name, plugin));
  const source = text(call, "source");
  const ofSource = chosen(all, { option: "source", wanted: source, nameOf: (t) => t.source });
  const table = text(call, "table");
  return chosen(ofSource, { option: "table", wanted: table, nameOf: (t) => t.schema.name });
}

function tablesIn(source: string, { tables }: Plugin): readonly SourceTable[] {
  return Object.entries(tables).map(([name, table]) => ({
    source,
    schema: schemaOf(name, table),
  }));
}

function chosen(
  tables: readonly SourceTable[],
  { option, wanted, nameOf }: {
    readonly option: string;
    readonly wanted: string | undefined;
    nameOf(table: SourceTable): string;
  },
): readonly SourceTable[] {
  if (wanted === undefined) return tables;
  const found = tables.filter((table) => nameOf(table) === wanted);
  if (found.length > 0) return found;
  const known = [...new Set(tables.map(nameOf))].join(", ");
  throw new UsageError(`--${option} is "${wanted}", must be one of ${known}`);
}
