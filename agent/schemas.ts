/**
 * The schemas of all tables that this agent may send.
 *
 * @module
 */
import { AGENT_SCHEMA, GAP_SCHEMA, REVEAL_SCHEMA } from "../sdk/gap.ts";
import { schemaHash, schemaJson, schemaOf } from "../sdk/table.ts";
import type { LoadedConfig } from "./config/load.ts";

/** Schemas as JSON, by their hash in hex. */
export function schemasOf({ sources }: LoadedConfig): ReadonlyMap<string, string> {
  const declared = sources.flatMap(({ plugin }) =>
    Object.entries(plugin.tables).map(([name, table]) => schemaOf(name, table))
  );
  const all = [...declared, GAP_SCHEMA, AGENT_SCHEMA, REVEAL_SCHEMA];
  return new Map(
    all.map((schema) => [Buffer.from(schemaHash(schema)).toString("hex"), schemaJson(schema)]),
  );
}
