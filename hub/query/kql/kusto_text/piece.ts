/**
 * A part of a KQL text: a source and the operators after it, with what its columns are called and in
 * which order its rows stand.
 *
 * @module
 */
import type { Expr, Field, SortKey } from "../plan.ts";
import { nameText, unsupported } from "./text.ts";

export interface Piece {
  /** The source, then one operator each. */
  readonly lines: readonly string[];
  /** The column of each field that is one. */
  readonly names: ReadonlyMap<number, string>;
  /** All columns, in order. */
  readonly visible: readonly string[];
  /** Orders in which the rows stand, all of them the same one. */
  readonly standing: readonly Standing[];
}

/** Keys as texts: names of columns, or numbers of fields that are none. */
export type Standing = readonly string[];

export function pieceText({ lines }: Piece): string {
  return lines.join("\n| ");
}

export function withLine(piece: Piece, line: string): Piece {
  return { ...piece, lines: [...piece.lines, line] };
}

/** The column of `field`, as it may be written. */
export function columnText(piece: Piece, field: Field): string {
  const name = piece.names.get(field.id);
  if (name === undefined) throw unsupported("an order of rows that is lost on the way");
  return nameText(name);
}

/** What a key is within {@link Piece.standing}. */
function tokenOf({ by, isDescending, nullsFirst }: SortKey, piece: Piece): string {
  if (by.kind !== "field") throw unsupported("an order by what is no column");
  const name = piece.names.get(by.field.id);
  return name === undefined
    ? `#${by.field.id}`
    : `${nameText(name)} ${isDescending ? "desc" : "asc"} nulls ${nullsFirst ? "first" : "last"}`;
}

/** `piece` with its rows in the order of `keys`, in any where there are none. */
export function ordered(piece: Piece, keys: readonly SortKey[]): Piece {
  if (keys.length === 0) {
    if (piece.standing.length > 0) return piece;
    return { ...withLine(piece, "serialize"), standing: [["serialize"]] };
  }
  const wanted = keys.map((key) => tokenOf(key, piece));
  if (piece.standing.some((one) => one.join("\n") === wanted.join("\n"))) return piece;
  if (wanted.some((token) => token.startsWith("#"))) {
    throw unsupported("an order of rows that is lost on the way");
  }
  return { ...withLine(piece, `sort by ${wanted.join(", ")}`), standing: [wanted] };
}

/** `piece`, of which `field` is the order in which its rows stand. */
export function numberedBy(piece: Piece, field: Field): Piece {
  return { ...piece, standing: [...piece.standing, [`#${field.id}`]] };
}

/** Orders that do not rest on the column `name`. */
export function standingWithout(piece: Piece, name: string): readonly Standing[] {
  const own = nameText(name);
  return piece.standing.filter((keys) => keys.every((key) => !key.startsWith(`${own} `)));
}

/** A name that none of `taken` is: the wanted one, or with a number. */
export function freeName(wanted: string | undefined, taken: ReadonlySet<string>): string {
  const stem = wanted ?? "x";
  if (wanted !== undefined && !taken.has(wanted)) return wanted;
  for (let i = 1;; i++) if (!taken.has(`${stem}${i}`)) return `${stem}${i}`;
}

/** The name that a field has by itself. */
export function ownName({ name }: Field): string | undefined {
  return name === "" || name.startsWith("\0") ? undefined : name;
}

export function isOrdinal(field: Field, expr: Expr): boolean {
  return field.name.startsWith("\0") && expr.kind === "window" && expr.name === "row_number";
}
