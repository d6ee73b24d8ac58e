/**
 * `npm run kql:functions`: which functions, aggregates and plugins of the parser's catalogue the hub
 * answers, and which it refuses by name.
 *
 * @module
 */
import process from "node:process";
import { AGGREGATES } from "../../hub/query/kql/functions/aggregates.ts";
import { SCALARS } from "../../hub/query/kql/functions/scalars.ts";
import { loadLanguage } from "../../hub/query/kql/language.ts";
import { PLUGINS } from "../../hub/query/kql/lower/evaluate/evaluate.ts";
import { WINDOW_FUNCTIONS } from "../../hub/query/kql/lower/window.ts";
import { NATIVES } from "../../hub/query/kql/native/natives.ts";

/** Those that lowering takes before it looks into a table of functions. */
const SPECIAL: ReadonlySet<string> = new Set([
  ..."not iff iif case bin_auto table database".split(" "),
  ..."pack_all bag_pack_columns column_ifexists columnifexists iscolumnexists".split(" "),
  ..."ingestion_time arg_max arg_min percentiles percentilesw".split(" "),
]);
/** Families that are told apart: the hub has none of them, whatever their number. */
const APART: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["of places on the earth", /^(?:__)?geo_/],
  [
    "of graphs",
    /^(?:graph|all|any|map|inner_nodes|node_id|node_degree_in|node_degree_out|labels)$/,
  ],
  [
    "that are the service's own",
    /^__|^cursor_|^current_cursor$|^extent_?id|^extent_tags$|^row_id$/,
  ],
];

await loadLanguage();
report(
  "functions",
  catalogueOf("Functions"),
  (name) =>
    SCALARS.has(name) || NATIVES.has(`n_${name}`) || WINDOW_FUNCTIONS.has(name) ||
    SPECIAL.has(name),
);
report(
  "aggregates",
  catalogueOf("Aggregates"),
  (name) => AGGREGATES.has(name) || SPECIAL.has(name),
);
report("plugins", catalogueOf("PlugIns"), (name) => PLUGINS.has(name));
process.exit(0);

/** Names that the language service knows. */
function catalogueOf(family: "Functions" | "Aggregates" | "PlugIns"): readonly string[] {
  const list: unknown = Reflect.get(
    member(member(member(globalThis, "Kusto"), "Language"), family),
    "All",
  );
  const toArray: unknown = Reflect.get(member(globalThis, "Bridge"), "toArray");
  if (typeof toArray !== "function") throw new TypeError("The language service has no toArray");
  const all: unknown = Reflect.apply(toArray, undefined, [list]);
  return Array.isArray(all) ? all.map((one) => nameOf(one)) : [];
}

function nameOf(one: unknown): string {
  return typeof one === "object" && one !== null ? String(Reflect.get(one, "Name")) : "";
}

function member(of: object, name: string): object {
  const found: unknown = Reflect.get(of, name);
  if (typeof found !== "object" && typeof found !== "function" || found === null) {
    throw new TypeError(`The language service has no ${name}`);
  }
  return found;
}

function report(kind: string, names: readonly string[], isKnown: (name: string) => boolean): void {
  const apart = APART.map(([what, pattern]) => ({
    what,
    own: kind === "functions" ? names.filter((name) => pattern.test(name)) : [],
  }));
  const counted = names.filter((name) => !apart.some(({ own }) => own.includes(name)));
  const refused = counted.filter((name) => !isKnown(name));
  console.log(`${kind}: ${counted.length - refused.length}/${counted.length}`);
  for (const { what, own } of apart) {
    if (own.length > 0) console.log(`  not counted: ${own.length} ${what}`);
  }
  if (refused.length > 0) console.log(`  refused: ${refused.join(", ")}`);
}
