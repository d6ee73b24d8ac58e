/**
 * SQL of places in dynamic values, which are texts of JSON, and of what they hold.
 *
 * ClickHouse writes a real that is whole without its point when it takes a value out: such a value
 * gets it back, and an array or bag that has one within is refused while the statement runs.
 *
 * @module
 */
import { castSql } from "../casts.ts";
import { type FunctionTable, once, textLiteral } from "../printer.ts";

/** A number in JSON that ClickHouse would write as another kind of number, or otherwise. */
const CHANGED = "(^|[\\[,:\\s])-?[0-9]+(\\.[0-9]*0|(\\.[0-9]+)?[eE][-+]?[0-9]+)\\s*([,\\]}]|$)";

export const PLACE_SQL: FunctionTable = {
  /** Of a value and the name of a member. */
  member: ([value, name]) => placeSql(value!, name!, "Object"),
  /** Of a value and the index of an element, from the end where negative. */
  element: ([value, index]) => once([index!], (i) => elementSql(value!, i)),
  element_or_member: ([value, key]) =>
    once(
      [value!, key!],
      (j, k) =>
        `if(JSONType(${k}) = 'String', ${
          placeSql(j, `JSONExtractString(assumeNotNull(${k}))`, "Object")
        }, ${once([castSql(k, { from: "dynamic", to: "long" })], (i) => elementSql(j, i))})`,
    ),
};

function elementSql(value: string, index: string): string {
  return placeSql(value, `if(${index} < 0, ${index}, ${index} + 1)`, "Array");
}

/** What is at `step` of a value that is an `Array` or an `Object`. */
function placeSql(value: string, step: string, kind: "Array" | "Object"): string {
  return once(
    [value, step],
    (j, at) =>
      `if(JSONType(${j}) = '${kind}' and isNotNull(${at}), ${
        keptSql(
          `JSONType(assumeNotNull(${j}), assumeNotNull(${at}))`,
          j,
          `JSONExtractRaw(assumeNotNull(${j}), assumeNotNull(${at}))`,
        )
      }, NULL)`,
  );
}

/** `raw`, of the type that `type` says, as it was within `whole`. */
function keptSql(type: string, whole: string, raw: string): string {
  return once(
    [raw, type],
    (r, t) =>
      `multiIf(${t} = 'Null', NULL, ${t} = 'Double', if(match(${r}, '[.eE]'), ${r}, concat(${r}, '.0')), throwIf(${t} in ('Array', 'Object') and match(assumeNotNull(${whole}), ${
        textLiteral(CHANGED)
      }), 'custos: a real within a nested dynamic value') = 0, ${r}, NULL)`,
  );
}

/** The elements of an array, as an array of texts of JSON; `null` is one of them. */
export function elementsOf(array: string): string {
  return once(
    [array],
    (j) =>
      `arrayMap(i -> ifNull(${
        keptSql(`JSONType(assumeNotNull(${j}), i)`, j, `JSONExtractRaw(assumeNotNull(${j}), i)`)
      }, 'null'), range(1, toInt64(JSONLength(assumeNotNull(${j}))) + 1))`,
  );
}

/** The texts of a dynamic array, or of a single dynamic value. */
export function textsOf(list: string): string {
  return once(
    [list],
    (j) =>
      `multiIf(isNull(${j}), [], JSONType(${j}) = 'Array', arrayMap(e -> ${
        castSql("e", { from: "dynamic", to: "string" })
      }, ${elementsOf(j)}), [${castSql(j, { from: "dynamic", to: "string" })}])`,
  );
}

/** Members of a bag, as an array of tuples of name and text of JSON. */
export function membersOf(bag: string): string {
  return once(
    [bag],
    (j) =>
      `arrayMap(k -> tuple(k, ifNull(${
        keptSql(`JSONType(assumeNotNull(${j}), k)`, j, `JSONExtractRaw(assumeNotNull(${j}), k)`)
      }, 'null')), JSONExtractKeys(assumeNotNull(${j})))`,
  );
}

/** An array of texts of JSON as one. */
export function arrayJson(elements: string): string {
  return `concat('[', arrayStringConcat(${elements}, ','), ']')`;
}

/** An array of tuples of name and text of JSON as a bag, of each name the first. */
export function bagJson(members: string): string {
  return once(
    [members],
    (m) =>
      `concat('{', arrayStringConcat(arrayMap(x -> concat(toJSONString(x.1), ':', ifNull(x.2, 'null')), arrayFilter((x, n) -> indexOf(${m}.1, x.1) = n, ${m}, arrayEnumerate(${m}))), ','), '}')`,
  );
}
