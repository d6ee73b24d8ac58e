/**
 * The file that names log sources of one's own: a list of log source, table and fields.
 *
 * ```yaml
 * - logsource: { product: acme, service: portal }
 *   table: Portal_CL
 *   where: { Kind: [login, logout] }
 *   fields: { User: UserName, src_ip: Peer.Address }
 * ```
 *
 * @module
 */
import { type Place, YamlError } from "../../../../sdk/yaml.ts";
import { parseYamlTrees, type YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { OwnSource } from "../own_source.ts";
import type { SigmaLogSource, SigmaProblem } from "../rule.ts";
import { described, entryOf, mapOf, maybeText, needed, textOf, textsOf } from "./node.ts";
import type { SigmaSource } from "./read_all.ts";
import { quoted, SigmaError } from "./sigma_error.ts";

/** What such a file holds. */
export interface LogSourceFile {
  readonly sources: readonly OwnSource[];
  readonly problems: readonly SigmaProblem[];
}

/** Reads one; a log source with a mistake is left out, the others are there. */
export function readLogSources({ file, text }: SigmaSource): LogSourceFile {
  const sources: OwnSource[] = [];
  const problems: SigmaProblem[] = [];
  const told = (code: SigmaProblem["code"], { line, column }: Place, what: string): void => {
    const message = `Cannot read log sources ${file}:${line}:${column}: ${what}`;
    problems.push({ code, file, line, column, message });
  };
  const take = (node: YamlTree, placeOf: (offset: number) => Place): void => {
    try {
      sources.push(sourceOf(node));
    } catch (error) {
      if (!(error instanceof SigmaError)) throw error;
      told(error.code, placeOf(error.at), error.message);
    }
  };
  try {
    const { documents, placeOf } = parseYamlTrees(text);
    const nodes = documents.flatMap((one) => one.kind === "list" ? one.items : [one]);
    for (const node of nodes) take(node, placeOf);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    told("syntax", error.place, error.message);
  }
  return { sources, problems };
}

const KEYS = ["logsource", "table", "where", "fields"];

function sourceOf(node: YamlTree): OwnSource {
  const map = mapOf(node, "a log source");
  const unknown = map.entries.find(({ key }) => !KEYS.includes(key));
  if (unknown !== undefined) {
    const right = `must be one of ${KEYS.join(", ")}`;
    throw new SigmaError("value", unknown.at, `unknown key ${quoted(unknown.key)}, ${right}`);
  }
  const table = textOf(needed(map, "table"), "table");
  if (!/^[A-Za-z]\w{0,63}$/.test(table)) {
    const what = `table is ${quoted(table)}, must be the name of a table such as "Portal_CL"`;
    throw new SigmaError("value", needed(map, "table").at, what);
  }
  return {
    logsource: logSourceOf(needed(map, "logsource")),
    table,
    where: textsBy(entryOf(map, "where")?.value, "where"),
    fields: textsBy(entryOf(map, "fields")?.value, "fields"),
  };
}

function logSourceOf(node: YamlTree): SigmaLogSource {
  const map = mapOf(node, "logsource");
  const [category, product, service] = (["category", "product", "service"] as const)
    .map((key) => maybeText(map, key)?.toLowerCase());
  if ((category ?? product ?? service) === undefined) {
    const what = "logsource names nothing, must have a category, a product or a service";
    throw new SigmaError("missing", node.at, what);
  }
  return {
    ...(category !== undefined && { category }),
    ...(product !== undefined && { product }),
    ...(service !== undefined && { service }),
  };
}

function textsBy(node: YamlTree | undefined, name: string): Record<string, readonly string[]> {
  if (node === undefined) return {};
  const named = mapOf(node, name).entries.map(({ key, value }) => {
    const texts = textsOf(value, key);
    if (texts.length > 0) return [key, texts] as const;
    throw new SigmaError(
      "value",
      value.at,
      `${key} is ${described(value)}, must be a text or more`,
    );
  });
  return Object.fromEntries(named);
}
