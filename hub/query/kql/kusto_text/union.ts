/**
 * Unions of a plan as KQL.
 *
 * @module
 */
import type { Computed, Rel } from "../plan.ts";
import { exactly } from "./columns.ts";
import type { Ids } from "./fields.ts";
import { freeName, ownName, type Piece, pieceText } from "./piece.ts";
import { type Room, sourcePiece, type Wanted } from "./room.ts";

type Union = Extract<Rel, { kind: "union" }>;

export function unionPiece({ fields, inputs }: Union, wanted: Wanted, room: Room): Piece {
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
    const piece = room.rel(project, { needed, hints: new Map() });
    const shown = own.map(({ field }) => ({ id: field.id, name: field.name }));
    return `(${pieceText(exactly(piece, shown)).replaceAll("\n", " ")})`;
  });
  const shown = kept.map(({ field }, at) => ({ ...field, name: names[at]! }));
  return sourcePiece(`union ${parts.join(", ")}`, shown);
}
