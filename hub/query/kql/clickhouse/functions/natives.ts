/**
 * SQL of those native functions that ClickHouse can say, by their names in the plan.
 *
 * @module
 */
import type { Expr } from "../../plan.ts";
import { once, unless, unsupported } from "../printer.ts";
import { castSql } from "../casts.ts";
import { formatDatetimeSql, formatTimespanSql } from "./time_formats.ts";
import { arrayJson, bagJson, elementsOf, membersOf } from "./places.ts";

type NativeSql = (args: readonly string[], exprs: readonly Expr[]) => string;

export const NATIVE_SQL: Readonly<Record<string, NativeSql>> = {
  n_array_concat: (args) => {
    const all = args.map((arg) => once([arg], (j) => listOr(j, elementsOf(j))));
    const anyArray = args.map((arg) => isArray(arg)).join(" or ");
    return `if(${anyArray}, ${arrayJson(`arrayConcat(${all.join(", ")})`)}, NULL)`;
  },
  n_array_reverse: ([array]) => ofArray(array!, (l) => arrayJson(`reverse(${l})`)),
  n_array_slice: ([array, start, end]) =>
    once(
      [array!, start!, end!],
      (j, from, to) =>
        `if(isNull(${from}) or isNull(${to}), NULL, ${
          ofArray(j, (l) =>
            once([placeSql(from, l), placeSql(to, l)], (a, b) =>
              arrayJson(
                `arraySlice(${l}, if(${a} < 0, toInt64(length(${l})), ${a} + 1), greatest(0, ${b} + 1 - if(${a} < 0, toInt64(length(${l})) - 1, ${a})))`,
              )))
        })`,
    ),
  n_array_sum: ([array]) =>
    ofArray(
      array!,
      (l) =>
        once(
          [`arrayFilter(e -> JSONType(e) in ('Int64', 'UInt64', 'Double', 'Bool'), ${l})`],
          (n) =>
            `if(empty(${n}), NULL, arraySum(arrayMap(e -> assumeNotNull(${
              castSql("e", { from: "dynamic", to: "real" })
            }), ${n})))`,
        ),
    ),
  n_strcat_array: ([array, delimiter]) =>
    once(
      [array!],
      (j) =>
        `if(${isArray(j)}, arrayStringConcat(arrayMap(e -> ${plainText("e")}, ${
          elementsOf(j)
        }), ${delimiter}), '')`,
    ),
  n_bag_keys: ([bag]) =>
    once(
      [bag!],
      (j) =>
        `if(JSONType(${j}) = 'Object', ${
          arrayJson(
            `arrayDistinct(arrayMap(k -> toJSONString(k), JSONExtractKeys(assumeNotNull(${j}))))`,
          )
        }, NULL)`,
    ),
  n_bag_pack: (args) => {
    const pairs = Array.from(
      { length: Math.floor(args.length / 2) },
      (_, i) =>
        `tuple(${castSql(args[2 * i]!, { from: "dynamic", to: "string" })}, ifNull(${
          args[2 * i + 1]
        }, 'null'))`,
    );
    return pairs.length === 0 ? "'{}'" : bagJson(lastOf(`[${pairs.join(", ")}]`));
  },
  n_bag_merge: (args) => {
    const all = args.map((arg) =>
      once([arg], (j) => `if(JSONType(${j}) = 'Object', ${membersOf(j)}, [])`)
    );
    const anyBag = args.map((arg) => `ifNull(JSONType(${arg}) = 'Object', 0)`).join(" or ");
    return `if(${anyBag}, ${bagJson(`arrayConcat(${all.join(", ")})`)}, NULL)`;
  },
  n_set_union: (args) => {
    const all = args.map((arg) => once([arg], (j) => listOr(j, scalarsOf(j))));
    const anyArray = args.map((arg) => isArray(arg)).join(" or ");
    return `if(${anyArray}, ${arrayJson(`arrayDistinct(arrayConcat(${all.join(", ")}))`)}, NULL)`;
  },
  n_set_intersect: ([first, ...rest]) =>
    once([first!], (j) => {
      const tests = rest.map((arg) =>
        `(not ${isArray(arg)} or has(${once([arg], (r) => listOr(r, scalarsOf(r)))}, e))`
      );
      return `if(${isArray(j)}, ${
        arrayJson(`arrayDistinct(arrayFilter(e -> ${tests.join(" and ")}, ${scalarsOf(j)}))`)
      }, NULL)`;
    }),
  n_set_difference: ([first, ...rest]) =>
    once([first!], (j) => {
      const tests = rest.map((arg) => `not has(${once([arg], (r) => listOr(r, scalarsOf(r)))}, e)`);
      return `if(${isArray(j)}, ${
        arrayJson(`arrayDistinct(arrayFilter(e -> ${tests.join(" and ")}, ${scalarsOf(j)}))`)
      }, NULL)`;
    }),
  n_format_datetime: ([time], exprs) => formatDatetimeSql(time!, exprs[1]),
  n_format_timespan: ([span], exprs) => formatTimespanSql(span!, exprs[1]),
  n_array_sort_asc: (args, exprs) => sortedSql("", args, exprs),
  n_array_sort_desc: (args, exprs) => sortedSql("-", args, exprs),
  n_countof: ([text, search], exprs) => {
    const sought = exprs[1];
    const constant = sought?.kind === "literal" ? String(sought.value) : undefined;
    if (constant === undefined) throw unsupported("countof() of what is no constant");
    if (constant === "") return "toInt64(0)";
    // Places may overlap: each is looked at.
    return once(
      [text!, search!],
      (t, s) =>
        `toInt64(arrayCount(i -> substring(${t}, i, length(${s})) = ${s}, range(1, length(${t}) + 1)))`,
    );
  },
  n_make_series: ([pairs, first, count, otherwise]) =>
    once(
      [pairs!, `toInt64(ifNull(${first}, 0))`, `ifNull(${count}, 0)`],
      (p, from, length) =>
        unless(
          `${length} > 1048576`,
          arrayJson(
            `arrayMap(i -> if(has(${p}.1, toNullable(i)), ${p}.2[indexOf(${p}.1, toNullable(i))], ifNull(${otherwise}, 'null')), range(${from}, ${from} + toInt64(greatest(0, ${length}))))`,
          ),
          "custos: a series of over 1048576 values",
        ),
    ),
};

/** An array of the one array, sorted: of numbers alone, or of texts. */
function sortedSql(sign: "" | "-", args: readonly string[], exprs: readonly Expr[]): string {
  const [nullsLast] = exprs;
  if (args.length !== 2 || nullsLast?.kind !== "literal") {
    throw unsupported("array_sort() of several arrays");
  }
  const areLast = nullsLast.value !== false;
  return once([args[1]!], (j) =>
    once([elementsOf(j)], (l) => {
      const values = `arrayFilter(e -> e != 'null', ${l})`;
      const nulls = `arrayFilter(e -> e = 'null', ${l})`;
      const kinds = (test: string): string => `arrayAll(e -> ${test}, ${values})`;
      const areNumbers = kinds("match(e, '^-?[0-9]{1,15}(\\\\.[0-9]+)?$')");
      const areTexts = kinds("match(e, '^\"') and not match(e, '[\\\\x{10000}-\\\\x{10FFFF}]')");
      const byText = `${
        sign === "" ? "arraySort" : "arrayReverseSort"
      }(e -> JSONExtractString(e), ${values})`;
      // Of numbers that are equal the first stays first.
      const byNumber =
        `arraySort((e, i) -> tuple(${sign}toFloat64OrZero(e), i), ${values}, arrayEnumerate(${values}))`;
      const sorted = `if(${areTexts}, ${byText}, ${byNumber})`;
      const list = areLast
        ? `arrayConcat(${sorted}, ${nulls})`
        : `arrayConcat(${nulls}, ${sorted})`;
      return `if(${isArray(j)}, ${
        unless(
          `not (${areNumbers} or ${areTexts})`,
          `concat('[', ${arrayJson(list)}, ']')`,
          "custos: array_sort() of other than numbers or texts",
        )
      }, NULL)`;
    }));
}

function isArray(value: string): string {
  return `ifNull(JSONType(${value}) = 'Array', 0)`;
}

function listOr(value: string, elements: string): string {
  return `if(${isArray(value)}, ${elements}, CAST([] AS Array(String)))`;
}

function ofArray(array: string, body: (elements: string) => string): string {
  return once([array], (j) => `if(${isArray(j)}, ${once([elementsOf(j)], body)}, NULL)`);
}

/** A place from the start of a list, of one that may be counted from its end; -1 before the start. */
function placeSql(place: string, list: string): string {
  return `if(${place} < 0, greatest(-1, toInt64(length(${list})) + ${place}), ${place})`;
}

/** Of equal names the last one's value, at the place of the first. */
function lastOf(members: string): string {
  return once(
    [members],
    (m) => `arrayMap(x -> tuple(x.1, arrayLast(y -> y.1 = x.1, ${m}).2), ${m})`,
  );
}

/** The elements of an array of scalars: sets of arrays and bags are refused. */
function scalarsOf(array: string): string {
  return once([elementsOf(array)], (l) =>
    unless(
      `arrayExists(e -> match(e, '^[\\\\[{]|^-?[0-9.]+$') and (match(e, '^[\\\\[{]') or position(e, '.') > 0), ${l})`,
      l,
      "custos: a set of reals, arrays or bags",
    ));
}

function plainText(element: string): string {
  return `if(match(${element}, '^[\\\\[{]') and throwIf(1, 'custos: the text of an array or a bag within an array') = 0, '', ${
    castSql(element, { from: "dynamic", to: "string" })
  })`;
}
