/**
 * Plugins that are not built in, packed and approved for an agent as an operator does it.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentPlace, dataOf, runAgentCommand } from "./test_agent.ts";

/** A plugin of one table, whose column `N` numbers its events. */
export interface ThirdParty {
  readonly name: string;
  readonly version?: string;
  /** `stream` by default. */
  readonly kind?: "stream" | "listen";
  /** Of `stream(context, cursor)` or `listen(context)`: `config.paths` are granted. */
  readonly body: string;
  /** Of its table besides. */
  readonly columns?: string;
  /** What it needs under `config`: a function. */
  readonly needs?: string;
}

/** Packs and adds it; one of its name that is there is replaced. */
export async function addThirdParty(place: AgentPlace, plugin: ThirdParty): Promise<void> {
  const { name, version = "1.0.0" } = plugin;
  const source = join(place.folder, `${name}.ts`);
  const packed = join(place.folder, `${name}-${version}.custos.js`);
  writeFileSync(source, sourceOf({ ...plugin, version }));
  await runAgentCommand(place, ["plugin", "pack", source, "--to", packed]);
  const words = ["plugin", "add", packed, "--yes", "--unsigned", "--data-dir", dataOf(place)];
  await runAgentCommand(place, words);
}

const NEEDS = "({ paths }) => ({ read: paths })";

function sourceOf(plugin: ThirdParty): string {
  const { name, version, kind = "stream", body, columns = "", needs = NEEDS } = plugin;
  const run = kind === "stream"
    ? `start: () => ({ n: 0 }),
  async *stream({ config, emit, io, clock, signal }, cursor) {${body}},`
    : `lossy: true,
  async listen({ config, emit, io, clock, signal }) {${body}},`;
  return `
// @ts-nocheck
import { existsSync } from "node:fs";
import { column, definePlugin, setting, settings, table } from "@custos/sdk";
export default definePlugin.${kind}({
  name: "${name}", version: "${version}", summary: "Test",
  config: settings({ paths: setting.list({ default: [] }) }),
  needs: ${needs},
  tables: { ${tableOf(name)}: table({ doc: "Test", time: "At", columns: {
    At: column.time({ class: "public" }), N: column.int({ class: "public" }), ${columns}
  } }) },
  ${run}
});
`;
}

/** The table of plugin `name`: `steady_log` → `SteadyLog`. */
export function tableOf(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
