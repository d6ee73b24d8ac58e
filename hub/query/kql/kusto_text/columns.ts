/**
 * Columns that are computed, as KQL's `project`, `extend` and `print`.
 *
 * @module
 */
import type { Computed, Rel } from "../plan.ts";
import { exprText } from "./expr.ts";
import { type Ids, idsIn, unionOf, without } from "./fields.ts";
import {
  freeName,
  isOrdinal,
  numberedBy,
  ordered,
  ownName,
  type Piece,
  standingWithout,
  withLine,
} from "./piece.ts";
import {
  bare,
  constantPrinter,
  inlinedIds,
  printerOf,
  type Room,
  sourcePiece,
  type Wanted,
} from "./room.ts";
import { nameText, unsupported } from "./text.ts";

type RelOf<Kind extends Rel["kind"]> = Extract<Rel, { kind: Kind }>;

/** Whether a column is no column of the text: another name, or what stands for itself. */
function isSilent({ field, expr }: Computed): boolean {
  return expr.kind === "field" || isOrdinal(field, expr) ||
    expr.kind === "call" && expr.name === "parse_groups";
}

/** Names that the sources of other names should get. */
function hintsOf(columns: readonly Computed[], { needed, hints }: Wanted): Wanted["hints"] {
  const passed = new Map(hints);
  const wanted = columns.flatMap(({ field, expr }) => {
    const name = hints.get(field.id) ?? ownName(field);
    return expr.kind === "field" && needed.has(field.id) && name !== undefined
      ? [{ of: expr.field, name }]
      : [];
  });
  // The name that a column has already comes before another.
  for (const { of, name } of wanted) if (name === ownName(of)) passed.set(of.id, name);
  for (const { of, name } of wanted) if (!passed.has(of.id)) passed.set(of.id, name);
  return passed;
}

function inline(columns: readonly Computed[], room: Room): void {
  for (const { field, expr } of columns) {
    if (expr.kind === "call" && expr.name === "parse_groups") room.inlined.set(field.id, expr);
  }
}

/** `names` with those of `columns` that are other names. */
function withAliases(piece: Piece, columns: readonly Computed[]): Piece {
  const names = new Map(piece.names);
  let { standing } = piece;
  for (const { field, expr } of columns) {
    if (expr.kind !== "field") continue;
    const name = piece.names.get(expr.field.id);
    if (name !== undefined) names.set(field.id, name);
    const own = `#${expr.field.id}`;
    standing = [
      ...standing,
      ...standing.filter((keys) => keys.includes(own)).map((keys) =>
        keys.map((key) => key === own ? `#${field.id}` : key)
      ),
    ];
  }
  return { ...piece, names, standing };
}

function inputOf(
  input: Rel,
  { columns, kept }: { readonly columns: readonly Computed[]; readonly kept: Ids },
  { wanted, room }: { readonly wanted: Wanted; readonly room: Room },
): Piece {
  const used = columns.filter(({ field }) => wanted.needed.has(field.id));
  inline(columns, room);
  const needed = unionOf(kept, inlinedIds(idsIn(used.map(({ expr }) => expr)), room));
  let piece = room.rel(input, { needed, hints: hintsOf(columns, wanted) });
  for (const { field, expr } of used) {
    if (expr.kind !== "window") continue;
    piece = ordered(piece, expr.order);
    if (isOrdinal(field, expr)) piece = numberedBy(piece, field);
  }
  return withAliases(piece, columns);
}

export function projectPiece(
  { input, columns }: RelOf<"project">,
  wanted: Wanted,
  room: Room,
): Piece {
  const used = columns.filter(({ field }) => wanted.needed.has(field.id));
  const isPrint = input.kind === "values" && input.fields.length === 0;
  if (isPrint) return printPiece(used, wanted, room);
  const piece = inputOf(input, { columns, kept: new Set() }, { wanted, room });
  if (used.every(isSilent)) return piece;
  const taken = new Set(
    used.flatMap(({ field, expr }) =>
      expr.kind === "field" ? [piece.names.get(field.id) ?? ""] : []
    ),
  );
  const names = new Map(piece.names);
  const shown = new Map<string, string>();
  for (const { field, expr } of used) {
    if (isSilent({ field, expr })) {
      const name = piece.names.get(field.id);
      if (name !== undefined) shown.set(name, nameText(name));
      continue;
    }
    const name = freeName(wanted.hints.get(field.id) ?? ownName(field), taken);
    taken.add(name);
    names.set(field.id, name);
    shown.set(name, `${nameText(name)} = ${bare(exprText(expr, printerOf(piece, room)))}`);
  }
  const kept = piece.standing.filter((keys) =>
    keys.every((key) =>
      [...shown.values()].some((one) => key.startsWith(`${one} `)) || key.startsWith("#") ||
      key === "serialize"
    )
  );
  const line = `project ${[...shown.values()].join(", ")}`;
  return { ...withLine(piece, line), names, visible: [...shown.keys()], standing: kept };
}

function printPiece(used: readonly Computed[], wanted: Wanted, room: Room): Piece {
  const taken = new Set<string>();
  const names = new Map<number, string>();
  const list = used.map(({ field, expr }) => {
    const name = freeName(wanted.hints.get(field.id) ?? ownName(field), taken);
    taken.add(name);
    names.set(field.id, name);
    return `${nameText(name)} = ${bare(exprText(expr, constantPrinter(room)))}`;
  });
  if (list.length === 0) return { ...sourcePiece("print x1 = 0", []), visible: ["x1"] };
  return { lines: [`print ${list.join(", ")}`], names, visible: [...taken], standing: [] };
}

export function extendPiece(
  { input, columns }: RelOf<"extend">,
  wanted: Wanted,
  room: Room,
): Piece {
  const kept = without(wanted.needed, columns.map(({ field }) => field.id));
  const piece = inputOf(input, { columns, kept }, { wanted, room });
  const used = columns.filter((one) => wanted.needed.has(one.field.id) && !isSilent(one));
  return used.length === 0 ? piece : withColumns(piece, used, { wanted, room });
}

/** `piece` with columns that are computed; one that nothing reads any more gives its name. */
export function withColumns(
  piece: Piece,
  columns: readonly Computed[],
  { wanted, room }: { readonly wanted: Wanted; readonly room: Room },
): Piece {
  const made = new Set(columns.map(({ field }) => field.id));
  const taken = new Set(
    [...piece.names].flatMap(([id, name]) => wanted.needed.has(id) && !made.has(id) ? [name] : []),
  );
  const names = new Map(piece.names);
  const visible = [...piece.visible];
  let after = piece;
  const list = columns.map(({ field, expr }) => {
    const hint = wanted.hints.get(field.id) ?? ownName(field);
    const name = freeName(hint, hint === undefined ? new Set([...taken, ...piece.visible]) : taken);
    taken.add(name);
    names.set(field.id, name);
    if (!visible.includes(name)) visible.push(name);
    after = { ...after, standing: standingWithout(after, name) };
    return `${nameText(name)} = ${bare(exprText(expr, printerOf(piece, room)))}`;
  });
  return { ...withLine(after, `extend ${list.join(", ")}`), names, visible };
}

/** `piece` with exactly these columns, in this order, under these names. */
export function exactly(
  piece: Piece,
  columns: readonly { readonly id: number; readonly name: string }[],
): Piece {
  const names = new Map(piece.names);
  for (const { id, name } of columns) names.set(id, name);
  const isSame = piece.visible.length === columns.length &&
    columns.every(({ id, name }, i) => piece.names.get(id) === name && piece.visible[i] === name);
  if (isSame) return { ...piece, names };
  const list = columns.map(({ id, name }) => {
    const own = piece.names.get(id);
    if (own === undefined) throw unsupported("an order of rows that is lost on the way");
    return own === name ? nameText(name) : `${nameText(name)} = ${nameText(own)}`;
  });
  const visible = columns.map(({ name }) => name);
  return { ...withLine(piece, `project ${list.join(", ")}`), names, visible };
}
