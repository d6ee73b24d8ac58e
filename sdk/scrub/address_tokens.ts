/**
 * Turns a plain column of network addresses into categories and tokens.
 *
 * @module
 */
import { type AddressColumn, type Column, TOKEN_BYTES } from "../columns/column.ts";
import type { Judge } from "./judge.ts";
import { asDictionary, copyToken } from "./token_column.ts";

/**
 * Replaces each distinct address. What is no address becomes the category `other` and a token.
 *
 * @throws {TypeError} If the column holds times, booleans or tokens.
 */
export function toAddresses(column: Column, judge: Judge): AddressColumn {
  const { entries, indexes } = asDictionary(column);
  const count = entries.ends.length;
  const tokens = new Uint8Array(count * TOKEN_BYTES);
  const categories = new Uint8Array(count);
  const families = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const place = judge.place(entries, i);
    categories[i] = judge.categories[place]!;
    families[i] = judge.families[place]!;
    copyToken(judge.tokens, place, { target: tokens, to: i });
  }
  const { kind, epoch } = judge;
  return { form: "address", name: column.name, kind, epoch, indexes, tokens, categories, families };
}
