/**
 * Members of dynamic values that have a class of their own: what is done with each of them.
 *
 * @module
 */
import { type ColumnSpec, type DataClass, type Json, kindOf } from "../table.ts";
import type { Judge } from "./judge.ts";
import { type Treatment, treatmentOfClass } from "./policy.ts";

/** What is done with the members of one name. */
export interface LeafTreatment {
  readonly class: DataClass;
  readonly treatment: Treatment;
  readonly judge: Judge;
}

/** By name. */
export type LeafTreatments = ReadonlyMap<string, LeafTreatment>;

/** The treatments of a column's leaves; undefined where it declares none. */
export function leafTreatments(
  { leaves }: ColumnSpec,
  judgeOf: (kind: string, isAddress: boolean) => Judge,
): LeafTreatments | undefined {
  if (leaves === undefined) return undefined;
  return new Map(
    Object.entries(leaves).map(([name, leaf]) => {
      const kind = kindOf(leaf);
      const isAddress = leaf.class === "network" && kind === "ip";
      const known = kind === "" ? (leaf.class === "secret" ? "secret" : "value") : kind;
      const treatment = treatmentOfClass(leaf.class);
      return [name, { class: leaf.class, treatment, judge: judgeOf(known, isAddress) }];
    }),
  );
}

/** Gives each text and whole number in `value` to `replace`; the same object where all stay. */
export function mapTexts(value: Json, replace: (text: string) => string): Json {
  if (typeof value === "string") return replace(value);
  if (typeof value === "number") {
    const text = String(value);
    const result = replace(text);
    return result === text ? value : result;
  }
  if (typeof value !== "object" || value === null) return value;
  const map = (member: Json): Json => mapTexts(member, replace);
  if (isList(value)) return value.map(map);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member)]));
}

/** The leaves in `value` that are treated on their own, with what is done with them. */
export function* leavesIn(
  value: Json,
  treatments: LeafTreatments,
): Iterable<readonly [LeafTreatment, Json]> {
  if (typeof value !== "object" || value === null) return;
  if (isList(value)) {
    for (const item of value) yield* leavesIn(item, treatments);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const leaf = treatments.get(name);
    if (leaf === undefined) yield* leavesIn(member, treatments);
    else yield [leaf, member];
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
