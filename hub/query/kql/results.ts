/**
 * Cells of the engine as values of KQL, as its JSON shows them.
 *
 * @module
 */
import { textOfDatetime, textOfTimespan } from "./time_text.ts";
import type { ScalarType } from "./types.ts";

/** A cell of the engine: 64-bit whole numbers are digits, dynamic values JSON text. */
export type EngineCell = string | number | bigint | boolean | null;

/** A value as JSON; whole numbers beyond 2^53 - 1 are digits. */
export type KqlValue = string | number | boolean | null | readonly unknown[] | object;

export function kqlValue(cell: EngineCell, type: ScalarType): KqlValue {
  if (cell === null) return type === "string" ? "" : null;
  switch (type) {
    case "datetime":
      return textOfDatetime(BigInt(cell));
    case "timespan":
      return textOfTimespan(BigInt(cell));
    case "int":
    case "long": {
      const value = BigInt(cell);
      return BigInt.asIntN(54, value) === value ? Number(value) : String(value);
    }
    case "real":
      return realValue(Number(cell));
    case "decimal":
      return String(cell).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    case "bool":
      return cell === true;
    case "dynamic":
      return dynamicValue(String(cell));
    case "string":
    case "guid":
      return String(cell);
  }
}

/** JSON has no word for these three. */
function realValue(value: number): number | string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value;
  return value > 0 ? "Infinity" : "-Infinity";
}

function dynamicValue(text: string): KqlValue {
  try {
    const value: unknown = JSON.parse(text);
    return value as KqlValue; // oxlint-disable-line typescript/no-unsafe-type-assertion -- JSON
  } catch {
    return text;
  }
}
