/**
 * Texts in lower case, as Kusto has it.
 *
 * @module
 */
import { once } from "./printer.ts";

/**
 * In lower case, each letter for itself. ClickHouse looks at what stands around a sigma, and makes
 * two letters of a dotted I.
 */
export function lowerSql(sql: string): string {
  return once(
    [sql],
    (text) =>
      `if(throwIf(match(${text}, '[ΣİK]'), 'custos: Σ, İ and K have other small letters in ClickHouse') = 0, lowerUTF8(${text}), '')`,
  );
}
