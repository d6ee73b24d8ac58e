/**
 * `scan`: steps that rows in order go through, each with what the last rows left behind.
 *
 * For each row the steps are looked at from the last to the first. A step takes the row if its
 * condition holds beside the state of the step before, which moves on; else if it holds beside its
 * own state. The first step begins a new match where it has no state.
 *
 * @module
 */
import { condition, convert } from "../functions/convert.ts";
import { absent, type Expr, type Field } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { parameterText } from "./parameters.ts";
import { foldedTable } from "./scan_fold.ts";
import {
  type Binding,
  failAt,
  type OperatorPlace,
  type Place,
  type Table,
  unsupported,
} from "./scope.ts";
import { plainTable } from "./sources.ts";

/** A column that the steps compute. */
export interface Declared {
  readonly name: string;
  readonly otherwise: Expr;
}

export interface Step {
  readonly isShown: boolean;
  readonly condition: Expr;
  /** By the name of the declared column. */
  readonly assigned: ReadonlyMap<string, Expr>;
}

/** A column of a step's state, as its expressions name it. */
export interface StateColumn {
  readonly step: number;
  readonly name: string;
}

export interface ScanParts {
  readonly steps: readonly Step[];
  readonly declared: readonly Declared[];
  /** By the number of the field that stands for it. */
  readonly columns: ReadonlyMap<number, StateColumn>;
  readonly matchId: string | undefined;
}

export function lowerScan(operator: Syntax, input: Table, place: OperatorPlace): Table {
  if (!input.isSerialized) {
    throw failAt(place.lowering, operator, {
      code: "semantic",
      message: "scan needs rows in order",
      expected: "sort, serialize or range before it",
    });
  }
  const declared = declaredOf(operator, place);
  const { special, columns } = statesOf(operator, { input, declared }, place);
  const inner = new Map<string, Binding>(place.scope);
  for (const { name, otherwise } of declared) inner.set(name, { kind: "scalar", expr: otherwise });
  const row: Table = { ...input, isSerialized: false };
  const steps = operator.list("Steps")
    .map((step) => stepOf(step, declared, { ...place, scan: { scope: inner, special, row } }));
  const matchId = parameterText(operator, "with_match_id");
  return foldedTable(input, { steps, declared, columns, matchId }, place.lowering);
}

function declaredOf(operator: Syntax, { lowering, scope }: OperatorPlace): readonly Declared[] {
  const list = operator.child("DeclareClause")?.list("Declarations") ?? [];
  return list.map((one) => {
    const { name, type = "dynamic" } = one.need("NameAndType").need("Name");
    const value = one.child("DefaultValue")?.child("Value");
    const otherwise = value === undefined
      ? absent(type)
      : convert(lowering.expr(value, { scope }), type);
    return { name, otherwise };
  });
}

interface States {
  readonly special: ReadonlyMap<string, Table>;
  readonly columns: ReadonlyMap<number, StateColumn>;
}

/** A table for the name of each step, whose columns stand for those of its state. */
function statesOf(
  operator: Syntax,
  { input, declared }: { readonly input: Table; readonly declared: readonly Declared[] },
  { lowering }: OperatorPlace,
): States {
  const columns = new Map<number, StateColumn>();
  const known = [
    ...input.fields.map(({ name, type }) => ({ name, type })),
    ...declared.map(({ name, otherwise }) => ({ name, type: otherwise.type })),
  ];
  const special = new Map(
    operator.list("Steps").map((step, i) => {
      const fields = known.map(({ name, type }): Field => {
        const field = lowering.newField(name, type);
        columns.set(field.id, { step: i, name });
        return field;
      });
      return [step.need("Name").name, plainTable(input.rel, fields)] as const;
    }),
  );
  return { special, columns };
}

interface StepPlace extends OperatorPlace {
  readonly scan: Place;
}

function stepOf(step: Syntax, declared: readonly Declared[], place: StepPlace): Step {
  const { lowering, scan } = place;
  const output = step.child("ScanStepOutput")?.need("OutputKind").text.toLowerCase() ?? "all";
  if (output === "last") throw unsupported(lowering, step, "output=last of a step");
  const assignments = step.child("ComputationClause")?.list("Assignments") ?? [];
  return {
    isShown: output !== "none",
    condition: condition(lowering.expr(step.need("Condition"), scan)),
    assigned: new Map(assignments.map((one) => {
      const { name } = one.need("Name");
      const value = lowering.expr(one.need("Expression"), scan);
      const type = declared.find((candidate) => candidate.name === name)?.otherwise.type;
      return [name, convert(value, type ?? value.type)];
    })),
  };
}
