/**
 * All native functions, by their name in SQL.
 *
 * @module
 */
import type { NativeFunction } from "./define.ts";
import { DIGESTS } from "./digest.ts";
import { SERIES_FILLS } from "./series_fill.ts";

export const NATIVES: ReadonlyMap<string, NativeFunction> = new Map(
  [...DIGESTS, ...SERIES_FILLS].map((native) => [native.name, native]),
);
