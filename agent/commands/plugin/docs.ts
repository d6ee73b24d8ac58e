/**
 * `custos plugin docs`: a plugin's README, from what it declares.
 *
 * @module
 */
import type { Json, Table } from "../../../sdk/table.ts";
import type { Described } from "../../isolate/describe.ts";
import { loadPluginAt } from "../../isolate/load_path.ts";
import { type Command, EXIT, UsageError } from "../command.ts";

export const docs: Command = {
  name: "plugin docs",
  summary: "Prints a plugin's README: its settings, needs, tables and classes",
  usage: "PATH",
  options: {},
  async run(call) {
    const [path, ...rest] = call.positionals;
    if (path === undefined || rest.length > 0) throw new UsageError("one PATH must be named");
    const { described } = await loadPluginAt(path);
    await call.out(call.json ? `${JSON.stringify(described)}\n` : markdownOf(described));
    return EXIT.ok;
  },
};

function markdownOf({ name, version, summary, config, needs, tables }: Described): string {
  const reads = [...needs?.read ?? [], ...needs?.listen ?? []].map((need) => `\`${need}\``);
  return [
    `# ${name} ${version}`,
    `${summary}.`,
    "## Settings",
    settingsOf(config),
    "## Needs",
    needs === undefined ? "What its settings name." : reads.join(", ") || "Nothing.",
    "## Tables",
    ...Object.entries(tables).map(([table, declared]) => tableOf(table, declared)),
  ].join("\n\n") + "\n";
}

function settingsOf(schema: Json | undefined): string {
  const properties = member(schema, "properties");
  if (typeof properties !== "object" || properties === null) return "None.";
  const rows = Object.entries(properties).map(([key, value]: readonly [string, unknown]) => {
    const preset = member(value, "default");
    const doc = member(value, "description");
    const shown = preset === undefined ? "must be set" : `\`${JSON.stringify(preset)}\``;
    return `| \`${key}\` | ${shown} | ${typeof doc === "string" ? cell(doc) : ""} |`;
  });
  return rows.length === 0 ? "None." : ["| key | default | what it is |", "| --- | --- | --- |"]
    .concat(rows).join("\n");
}

function tableOf(name: string, { doc, columns }: Table): string {
  const rows = Object.entries(columns).map(([column, c]) =>
    `| \`${column}\` | ${c.type} | ${c.class} | ${c.unit ?? ""} | ${cell(c.doc ?? "")} |`
  );
  const head = ["| column | type | class | unit | what it is |", "| --- | --- | --- | --- | --- |"];
  return `### ${name}\n\n${cell(doc)}.\n\n${[...head, ...rows].join("\n")}`;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** Text that stays in its cell. */
function cell(text: string): string {
  return text.replaceAll(/[|\n]/g, " ");
}
