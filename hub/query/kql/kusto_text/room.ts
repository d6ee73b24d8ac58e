/**
 * What the parts of the KQL printer share.
 *
 * @module
 */
import type { Expr, Field, Rel } from "../plan.ts";
import type { ExprPrinter } from "./expr.ts";
import { type Ids, idsIn } from "./fields.ts";
import { columnText, type Piece, pieceText, withLine } from "./piece.ts";

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
  /** `rel` as a part of the text. */
  rel(rel: Rel, wanted: Wanted): Piece;
  /** Fields that are no columns: what stands for them. */
  readonly inlined: Map<number, Expr>;
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
    table: (rel, field, isScalar) => tableText(rel, field, { room, isScalar }),
  };
}

/** For what names no column. */
export function constantPrinter(room: Room): ExprPrinter {
  return printerOf({ lines: [], names: new Map(), visible: [], standing: [] }, room);
}

/** `rel` as a table of one column; of `toscalar()`, which takes the first row by itself, all rows. */
function tableText(rel: Rel, field: Field, { room, isScalar }: TableOf): string {
  const wanted: Wanted = { needed: new Set([field.id]), hints: new Map() };
  const piece = isScalar ? firstRowPiece(rel, wanted, room) : room.rel(rel, wanted);
  const name = piece.names.get(field.id);
  const isAlone = piece.visible.length === 1 && piece.visible[0] === name;
  return pieceText(isAlone ? piece : withLine(piece, `project ${columnText(piece, field)}`))
    .replaceAll("\n", " ");
}

interface TableOf {
  readonly room: Room;
  readonly isScalar: boolean;
}

function firstRowPiece(rel: Rel, wanted: Wanted, room: Room): Piece {
  const isOne = (count: Expr | undefined): boolean =>
    count?.kind === "literal" && count.value === 1n;
  if (rel.kind === "limit" && isOne(rel.count)) return firstRowPiece(rel.input, wanted, room);
  if (rel.kind !== "sort" || !isOne(rel.limit)) return room.rel(rel, wanted);
  return room.rel({ ...rel, limit: undefined }, wanted);
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
