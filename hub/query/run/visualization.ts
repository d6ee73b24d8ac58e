/**
 * What `render` says, under Kusto's names of its properties.
 *
 * @module
 */
import type { Render } from "../kql/lower/scope.ts";
import type { Visualization } from "../kusto/answer.ts";

const TEXTS = [
  "Title",
  "XColumn",
  "XTitle",
  "YTitle",
  "XAxis",
  "YAxis",
  "Legend",
  "YSplit",
  "Kind",
];
const LISTS = ["Series", "YColumns", "AnomalyColumns"];
const NUMBERS = ["Xmin", "Xmax", "Ymin", "Ymax"];
const NAMES = new Map([...TEXTS, ...LISTS, ...NUMBERS].map((name) => [name.toLowerCase(), name]));

export function visualizationOf({ visualization, properties }: Render): Visualization {
  const named = Object.entries(properties).flatMap(([key, value]) => {
    const name = NAMES.get(key);
    return name === undefined ? [] : [[name, valueOf(name, value)] as const];
  });
  const accumulate = properties["accumulate"]?.toLowerCase() === "true";
  return {
    Visualization: visualization,
    ...Object.fromEntries(named),
    ...(accumulate && { Accumulate: true }),
  };
}

function valueOf(name: string, value: string): Visualization[string] {
  if (LISTS.includes(name)) return value.split(",").map((one) => one.trim());
  return NUMBERS.includes(name) && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}
