/**
 * SQL of functions of text. A string is never NULL; positions count code points.
 *
 * @module
 */
import { lowerSql } from "../letter_case.ts";
import { type FunctionTable, once, textLiteral, unless, unsupported } from "../printer.ts";
import { arrayJson } from "./places.ts";

/** The most that `strrep` repeats; ClickHouse ends a longer one with an error. */
const MAX_REPEATS = 67_108_864;

export const TEXT_SQL: FunctionTable = {
  strcat: (args) => args.length === 1 ? args[0]! : `concat(${args.join(", ")})`,
  strcat_delim: ([delimiter, ...args]) => `arrayStringConcat([${args.join(", ")}], ${delimiter})`,
  strcmp: ([left = "", right = ""]) =>
    once([left, right], (a, b) => `toInt64(multiIf(${a} < ${b}, -1, ${a} > ${b}, 1, 0))`),
  strrep: ([text = "", count = "", delimiter]) => {
    const times = `toUInt64(greatest(0, least(ifNull(${count}, 0), ${MAX_REPEATS})))`;
    if (delimiter === undefined) return `repeat(${text}, ${times})`;
    return `arrayStringConcat(arrayResize([${text}], ${times}, ${text}), ${delimiter})`;
  },
  strlen: ([text]) => `toInt64(lengthUTF8(${text}))`,
  string_size: ([text]) => `toInt64(length(${text}))`,
  toupper: ([text]) =>
    once([text!], (one) =>
      unless(
        `lengthUTF8(upperUTF8(${one})) != lengthUTF8(${one})`,
        `upperUTF8(${one})`,
        "custos: a letter with several capital ones",
      )),
  tolower: ([text]) => lowerSql(text!),
  reverse: ([text]) => `reverseUTF8(${text})`,
  isempty: ([text]) => `(${text} = '')`,
  isnotempty: ([text]) => `(${text} != '')`,
  isascii: ([text]) => `not match(${text}, '[^\\\\x00-\\\\x7f]')`,
  isutf8: () => "true",
  substring: ([text = "", start = "", length]) =>
    once([text, start], (of, from) => {
      const first =
        `toInt64(if(${from} < 0, greatest(toInt64(lengthUTF8(${of})) + ${from}, 0), ${from})) + 1`;
      const count = length === undefined ? "" : `, greatest(${length}, 0)`;
      return `ifNull(substringUTF8(${of}, ${first}${count}), '')`;
    }),
  indexof: ([text, match]) => `(toInt64(positionUTF8(${text}, ${match})) - 1)`,
  split: ([text = "", delimiter = "", index], call) => {
    const parts = once([text, delimiter], (t, d) => {
      const split = `splitByString(${d}, ${t})`;
      return `arrayMap(p -> toJSONString(p), if(${d} = '' and ${t} = '', [''], ${split}))`;
    });
    if (call.args[1]?.kind !== "literal") throw unsupported("split() by what is no constant");
    if (index === undefined) return arrayJson(parts);
    return once(
      [parts, index],
      (list, at) =>
        `if(${at} >= 0 and ${at} < toInt64(length(${list})), concat('[', ${list}[toInt64(ifNull(${at}, 0)) + 1], ']'), NULL)`,
    );
  },
  replace_string: ([text, lookup, rewrite]) =>
    once([text!, lookup!], (t, l) => `if(${l} = '', ${t}, replaceAll(${t}, ${l}, ${rewrite}))`),
  tohex: ([value = "", width]) => {
    const digits = once(
      [value],
      (v) =>
        `if(isNull(${v}), '', if(${v} = 0, '0', replaceRegexpOne(lower(hex(assumeNotNull(toUInt64(${v})))), '^0+', '')))`,
    );
    if (width === undefined) return digits;
    return once(
      [digits, width],
      (hex, least) =>
        `if(${hex} = '', '', leftPad(${hex}, greatest(length(${hex}), toUInt64(greatest(ifNull(${least}, 0), 0))), '0'))`,
    );
  },
  new_guid: () => "generateUUIDv4()",
  regex_quote: ([text]) =>
    `replaceRegexpAll(${text}, ${textLiteral("([\\\\^$.|?*+()\\[\\]{}-])")}, ${
      textLiteral("\\\\\\1")
    })`,
};
