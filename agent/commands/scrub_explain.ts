/**
 * `custos scrub explain`: what is done with each column, and why.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { type Policy, type Treatment, treatmentOf } from "../../sdk/scrub/policy.ts";
import type { ColumnSpec, DataClass } from "../../sdk/table.ts";
import { parseYaml } from "../../sdk/yaml.ts";
import { configFile } from "./check.ts";
import { type Call, EXIT, UsageError } from "./command.ts";
import { configIfThere, type SourceTable, tablesOf } from "./scrub_tables.ts";

/** `prefix`: the tokens of an address and of its networks, and its category. */
type Told = Treatment | "prefix";

interface Explained {
  readonly source: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly class: DataClass;
  readonly kind: string;
  readonly treatment: Told;
  readonly why: string;
}

export async function explain(call: Call): Promise<number> {
  const [, ...rest] = call.positionals;
  if (rest.length > 0) throw new UsageError(`there is one word too many: "${rest[0]}"`);
  const loaded = await configIfThere(call);
  const tables = tablesOf(call, loaded);
  const policy = loaded?.policy ?? { columns: {} };
  const lineOf = await policyLines(call, policy);
  if (loaded === undefined) call.err("No config is here: these are all plugins, without a policy");
  for (const table of tables) {
    const columns = explained(table, policy, lineOf);
    if (call.json) {
      for (const column of columns) await call.out(`${JSON.stringify(column)}\n`);
    } else await call.out(textOf(table, columns));
  }
  return EXIT.ok;
}

/** Where in the config the policy of a column stands. */
type LineOf = (path: string) => string;

async function policyLines(call: Call, { columns }: Policy): Promise<LineOf> {
  if (Object.keys(columns).length === 0) return () => "";
  const file = configFile(call);
  const yaml = parseYaml(await readFile(file, "utf8"));
  return (path) => `${file}:${yaml.valueAt(["scrub", "columns", path]).line}`;
}

function explained(
  { source, schema }: SourceTable,
  policy: Policy,
  lineOf: LineOf,
): readonly Explained[] {
  return Object.entries(schema.columns).map(([name, spec]) => {
    const path = `${schema.name}.${name}`;
    const { class: dataClass, kind, type } = spec;
    const treatment = treatmentOf(policy, { table: schema.name, name }, spec);
    const why = whyOf(policy, { path, spec, treatment, lineOf });
    const isPrefix = treatment === "token" && dataClass === "network" && kind === "ip";
    const told = isPrefix ? "prefix" : treatment;
    const where = { source, table: schema.name, column: name };
    return { ...where, type, class: dataClass, kind, treatment: told, why };
  });
}

interface Reasons {
  readonly path: string;
  readonly spec: ColumnSpec;
  readonly treatment: Treatment;
  readonly lineOf: LineOf;
}

function whyOf({ columns }: Policy, { path, spec, treatment, lineOf }: Reasons): string {
  const wanted = columns[path];
  const floor = treatmentOf({ columns: {} }, { table: "", name: "" }, spec);
  const chosen = wanted ?? "token";
  if (treatment === "drop" && chosen === "token" && spec.class !== "secret") {
    return `there are no tokens of a ${spec.type}${
      wanted === undefined ? "" : ` (${lineOf(path)})`
    }`;
  }
  if (wanted === undefined) return `class ${spec.class}`;
  if (treatment === floor) return `class ${spec.class}, its floor; ${lineOf(path)} asks no more`;
  return `policy ${lineOf(path)}`;
}

function textOf({ source, schema }: SourceTable, columns: readonly Explained[]): string {
  const width = Math.max(...columns.map(({ column }) => column.length));
  const lines = columns.map((c) => {
    const kind = c.kind === "" ? c.class : `${c.class} ${c.kind}`;
    return `  ${c.column.padEnd(width)}  ${kind.padEnd(18)} ${c.treatment.padEnd(6)}  ${c.why}`;
  });
  return `${source}: ${schema.name}\n${lines.join("\n")}\n`;
}
