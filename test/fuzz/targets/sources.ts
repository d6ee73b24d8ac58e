/**
 * Fuzz targets: files that source plugins read. A plugin never throws over its input.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { builtinPlugins } from "../../../plugins/builtin.ts";
import { Publications, readPublished } from "../../../plugins/qoe/publications.ts";
import { ContentLengthFramer } from "../../../sdk/read/content_length_framer.ts";
import { runPlugin } from "../../../sdk/testkit/golden.ts";
import type { Target } from "../target.ts";

const PLUGINS = join(import.meta.dirname, "../../../plugins");

/** What is added to the config of `custos read` for a plugin whose files need more. */
const CONFIGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {};

/** One for each plugin that reads files, with its golden cases as corpus. */
export const SOURCE_TARGETS: readonly Target[] = [
  ...["call_detail", "qoe", "security_audit", "sql_server", "system_center"].map(sourceTarget),
  sipTarget(),
];

function sourceTarget(name: string): Target {
  const plugin = builtinPlugins.get(name);
  const key = plugin?.filesKey;
  if (plugin === undefined || key === undefined) throw new TypeError(`${name} reads no files`);
  return {
    name: `source-${name}`,
    corpus: inputsOf(join(PLUGINS, name, "cases")),
    async take(input) {
      const config = { ...CONFIGS[name], [key]: ["/input"] };
      const { rejected } = await runPlugin(plugin, { config, files: { "/input": input } });
      return Object.keys(rejected).length === 0 ? "accepted" : "rejected";
    },
  };
}

/** Messages that a collector of quality reports hears over SIP. */
function sipTarget(): Target {
  return {
    name: "sip-publications",
    corpus: inputsOf(join(PLUGINS, "qoe", "cases", "publish_tcp")),
    take(bytes) {
      const server = new Publications(() => 0);
      let verdict = "accepted";
      const framer = new ContentLengthFramer(65_536, (message) => {
        server.answer({ bytes: message.bytes, from: "192.0.2.1" });
        const published = readPublished(message.bytes, message.cut !== undefined);
        if (published.kind === "none") verdict = "rejected";
      });
      framer.push(bytes);
      framer.end();
      return verdict;
    },
  };
}

function inputsOf(cases: string): readonly Uint8Array[] {
  const files = readdirSync(cases, { recursive: true, encoding: "utf8" })
    .filter((name) => /(?:^|[/\\])input(?:[/\\]|$)/.test(name)).toSorted()
    .map((name) => join(cases, name))
    .filter((path) => statSync(path).isFile());
  return files.map((path) => new Uint8Array(readFileSync(path)));
}
