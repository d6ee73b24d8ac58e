/**
 * `evaluate bag_unpack(column)`: the members of a bag as columns, in the order of their names.
 *
 * @module
 */
import { ColumnsNeeded } from "../../columns_needed.ts";
import { convert } from "../../functions/convert.ts";
import { nativeCall } from "../../functions/native_call.ts";
import { isArray, parseJson } from "../../native/json.ts";
import { callOf, type Computed, type Field, fieldOf, literal } from "../../plan.ts";
import type { BoundColumn } from "../../syntax.ts";
import { type ScalarType, scalarTypeOf } from "../../types.ts";
import { constantText } from "../fold.ts";
import { project } from "../rows.ts";
import { failAt, type OperatorPlace, type Table } from "../scope.ts";
import { plainTable } from "../sources.ts";
import { columnAt, type PluginCall } from "./plugin.ts";

/** What a member gives whose name a column has. */
const CONFLICTS = ["error", "replace_source", "keep_source"] as const;

interface Unpacking {
  readonly call: PluginCall;
  readonly input: Table;
  readonly place: OperatorPlace;
  /** The column of bags. */
  readonly bag: Field;
  readonly prefix: string;
}

export function lowerBagUnpack(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const bag = columnAt(call, 0, { input, place });
  const prefix = textAt(call, { index: 1, name: "outputcolumnprefix" }, place) ?? "";
  const unpacking = { call, input, place, bag, prefix };
  const { schema } = call;
  if (schema !== undefined) return withSchema(unpacking, schema.columns, schema.hasInput);
  const known = place.lowering.columns.get(call.syntax.start);
  return unpacked(unpacking, known ?? asked(unpacking));
}

function textAt(
  { args, named }: PluginCall,
  { index, name }: { readonly index: number; readonly name: string },
  { lowering, scope }: OperatorPlace,
): string | undefined {
  const syntax = named.get(name) ?? args[index];
  return syntax === undefined ? undefined : constantText(lowering.expr(syntax, { scope }));
}

/** @throws {ColumnsNeeded} */
function asked({ call, input, place, bag }: Unpacking): never {
  const { lowering, scope } = place;
  const ignored = call.named.get("ignoredproperties") ?? call.args[3];
  const shape = nativeCall("n_bag_shape", [
    fieldOf(bag),
    ...ignored === undefined ? [] : [lowering.expr(ignored, { scope })],
  ]);
  const field = lowering.newField("Shape", "string");
  throw new ColumnsNeeded({
    plugin: call.name,
    place: call.syntax.start,
    shared: lowering.shared,
    probe: plainTable({
      kind: "aggregate",
      input: input.rel,
      keys: [{ field, expr: shape }],
      aggregates: [],
    }, [field]),
    read: columnsOfShapes,
  });
}

/** A member of one type in all bags is of it, any other is dynamic. */
function columnsOfShapes(shapes: readonly string[]): readonly BoundColumn[] {
  const types = new Map<string, ScalarType>();
  for (const shape of shapes) {
    const members = parseJson(shape);
    for (const member of isArray(members) ? members : []) {
      const [name, kind] = isArray(member) ? member.map(String) : [];
      const type = scalarTypeOf(kind ?? "") ?? "dynamic";
      types.set(name!, (types.get(name!) ?? type) === type ? type : "dynamic");
    }
  }
  return [...types].map(([name, type]) => ({ name, type }))
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
}

function unpacked(unpacking: Unpacking, members: readonly BoundColumn[]): Table {
  const { input, place, bag, prefix } = unpacking;
  const columns = new Map(
    input.fields.map((field): [string, Computed] => [field.name, { field, expr: fieldOf(field) }]),
  );
  if (!members.some(({ name }) => prefix + name === bag.name)) columns.delete(bag.name);
  for (const { name, type } of members) {
    const own = prefix + name;
    const isTaken = own !== bag.name && columns.has(own);
    if (isTaken && !replaces(unpacking, own)) continue;
    columns.set(own, {
      field: place.lowering.newField(own, type),
      expr: memberOf(bag, name, type),
    });
  }
  return project(input, [...columns.values()]);
}

function memberOf(bag: Field, name: string, type: ScalarType): Computed["expr"] {
  return convert(callOf("dynamic", "member", fieldOf(bag), literal("string", name)), type);
}

function replaces({ call, place }: Unpacking, name: string): boolean {
  const conflict = textAt(call, { index: 2, name: "columnsconflict" }, place) ?? "error";
  if (conflict === "replace_source") return true;
  if (conflict === "keep_source") return false;
  throw failAt(place.lowering, call.syntax, {
    code: "semantic",
    message: `bag_unpack() gives a column "${name}" that is there already`,
    expected: `columnsConflict to be one of ${CONFLICTS.slice(1).join(", ")}, or a prefix`,
  });
}

/** What is no column of the input is a member of the bag. */
function withSchema(
  { input, place, bag, prefix }: Unpacking,
  columns: readonly BoundColumn[],
  hasInput: boolean,
): Table {
  const others = input.fields.filter((field) => field !== bag);
  const own = columns.map(({ name, type }): Computed => {
    const field = hasInput ? undefined : others.find((other) => other.name === name);
    const member = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    return {
      field: place.lowering.newField(name, type),
      expr: field === undefined ? memberOf(bag, member, type) : convert(fieldOf(field), type),
    };
  });
  const first = hasInput ? others.map((field): Computed => ({ field, expr: fieldOf(field) })) : [];
  return project(input, [...first, ...own]);
}
