/**
 * Functions that are about the columns of a row: `pack_all()`, `column_ifexists()` and their kin.
 *
 * @module
 */
import { nativeCall } from "../functions/native_call.ts";
import { absent, type Expr, type Field, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { constantText } from "./fold.ts";
import { failAt, type Lowering, type Place } from "./scope.ts";

interface Where {
  readonly lowering: Lowering;
  readonly place: Place;
}

/** What `syntax` gives, if it is a call of such a function. */
export function lowerColumnCall(syntax: Syntax, where: Where): Expr | undefined {
  const args = syntax.need("ArgumentList").list("Expressions");
  switch (syntax.need("Name").name) {
    case "pack_all":
      return packAll(args, where);
    case "bag_pack_columns":
      return nativeCall("n_bag_pack", args.flatMap((arg) => namedPairs(arg, where)));
    case "column_ifexists":
    case "columnifexists":
      return columnOrDefault(args, where);
    case "ingestion_time":
      return ingestionTime(where);
    case "iscolumnexists":
      return literal("bool", fieldNamed(args, where) !== undefined);
    default:
      return undefined;
  }
}

/** The hub's own time of a row, where the row has it. */
function ingestionTime({ place }: Where): Expr {
  const time = place.row?.fields.find(({ name }) => name === "_HubTime");
  return time === undefined ? absent("datetime") : fieldOf(time);
}

/** The values of arguments; a star stands for all columns. */
export function lowerArguments(
  args: readonly Syntax[],
  { lowering, place }: Where,
): readonly Expr[] {
  return args.flatMap((arg) =>
    arg.kind === "StarExpression"
      ? (place.row?.fields ?? []).map(fieldOf)
      : [lowering.expr(arg, place)]
  );
}

function pairOf(field: Field): readonly Expr[] {
  return [literal("string", field.name), fieldOf(field)];
}

function packAll(args: readonly Syntax[], { lowering, place }: Where): Expr {
  const packed = nativeCall("n_bag_pack", (place.row?.fields ?? []).flatMap(pairOf));
  const ignoresEmpty = args[0] === undefined ? undefined : lowering.expr(args[0], place);
  return ignoresEmpty?.kind === "literal" && ignoresEmpty.value === true
    ? nativeCall("n_bag_without_empty", [packed])
    : packed;
}

function namedPairs(arg: Syntax, { lowering, place }: Where): readonly Expr[] {
  if (arg.kind === "StarExpression") return (place.row?.fields ?? []).flatMap(pairOf);
  return [literal("string", arg.resultName ?? arg.name), lowering.expr(arg, place)];
}

function columnOrDefault(args: readonly Syntax[], where: Where): Expr {
  const field = fieldNamed(args, where);
  return field === undefined ? where.lowering.expr(args[1]!, where.place) : fieldOf(field);
}

/** The column that the first argument names. */
function fieldNamed(args: readonly Syntax[], { lowering, place }: Where): Field | undefined {
  const name = constantText(lowering.expr(args[0]!, place));
  if (name === undefined) {
    throw failAt(lowering, args[0]!, {
      code: "semantic",
      message: "the name of the column is not constant",
      expected: "a string literal",
    });
  }
  return place.row?.fields.find((candidate) => candidate.name === name);
}
