/**
 * One row for each element, as KQL's `mv-expand`.
 *
 * @module
 */
import type { Field, Rel } from "../plan.ts";
import { exprText } from "./expr.ts";
import { idsIn, unionOf, without } from "./fields.ts";
import { freeName, ownName, type Piece, withLine } from "./piece.ts";
import { bare, constantPrinter, inlinedIds, printerOf, type Room, type Wanted } from "./room.ts";
import { nameText, unsupported } from "./text.ts";

type Expand = Extract<Rel, { kind: "expand" }>;

export function expandPiece(rel: Expand, wanted: Wanted, room: Room): Piece {
  const lists = rel.lists.map(({ field, expr }) => {
    if (expr.kind !== "call" || !expr.name.endsWith("_or_absent")) throw unsupported("mv-apply");
    return { field, value: expr.args[0]!, isPairs: expr.name === "pairs_or_absent" };
  });
  const made = [...lists.map(({ field }) => field.id), rel.index.id];
  const needed = unionOf(
    without(wanted.needed, made),
    inlinedIds(idsIn(lists.map(({ value }) => value)), room),
  );
  const input = room.rel(rel.input, { needed, hints: wanted.hints });
  const taken = new Set(
    [...input.names].flatMap(([id, name]) =>
      wanted.needed.has(id) && !made.includes(id) ? [name] : []
    ),
  );
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
  const limit = rel.limit === undefined
    ? ""
    : ` limit ${exprText(rel.limit, constantPrinter(room))}`;
  const standing = input.standing.map((keys) => [...keys, `#${rel.index.id}`]);
  const piece = withLine(input, `mv-expand ${kind}${index}${items.join(", ")}${limit}`);
  return { ...piece, names, visible, standing: rel.index.name === "" ? standing : [] };
}
