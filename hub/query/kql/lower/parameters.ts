/**
 * Parameters of operators: `kind=inner`, `hint.strategy=shuffle`, `withsource=Name`.
 *
 * @module
 */
import type { Syntax } from "../syntax.ts";

/** The text after `name=`, where it is given. */
export function parameterText(
  operator: Syntax,
  name: string,
  property = "Parameters",
): string | undefined {
  const value = parameter(operator, name, property);
  return value === undefined ? undefined : value.name === "" ? value.value : value.name;
}

/** The value of `name=`, where it is given. */
export function parameter(
  operator: Syntax,
  name: string,
  property = "Parameters",
): Syntax | undefined {
  const found = operator.list(property)
    .find((one) => one.need("Name").name.toLowerCase() === name);
  return found?.child("Expression");
}
