/**
 * Tests that a column cannot answer because its values are tokens.
 *
 * On a token no test of a text holds: a rule that asks for one finds less, or where it excludes by
 * one, more. That is told, per rule, when a batch first brings such a column.
 *
 * @module
 */
import { ADDRESS_CATEGORIES } from "../../../../sdk/scrub/address.ts";
import { isWellKnown, someWellKnownName } from "../../../../sdk/scrub/well_known.ts";
import type { AtomTest, Pattern } from "./atom.ts";
import { categoryInNetworks, type Network } from "./networks.ts";

/** True if `test` asks more of a value than a column of that form still tells. */
export function isBlind(test: AtomTest, form: "token" | "address"): boolean {
  switch (test.op) {
    case "there":
    case "empty":
      return false;
    case "texts":
      return form === "address" || test.numbers.length > 0 || !test.patterns.every(isReadable);
    case "cidr":
      return form === "token" || !isToldByCategory(test.networks);
    case "regex":
    case "compare":
    case "time":
    case "field":
      return true;
  }
}

/** Asks for principals that stay readable: of a token the answer is no, and right. */
function isReadable({ at, text }: Pattern): boolean {
  switch (at) {
    case "whole":
      return isWellKnown(Buffer.from(text));
    case "start":
      return someWellKnownName((name) => name.startsWith(text.toLowerCase()));
    case "end":
      return someWellKnownName((name) => name.endsWith(text.toLowerCase()));
    case "within":
      return someWellKnownName((name) => name.includes(text.toLowerCase()));
  }
}

function isToldByCategory(networks: readonly Network[]): boolean {
  return ADDRESS_CATEGORIES.every((category) =>
    [4, 6].every((family) => categoryInNetworks(category, family, networks) !== "unknown")
  );
}
