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

interface Source {
  readonly plugin: string;
  /** Under `cases/` of the plugin; default all. */
  readonly cases?: string;
  /** What it needs besides its files. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const COLUMNS = {
  took: { type: "real", class: "public" },
  ts: { type: "datetime", class: "public" },
  status: { type: "int", class: "public", field: "http.status" },
  user: { class: "personal" },
};

const SOURCES: readonly Source[] = [
  // A plugin that reads any log needs a declaration of one.
  ...[...builtinPlugins.values()].filter(({ filesKey, name }) =>
    filesKey !== undefined && name !== "file"
  ).map(({ name }) => ({ plugin: name })),
  { plugin: "call_detail", cases: "3gpp_ims", config: { format: "3gpp" } },
  ...["json", "logfmt", "csv"].map((format) => ({
    plugin: "file",
    cases: format,
    config: { table: "Fuzz_CL", format, columns: COLUMNS },
  })),
  {
    plugin: "file",
    cases: "text",
    config: {
      table: "Fuzz_CL",
      format: "text",
      pattern: ["{t} {level} [{thread}] user={user} {m}", "{t} {level} [{thread}] {m}"],
      time: { field: "t", format: "yyyy-MM-dd HH:mm:ss,SSS" },
      record: { starts: ["####-##-## "] },
      columns: COLUMNS,
    },
  },
];

/** Files that plugins read, with golden cases as corpus. */
export const SOURCE_TARGETS: readonly Target[] = [...SOURCES.map(sourceTarget), sipTarget()];

function sourceTarget({ plugin: name, cases = "", config }: Source): Target {
  const plugin = builtinPlugins.get(name);
  const key = plugin?.filesKey;
  if (plugin === undefined || key === undefined) throw new TypeError(`${name} reads no files`);
  return {
    name: `source-${name}${cases === "" ? "" : `-${cases}`}`,
    corpus: inputsOf(join(PLUGINS, name, "cases"), cases),
    async take(input) {
      const declared = { ...config, [key]: ["/input"] };
      const run = await runPlugin(plugin, { config: declared, files: { "/input": input } });
      const isClean = Object.keys(run.rejected).length === 0 &&
        !Object.values(run.rows).flat().some(({ _ParseError }) => _ParseError !== undefined);
      return isClean ? "accepted" : "rejected";
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

/** Inputs in `folder`, of what begins with `first` there. */
function inputsOf(folder: string, first = ""): readonly Uint8Array[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.startsWith(first) && /(?:^|[/\\])input(?:[/\\]|$)/.test(name)).toSorted()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => new Uint8Array(readFileSync(path)));
}
