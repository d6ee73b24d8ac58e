/**
 * What a plugin says of itself, as JSON: the part of its manifest that its code decides.
 *
 * @module
 */
import { type Needs, needsOf, type Plugin } from "../../sdk/plugin.ts";
import type { Json, Table } from "../../sdk/table.ts";

/** A plugin without its functions. */
export interface Described {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly kind: Plugin["kind"];
  readonly filesKey?: string;
  /** What it touches under its default config; undefined where it has none. */
  readonly needs?: Needs;
  readonly tables: Readonly<Record<string, Table>>;
  /** Its tables are what its config declares: `tables` are those without one. */
  readonly configured?: true;
  /** JSON Schema of its config; undefined where its schema library gives none. */
  readonly config?: Json;
}

/** Describes `plugin`. */
export async function describePlugin(plugin: Plugin): Promise<Described> {
  const { name, version, summary, kind, filesKey, tables } = plugin;
  const needs = await defaultNeeds(plugin);
  const config = jsonSchemaOf(plugin.config);
  return {
    ...{ name, version, summary, kind, tables },
    ...(filesKey !== undefined && { filesKey }),
    ...(plugin.configuredTables !== undefined && { configured: true }),
    ...(needs !== undefined && { needs }),
    ...(config !== undefined && { config }),
  };
}

async function defaultNeeds(plugin: Plugin): Promise<Needs | undefined> {
  if (typeof plugin.needs !== "function") return plugin.needs;
  const checked = await plugin.config["~standard"].validate({});
  return checked.issues === undefined ? needsOf(plugin, checked.value) : undefined;
}

/** As Standard JSON Schema (standardschema.dev/json-schema) has it. */
function jsonSchemaOf(schema: Plugin["config"]): Json | undefined {
  const converter: unknown = Reflect.get(schema["~standard"], "jsonSchema");
  if (typeof converter !== "object" || converter === null) return undefined;
  const input: unknown = Reflect.get(converter, "input");
  if (typeof input !== "function") return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked as JSON where it is read
  return input.call(converter, { target: "draft-2020-12" }) as Json;
}
