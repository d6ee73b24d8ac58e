/**
 * Relations of a plan as KQL: each a source and operators after it.
 *
 * A column that is only another name for one is none of its own; names are those that the result
 * has, as far as no other column needs them.
 *
 * @module
 */
import type { Computed, Expr, Field, Rel } from "../plan.ts";
import { aggregatePiece } from "./aggregate.ts";
import { exprText, type ExprPrinter } from "./expr.ts";
import { type Ids, idsIn, sortExprs, unionOf, without } from "./fields.ts";
import { joinPiece } from "./join.ts";
import {
  columnText,
  freeName,
  isOrdinal,
  numberedBy,
  ordered,
  ownName,
  type Piece,
  pieceText,
  standingWithout,
  withLine,
} from "./piece.ts";
import { literalText, nameText, unsupported } from "./text.ts";

/** What is asked of a part. */
export interface Wanted {
  /** Fields that are read after it. */
  readonly needed: Ids;
  /** What they will be called in the end. */
  readonly hints: ReadonlyMap<number, string>;
}

/** What the whole text shares. */
export interface Room {
  readonly tables: Set<string>;
  /** Named relations, by number. */
  readonly shared: Map<number, { readonly name: string; readonly piece: Piece }>;
  /** Fields that are no columns: what stands for them. */
  readonly inlined: Map<number, Expr>;
}

type RelOf<Kind extends Rel["kind"]> = Extract<Rel, { kind: Kind }>;

export function relPiece(rel: Rel, wanted: Wanted, room: Room): Piece {
  switch (rel.kind) {
    case "scan": {
      room.tables.add(rel.table);
      return sourcePiece(nameText(rel.table), rel.fields);
    }
    case "values":
      return valuesPiece(rel);
    case "range": {
      const [from, to, step] = [rel.from, rel.to, rel.step].map((one) =>
        exprText(one, constantPrinter(room))
      );
      const name = freeName(wanted.hints.get(rel.field.id) ?? ownName(rel.field), new Set());
      const named = { ...rel.field, name };
      return sourcePiece(`range ${nameText(name)} from ${from} to ${to} step ${step}`, [named]);
    }
    case "filter": {
      const needed = unionOf(wanted.needed, inlinedIds(idsIn([rel.condition]), room));
      const input = relPiece(rel.input, { ...wanted, needed }, room);
      return withLine(input, `where ${bare(exprText(rel.condition, printerOf(input, room)))}`);
    }
    case "project":
      return projectPiece(rel, wanted, room);
    case "extend":
      return extendPiece(rel, wanted, room);
    case "aggregate":
      return aggregatePiece(rel, wanted, room);
    case "first":
      throw unsupported("one row of each by an order");
    case "join":
      return joinPiece(rel, wanted, room);
    case "union":
      return unionPiece(rel, wanted, room);
    case "sort": {
      const needed = unionOf(wanted.needed, idsIn(sortExprs(rel.keys)));
      const input = ordered(relPiece(rel.input, { ...wanted, needed }, room), rel.keys);
      return rel.limit === undefined ? input : withLine(input, `take ${countText(rel.limit, room)}`);
    }
    case "limit":
      return withLine(relPiece(rel.input, wanted, room), `take ${countText(rel.count, room)}`);
    case "sample": {
      const input = withLine(relPiece(rel.input, wanted, room), `sample ${countText(rel.count, room)}`);
      return { ...input, standing: [] };
    }
    case "expand":
      return expandPiece(rel, wanted, room);
    case "fold":
      throw unsupported("scan");
    case "whole":
      return namedPiece(rel.shared.id, room);
    case "reference": {
      const { piece, ...rest } = sharedOf(rel.shared.id, room);
      const names = new Map(rel.from.flatMap((field, i) => {
        const name = piece.names.get(field.id);
        return name === undefined ? [] : [[rel.fields[i]!.id, name] as const];
      }));
      const numbers = new Map(rel.from.map((field, i) => [`#${field.id}`, `#${rel.fields[i]!.id}`]));
      const standing = piece.standing.map((keys) => keys.map((key) => numbers.get(key) ?? key));
      return { lines: [rest.name], names, visible: piece.visible, standing };
    }
  }
}

function sharedOf(id: number, room: Room) {
  const found = room.shared.get(id);
  if (found === undefined) throw unsupported("a table that is read before it is named");
  return found;
}

function namedPiece(id: number, room: Room): Piece {
  const { name, piece } = sharedOf(id, room);
  return { ...piece, lines: [name] };
}

export function sourcePiece(line: string, fields: readonly Field[]): Piece {
  return {
    lines: [line],
    names: new Map(fields.map(({ id, name }) => [id, name])),
    visible: fields.map(({ name }) => name),
    standing: [],
  };
}

export function printerOf(piece: Piece, room: Room): ExprPrinter {
  return {
    column: (field) => columnText(piece, field),
    inlined: ({ id }) => room.inlined.get(id),
    table: (rel, field) => tableText(rel, field, room),
  };
}

function constantPrinter(room: Room): ExprPrinter {
  return printerOf({ lines: [], names: new Map(), visible: [], standing: [] }, room);
}

/** `rel` as a table of one column. */
function tableText(rel: Rel, field: Field, room: Room): string {
  const piece = relPiece(rel, { needed: new Set([field.id]), hints: new Map() }, room);
  const name = piece.names.get(field.id);
  const isAlone = piece.visible.length === 1 && piece.visible[0] === name;
  return pieceText(isAlone ? piece : withLine(piece, `project ${columnText(piece, field)}`))
    .replaceAll("\n", " ");
}

/** Without parentheses around the whole. */
export function bare(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (const { 0: part, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[()]/g)) {
    if (part === "(") depth++;
    else if (part === ")" && --depth === 0 && index < text.length - 1) return text;
  }
  return text.slice(1, -1);
}

function valuesPiece({ fields, rows }: RelOf<"values">): Piece {
  if (fields.length === 0) return { ...sourcePiece("print x1 = 0", []), visible: ["x1"] };
  const names = fields.reduce<readonly string[]>(
    (taken, field) => [...taken, freeName(ownName(field), new Set(taken))],
    [],
  );
  const columns = fields.map(({ type }, i) => `${nameText(names[i]!)}:${type}`).join(", ");
  const cells = rows.map((row) => row.map((expr) => cellText(expr)).join(", "));
  const named = fields.map((field, i) => ({ ...field, name: names[i]! }));
  const list = cells.length === 0 ? "" : `\n    ${cells.join(",\n    ")}\n`;
  return sourcePiece(`datatable(${columns}) [${list}]`, named);
}

/** A cell becomes what its column is. */
function cellText(expr: Expr): string {
  if (expr.kind === "cast") return cellText(expr.arg);
  if (expr.kind !== "literal") throw unsupported("a datatable of what are no constants");
  return literalText(expr);
}

function countText(count: Expr, room: Room): string {
  return exprText(count, constantPrinter(room));
}

/** The fields that stand behind those that are no columns. */
export function inlinedIds(ids: Ids, room: Room): Ids {
  const found = new Set<number>();
  for (const id of ids) {
    const expr = room.inlined.get(id);
    if (expr === undefined) found.add(id);
    else for (const inner of inlinedIds(idsIn([expr]), room)) found.add(inner);
  }
  return found;
}

/** Whether a column is no column of the text: another name, or what stands for itself. */
function isSilent({ field, expr }: Computed): boolean {
  return expr.kind === "field" || isOrdinal(field, expr) ||
    expr.kind === "call" && expr.name === "parse_groups";
}

/** Names that the sources of other names should get. */
function hintsOf(columns: readonly Computed[], { needed, hints }: Wanted): Wanted["hints"] {
  const passed = new Map(hints);
  for (const { field, expr } of columns) {
    if (expr.kind !== "field" || !needed.has(field.id) || passed.has(expr.field.id)) continue;
    const name = hints.get(field.id) ?? ownName(field);
    if (name !== undefined) passed.set(expr.field.id, name);
  }
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
  let piece = relPiece(input, { needed, hints: hintsOf(columns, wanted) }, room);
  for (const { field, expr } of used) {
    if (expr.kind !== "window") continue;
    piece = ordered(piece, expr.order);
    if (isOrdinal(field, expr)) piece = numberedBy(piece, field);
  }
  return withAliases(piece, columns);
}

function projectPiece({ input, columns }: RelOf<"project">, wanted: Wanted, room: Room): Piece {
  const used = columns.filter(({ field }) => wanted.needed.has(field.id));
  const isPrint = input.kind === "values" && input.fields.length === 0;
  if (isPrint) return printPiece(used, wanted, room);
  const piece = inputOf(input, { columns, kept: new Set() }, { wanted, room });
  if (used.every(isSilent)) return piece;
  const taken = new Set(used.flatMap(({ field, expr }) =>
    expr.kind === "field" ? [piece.names.get(field.id) ?? ""] : []
  ));
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
    keys.every((key) => [...shown.values()].some((one) => key.startsWith(`${one} `)) || key.startsWith("#") || key === "serialize")
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

function extendPiece({ input, columns }: RelOf<"extend">, wanted: Wanted, room: Room): Piece {
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

function unionPiece({ fields, inputs }: RelOf<"union">, wanted: Wanted, room: Room): Piece {
  const used = fields.map((field, i) => ({ field, i }))
    .filter(({ field }) => wanted.needed.has(field.id));
  const kept = used.length === 0 ? [{ field: fields[0]!, i: 0 }] : used;
  const names = kept.reduce<readonly string[]>(
    (taken, { field }) => [
      ...taken,
      freeName(wanted.hints.get(field.id) ?? ownName(field), new Set(taken)),
    ],
    [],
  );
  const parts = inputs.map(({ rel, columns }) => {
    const own = kept.map(({ field, i }, at): Computed => ({
      field: { ...field, name: names[at]! },
      expr: columns[i]!,
    }));
    const needed: Ids = new Set(own.map(({ field }) => field.id));
    const project: Rel = { kind: "project", input: rel, columns: own };
    const piece = relPiece(project, { needed, hints: new Map() }, room);
    const shown = own.map(({ field }) => ({ id: field.id, name: field.name }));
    return `(${pieceText(exactly(piece, shown)).replaceAll("\n", " ")})`;
  });
  const shown = kept.map(({ field }, at) => ({ ...field, name: names[at]! }));
  return sourcePiece(`union ${parts.join(", ")}`, shown);
}

function expandPiece(rel: RelOf<"expand">, wanted: Wanted, room: Room): Piece {
  const lists = rel.lists.map(({ field, expr }) => {
    if (expr.kind !== "call" || !expr.name.endsWith("_or_absent")) throw unsupported("mv-apply");
    return { field, value: expr.args[0]!, isPairs: expr.name === "pairs_or_absent" };
  });
  const made = [...lists.map(({ field }) => field.id), rel.index.id];
  const needed = unionOf(
    without(wanted.needed, made),
    inlinedIds(idsIn(lists.map(({ value }) => value)), room),
  );
  const input = relPiece(rel.input, { needed, hints: wanted.hints }, room);
  const taken = new Set([...input.names].flatMap(([id, name]) =>
    wanted.needed.has(id) && !made.includes(id) ? [name] : []
  ));
  const names = new Map(input.names);
  const visible = [...input.visible];
  const nameOf = (field: Field): string => {
    const hint = wanted.hints.get(field.id) ?? ownName(field);
    const name = freeName(hint, hint === undefined ? new Set([...taken, ...visible]) : taken);
    taken.add(name);
    names.set(field.id, name);
    if (!visible.includes(name)) visible.push(name);
    return nameText(name);
  };
  const printer = printerOf(input, room);
  const items = lists.map(({ field, value }) => {
    // A value that becomes dynamic by itself.
    const own = value.kind === "cast" && value.type === "dynamic" ? value.arg : value;
    return `${nameOf(field)} = ${bare(exprText(own, printer))}`;
  });
  const index = rel.index.name === "" ? "" : `with_itemindex=${nameOf(rel.index)} `;
  const kind = lists.some(({ isPairs }) => isPairs) ? "bagexpansion=array " : "";
  const limit = rel.limit === undefined ? "" : ` limit ${countText(rel.limit, room)}`;
  const standing = input.standing.map((keys) => [...keys, `#${rel.index.id}`]);
  const piece = withLine(input, `mv-expand ${kind}${index}${items.join(", ")}${limit}`);
  return { ...piece, names, visible, standing: rel.index.name === "" ? standing : [] };
}
