/**
 * Field names with their modifiers (Sigma modifiers appendix 2.1).
 *
 * Order counts between those that change a value (`wide|base64offset`), not between them and those
 * that say where the value stands: `contains|expand` is `expand|contains`.
 *
 * @module
 */
import { SIGMA_TIME_PARTS, type SigmaAt, type SigmaCompare, type SigmaTimePart } from "../ast.ts";
import { listed, quoted, SigmaError } from "./sigma_error.ts";

const ENCODERS = [
  "windash",
  "base64",
  "base64offset",
  "wide",
  "utf16",
  "utf16le",
  "utf16be",
] as const;
/** Changes a value into others. */
export type Encoder = (typeof ENCODERS)[number];

const PLACES = { contains: "within", startswith: "start", endswith: "end" } as const;
const COMPARES = ["lt", "lte", "gt", "gte"] as const;
const SWITCHES = ["all", "cased", "neq", "expand", "i", "m", "s"] as const;
const TYPES = ["re", "cidr", "fieldref", "exists", ...SIGMA_TIME_PARTS] as const;

/** What a key of a detection says besides the field. */
export interface Chain {
  readonly encoders: readonly Encoder[];
  /** What a value is; undefined is a text, a number, a truth value or null. */
  readonly type: "re" | "cidr" | "fieldref" | "exists" | SigmaTimePart | undefined;
  readonly at: SigmaAt;
  readonly compare: SigmaCompare;
  readonly flags: ReadonlySet<(typeof SWITCHES)[number]>;
}

/** A key of a detection. */
export interface FieldKey {
  /** Undefined for keywords. */
  readonly field: string | undefined;
  readonly chain: Chain;
}

interface Draft {
  readonly at: number;
  readonly encoders: Encoder[];
  readonly flags: Set<(typeof SWITCHES)[number]>;
  type?: Exclude<Chain["type"], undefined>;
  place?: SigmaAt;
  compare?: SigmaCompare;
}

/**
 * Reads `field|modifier|modifier`, which stands at offset `at`.
 *
 * @throws {SigmaError} If a modifier is not known, occurs twice or cannot go with another one.
 */
export function fieldKey(key: string, at: number): FieldKey {
  const [field = "", ...names] = key.split("|");
  const draft: Draft = { at, encoders: [], flags: new Set() };
  for (const name of names) take(draft, name);
  check(draft);
  const { encoders, type, place = "whole", compare = "eq", flags } = draft;
  return {
    field: field === "" ? undefined : field,
    chain: { encoders, type, at: place, compare, flags },
  };
}

/** No modifier at all. */
export const PLAIN: Chain = {
  encoders: [],
  type: undefined,
  at: "whole",
  compare: "eq",
  flags: new Set(),
};

function take(draft: Draft, name: string): void {
  const encoder = ENCODERS.find((one) => one === name);
  const flag = SWITCHES.find((one) => one === name);
  const type = TYPES.find((one) => one === name);
  const compare = COMPARES.find((one) => one === name);
  const place = Object.entries(PLACES).find(([word]) => word === name)?.[1];
  if (encoder !== undefined) {
    draft.encoders.push(encoder);
    if (draft.encoders.length <= MOST_ENCODERS) return;
    const what = `at most ${MOST_ENCODERS} modifiers may encode a value`;
    throw new SigmaError("modifier", draft.at, what);
  }
  if (flag !== undefined) draft.flags.add(flag);
  else if (type !== undefined) draft.type = once(draft, "type", type);
  else if (compare !== undefined) draft.compare = once(draft, "compare", compare);
  else if (place !== undefined) draft.place = once(draft, "place", place);
  else throw new SigmaError("modifier", draft.at, `unknown modifier ${quoted(name)}, ${KNOWN}`);
}

/** Each makes a value longer, or more of them. */
const MOST_ENCODERS = 4;

const KNOWN = `must be one of ${
  [...Object.keys(PLACES), ...SWITCHES, ...TYPES, ...COMPARES, ...ENCODERS].join(", ")
}`;

function once<K extends "type" | "compare" | "place">(
  draft: Draft,
  kind: K,
  value: NonNullable<Draft[K]>,
): NonNullable<Draft[K]> {
  const before = draft[kind];
  if (before === undefined || before === value) return value;
  throw clash(draft, before, value);
}

function clash({ at }: Draft, a: string, b: string): SigmaError {
  return new SigmaError("modifier", at, `${quoted(a)} and ${quoted(b)} cannot go together`);
}

function check(draft: Draft): void {
  const { type, place, compare, encoders, flags } = draft;
  const regexFlag = [...flags].find((flag) => flag === "i" || flag === "m" || flag === "s");
  if (regexFlag !== undefined && type !== "re") {
    throw new SigmaError("modifier", draft.at, `"${regexFlag}" must come with "re"`);
  }
  const isTime = SIGMA_TIME_PARTS.some((part) => part === type);
  const [encoder] = encoders;
  if (type !== undefined && encoder !== undefined) throw clash(draft, type, encoder);
  if (type !== undefined && !isTime && compare !== undefined) throw clash(draft, type, compare);
  if (compare !== undefined && encoder !== undefined) throw clash(draft, compare, encoder);
  if (compare !== undefined && place !== undefined) throw clash(draft, compare, place);
  if (place !== undefined && type !== undefined && type !== "re" && type !== "fieldref") {
    throw clash(draft, type, place);
  }
  if (type === "exists" && flags.size > 0) throw clash(draft, type, listed([...flags]));
}
