/**
 * SQL of times, spans and reals as the texts that `tostring()` gives.
 *
 * @module
 */
import { EPOCH, TICKS } from "./functions/ticks.ts";
import { once } from "./printer.ts";

/** `2026-08-01T10:00:00.0000000Z`, of NULL NULL. */
export function timeTextSql(sql: string): string {
  return once(
    [`(toInt64(${sql}) + ${EPOCH})`],
    (t) =>
      `concat(replaceOne(toString(fromUnixTimestamp64Micro(toInt64(intDiv(${t}, 10) - ${
        EPOCH.slice(0, -1)
      }), 'UTC')), ' ', 'T'), toString(${t} % 10), 'Z')`,
  );
}

/** `1.02:03:04.0500000`, of NULL the empty text. */
export function timespanTextSql(sql: string): string {
  const padded = (part: string): string => `leftPad(toString(${part}), 2, '0')`;
  return once([`toInt128(${sql})`], (signed) => {
    const text = once([`abs(${signed})`], (t) => {
      const days = `intDiv(${t}, ${TICKS.day})`;
      const clock = [
        padded(`intDiv(${t}, ${TICKS.hour}) % 24`),
        "':'",
        padded(`intDiv(${t}, ${TICKS.minute}) % 60`),
        "':'",
        padded(`intDiv(${t}, ${TICKS.second}) % 60`),
      ].join(", ");
      const rest = `${t} % ${TICKS.second}`;
      return `concat(if(${signed} < 0, '-', ''), if(${days} > 0, concat(toString(${days}), '.'), ''), ${clock}, if(${rest} > 0, concat('.', leftPad(toString(${rest}), 7, '0')), ''))`;
    });
    return `ifNull(${text}, '')`;
  });
}

/** The shortest digits that give the number back; with an exponent from 1E+15 and below 0.0001. */
export function realTextSql(sql: string): string {
  return once([sql], (x) => {
    const text = `toString(${x})`;
    const isPlain = `(abs(${x}) < 1e15 and (abs(${x}) >= 0.0001 or ${x} = 0))`;
    const plain = `if(position(${text}, '.') > 0, ${text}, concat(${text}, '.0'))`;
    const why = "'custos: a real whose text has an exponent'";
    return `multiIf(isNull(${x}), '', isNaN(${x}), 'NaN', isInfinite(${x}), if(${x} > 0, 'inf', '-inf'), throwIf(not ifNull(${isPlain}, 1), ${why}) = 0, assumeNotNull(${plain}), '')`;
  });
}
