/**
 * Joins of a plan as KQL.
 *
 * @module
 */
import { type Computed, type Expr, type Field, literal, type Rel } from "../plan.ts";
import { idsIn, unionOf } from "./fields.ts";
import { freeName, type Piece, pieceText, withLine } from "./piece.ts";
import { exactly, withColumns } from "./columns.ts";
import { inlinedIds, type Room, type Wanted } from "./room.ts";
import { nameText, unsupported } from "./text.ts";

type Join = Extract<Rel, { kind: "join" }>;

const KINDS = {
  inner: "inner",
  left: "leftouter",
  right: "rightouter",
  full: "fullouter",
  semi: "leftsemi",
  anti: "leftanti",
  cross: "inner",
} as const;

interface Key {
  readonly left: Expr;
  readonly right: Expr;
}

export function joinPiece(rel: Join, wanted: Wanted, room: Room): Piece {
  const keys = rel.join === "cross" ? [] : keysOf(rel.on);
  if (keys.length === 0 && rel.join !== "cross" && rel.join !== "inner") {
    throw unsupported(`${KINDS[rel.join]} join without keys`);
  }
  const { input, isUnique } = uniqueInput(rel, keys);
  const left = sided(input, keys.map((key) => key.left), { wanted, room });
  const right = sided(rel.right, keys.map((key) => key.right), { wanted, room });
  const isFilter = rel.join === "semi" || rel.join === "anti";
  const other = isFilter ? onlyKeys(right, wanted) : apart(right, left.piece, wanted);
  const on = left.keys.map((id, i) =>
    `$left.${nameText(left.piece.names.get(id)!)} == $right.${
      nameText(other.names.get(right.keys[i]!)!)
    }`
  );
  const kind = isUnique ? "innerunique" : KINDS[rel.join];
  const line = `join kind=${kind} (${pieceText(other).replaceAll("\n", " ")}) on ${on.join(", ")}`;
  const piece = withLine(left.piece, line);
  if (isFilter) return { ...piece, standing: [] };
  return {
    ...piece,
    names: new Map([...left.piece.names, ...other.names]),
    visible: [...left.piece.visible, ...other.visible],
    standing: [],
  };
}

function keysOf(on: Expr): readonly Key[] {
  if (on.kind === "literal" && on.value === true) return [];
  if (on.kind === "call") {
    const [left, right] = on.args;
    if (on.name === "and") return [...keysOf(left!), ...keysOf(right!)];
    if (on.name === "same" || on.name === "==") return [{ left: left!, right: right! }];
  }
  throw unsupported("a join by other than equal columns");
}

/** One row of each key of the left side is what `innerunique` means. */
function uniqueInput({ left, join }: Join, keys: readonly Key[]) {
  if (left.kind !== "first" || join !== "inner") return { input: left, isUnique: false };
  const on = new Set(left.on.map(({ id }) => id));
  const isByKeys = keys.length === on.size &&
    keys.every((key) => key.left.kind === "field" && on.has(key.left.field.id));
  if (!isByKeys || left.order.length > 0) throw unsupported("one row of each by an order");
  return { input: left.input, isUnique: true };
}

interface Sided {
  readonly piece: Piece;
  /** Columns of the keys. */
  readonly keys: readonly number[];
}

/** A side with a column for each key. */
function sided(
  rel: Rel,
  keys: readonly Expr[],
  { wanted, room }: { readonly wanted: Wanted; readonly room: Room },
): Sided {
  // Without keys all rows match: those of a constant.
  const exprs = keys.length === 0 ? [literal("long", 1n)] : keys;
  const needed = unionOf(wanted.needed, inlinedIds(idsIn(exprs), room));
  const piece = room.rel(rel, { ...wanted, needed });
  const made: Computed[] = [];
  const ids = exprs.map((expr, i) => {
    if (expr.kind === "field") return expr.field.id;
    const field: Field = { id: -1 - i, name: "", type: expr.type };
    made.push({ field, expr });
    return field.id;
  });
  if (made.length === 0) return { piece, keys: ids };
  const after = { ...wanted, needed: unionOf(needed, new Set(ids)) };
  return { piece: withColumns(piece, made, { wanted: after, room }), keys: ids };
}

function shownIds({ piece, keys }: Sided, { needed }: Wanted): readonly number[] {
  const own = [...piece.names.keys()].filter((id) => needed.has(id) || keys.includes(id));
  // Of several fields of one column one is enough.
  const seen = new Set<string>();
  return own.toSorted((a, b) =>
    piece.visible.indexOf(piece.names.get(a)!) - piece.visible.indexOf(piece.names.get(b)!)
  ).filter((id) => {
    const name = piece.names.get(id)!;
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}

function onlyKeys(side: Sided, wanted: Wanted): Piece {
  const ids = shownIds(side, { ...wanted, needed: new Set() });
  return renamed(side.piece, ids.map((id) => ({ id, name: side.piece.names.get(id)! })));
}

/** The right side without columns that nothing reads, and without names that the left one has. */
function apart(side: Sided, left: Piece, wanted: Wanted): Piece {
  const taken = new Set(left.visible);
  const columns = shownIds(side, wanted).map((id) => {
    const name = freeName(side.piece.names.get(id), taken);
    taken.add(name);
    return { id, name };
  });
  return renamed(side.piece, columns);
}

function renamed(
  piece: Piece,
  columns: readonly { readonly id: number; readonly name: string }[],
): Piece {
  const before = new Map(columns.map(({ id, name }) => [piece.names.get(id)!, name]));
  const result = exactly(piece, columns);
  const names = new Map(
    [...piece.names].flatMap(([id, name]) => {
      const own = before.get(name);
      return own === undefined ? [] : [[id, own] as const];
    }),
  );
  return { ...result, names };
}
