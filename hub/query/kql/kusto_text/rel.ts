/**
 * Relations of a plan as KQL: each a source and operators after it.
 *
 * A column that is only another name for one is none of its own; names are those that the result
 * has, as far as no other column needs them.
 *
 * @module
 */
import type { Expr, Rel } from "../plan.ts";
import { aggregatePiece } from "./aggregate.ts";
import { extendPiece, projectPiece } from "./columns.ts";
import { expandPiece } from "./expand.ts";
import { exprText } from "./expr.ts";
import { idsIn, sortExprs, unionOf } from "./fields.ts";
import { joinPiece } from "./join.ts";
import { freeName, ordered, ownName, type Piece, withLine } from "./piece.ts";
import {
  bare,
  constantPrinter,
  inlinedIds,
  printerOf,
  type Room,
  sourcePiece,
  type Wanted,
} from "./room.ts";
import { literalText, nameText, unsupported } from "./text.ts";
import { unionPiece } from "./union.ts";

type RelOf<Kind extends Rel["kind"]> = Extract<Rel, { kind: Kind }>;

export function relPiece(rel: Rel, wanted: Wanted, room: Room): Piece {
  switch (rel.kind) {
    case "scan": {
      room.tables.add(rel.table);
      return sourcePiece(nameText(rel.table), rel.fields);
    }
    case "values":
      return valuesPiece(rel);
    case "range":
      return rangePiece(rel, wanted, room);
    case "filter": {
      const needed = unionOf(wanted.needed, inlinedIds(idsIn([rel.condition]), room));
      const input = room.rel(rel.input, { ...wanted, needed });
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
    case "sort":
      return sortPiece(rel, wanted, room);
    case "limit":
      return withLine(room.rel(rel.input, wanted), `take ${countText(rel.count, room)}`);
    case "sample": {
      const input = withLine(
        room.rel(rel.input, wanted),
        `sample ${countText(rel.count, room)}`,
      );
      return { ...input, standing: [] };
    }
    case "expand":
      return expandPiece(rel, wanted, room);
    case "fold":
      throw unsupported("scan");
    case "whole":
      return namedPiece(rel.shared.id, room);
    case "reference":
      return referencePiece(rel, room);
  }
}

function rangePiece(rel: RelOf<"range">, wanted: Wanted, room: Room): Piece {
  const [from, to, step] = [rel.from, rel.to, rel.step].map((one) =>
    exprText(one, constantPrinter(room))
  );
  const name = freeName(wanted.hints.get(rel.field.id) ?? ownName(rel.field), new Set());
  const named = { ...rel.field, name };
  return sourcePiece(`range ${nameText(name)} from ${from} to ${to} step ${step}`, [named]);
}

function sortPiece(rel: RelOf<"sort">, wanted: Wanted, room: Room): Piece {
  const needed = unionOf(wanted.needed, idsIn(sortExprs(rel.keys)));
  const input = ordered(room.rel(rel.input, { ...wanted, needed }), rel.keys);
  return rel.limit === undefined ? input : withLine(input, `take ${countText(rel.limit, room)}`);
}

function referencePiece(rel: RelOf<"reference">, room: Room): Piece {
  const { piece, ...rest } = sharedOf(rel.shared.id, room);
  const names = new Map(rel.from.flatMap((field, i) => {
    const name = piece.names.get(field.id);
    return name === undefined ? [] : [[rel.fields[i]!.id, name] as const];
  }));
  const numbers = new Map(
    rel.from.map((field, i) => [`#${field.id}`, `#${rel.fields[i]!.id}`]),
  );
  const standing = piece.standing.map((keys) => keys.map((key) => numbers.get(key) ?? key));
  return { lines: [rest.name], names, visible: piece.visible, standing };
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
