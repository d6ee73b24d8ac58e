/**
 * `array_sort_asc` and `array_sort_desc`: sorts the first array, and others along with it.
 *
 * @module
 */
import { asJson, numberOf } from "./array.ts";
import type { NativeFunction } from "./define.ts";
import { isArray, type Json } from "./json.ts";

export const ARRAY_SORTS: readonly NativeFunction[] = [
  sorter("n_array_sort_asc", 1),
  sorter("n_array_sort_desc", -1),
];

/** Of whether nulls come last, and of the arrays; gives all of them, sorted. */
function sorter(name: string, direction: 1 | -1): NativeFunction {
  return {
    name,
    parameters: ["bool"],
    variadic: "dynamic",
    result: "dynamic",
    run: ([nullsLast, ...rest]) => {
      const arrays = asJson(rest);
      const [first] = arrays;
      if (!isArray(first ?? null)) return arrays.map(() => null);
      const order = sortedPlaces(asJson([first]).flatMap((one) => isArray(one) ? one : []), {
        direction,
        nullsLast: nullsLast !== false,
      });
      return arrays.map((array) =>
        isArray(array) && array.length === order.length ? order.map((i) => array[i]!) : null
      );
    },
  };
}

interface Order {
  readonly direction: 1 | -1;
  readonly nullsLast: boolean;
}

function sortedPlaces(array: readonly Json[], order: Order): readonly number[] {
  return array.map((_, i) => i).toSorted((a, b) => compare(array[a]!, array[b]!, order) || a - b);
}

function compare(a: Json, b: Json, { direction, nullsLast }: Order): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === nullsLast ? 1 : -1;
  }
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return direction * rank;
  if (typeof a === "bigint" && typeof b === "bigint") return direction * (a < b ? -1 : +(a > b));
  if (typeof a === "string" && typeof b === "string") return direction * (a < b ? -1 : +(a > b));
  return direction * ((numberOf(a) ?? 0) - (numberOf(b) ?? 0));
}

/** Values of different kinds stay apart. */
function rankOf(value: Json): number {
  if (typeof value === "boolean") return 0;
  if (numberOf(value) !== undefined) return 1;
  return typeof value === "string" ? 2 : 3;
}
