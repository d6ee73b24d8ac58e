/**
 * A plan as one KQL text that Azure Data Explorer takes: no functions and views, but what they mean;
 * tables that are read in several places by `let`.
 *
 * @module
 */
import { mapExpr } from "../lower/map_expr.ts";
import type { Expr, Field, Rel, Shared, SortKey } from "../plan.ts";
import { type Ids, idsIn, sortExprs, unionOf } from "./fields.ts";
import { ordered, pieceText } from "./piece.ts";
import { exactly } from "./columns.ts";
import { relPiece } from "./rel.ts";
import type { Room } from "./room.ts";

export interface KustoPrinted {
  readonly kql: string;
  /** Stored tables that it reads. */
  readonly tables: readonly string[];
}

interface Printable {
  readonly rel: Rel;
  readonly fields: readonly Field[];
  readonly order: readonly SortKey[];
  readonly shared: readonly Shared[];
}

export function printKusto({ rel, fields, order, shared }: Printable): KustoPrinted {
  const room: Room = {
    tables: new Set(),
    shared: new Map(),
    inlined: new Map(),
    rel: (part, wanted) => relPiece(part, wanted, room),
  };
  const used = usedShared(rel, shared);
  const everything = unionOf(
    ...[rel, ...used.map((one) => one.rel)].map(allIds),
    idsIn(sortExprs(order)),
    new Set(fields.map(({ id }) => id)),
  );
  const lets = used.map((one, i) => {
    const piece = room.rel(one.rel, { needed: everything, hints: new Map() });
    const name = `_t${i + 1}`;
    room.shared.set(one.id, { name, piece });
    const text = pieceText(piece);
    return `let ${name} = ${one.isMaterialized ? `materialize(${text})` : text};\n`;
  });
  const needed = unionOf(new Set(fields.map(({ id }) => id)), idsIn(sortExprs(order)));
  const hints = new Map(fields.map(({ id, name }) => [id, name]));
  const piece = room.rel(rel, { needed, hints });
  const sorted = order.length === 0 ? piece : ordered(piece, order);
  const shown = fields.map(({ id, name }, i) => ({
    id,
    name: name === "" ? `Column${i + 1}` : name,
  }));
  return { kql: `${lets.join("")}${pieceText(exactly(sorted, shown))}`, tables: [...room.tables] };
}

/** Those that `rel` reads, each after those that it reads itself. */
function usedShared(rel: Rel, shared: readonly Shared[]): readonly Shared[] {
  const used = new Set<number>();
  const visit = (part: Rel): void => {
    for (const { id, rel: inner } of sharedIn(part)) {
      if (used.has(id)) continue;
      used.add(id);
      visit(inner);
    }
  };
  visit(rel);
  return shared.filter(({ id }) => used.has(id));
}

function sharedIn(rel: Rel): readonly Shared[] {
  const found: Shared[] = [];
  walk(rel, {
    rel(part) {
      if (part.kind === "whole" || part.kind === "reference") found.push(part.shared);
    },
    expr() {},
  });
  return found;
}

/** All fields that are read within `rel`, and those that references ask of what they name. */
function allIds(rel: Rel): Ids {
  const ids = new Set<number>();
  walk(rel, {
    rel(part) {
      if (part.kind === "reference") { for (const { id } of part.from) ids.add(id); }
    },
    expr(expr) {
      for (const id of idsIn([expr])) ids.add(id);
    },
  });
  return ids;
}

interface Visitor {
  rel(rel: Rel): void;
  expr(expr: Expr): void;
}

function walk(rel: Rel, visitor: Visitor): void {
  visitor.rel(rel);
  const exprs = partsOf(rel);
  for (const expr of exprs) {
    visitor.expr(expr);
    mapExpr(expr, (node) => {
      if (node.kind === "scalar" || node.kind === "member") walk(node.rel, visitor);
      return node;
    });
  }
  for (const input of inputsOf(rel)) walk(input, visitor);
}

function inputsOf(rel: Rel): readonly Rel[] {
  if (rel.kind === "join") return [rel.left, rel.right];
  if (rel.kind === "union") return rel.inputs.map((input) => input.rel);
  return "input" in rel ? [rel.input] : [];
}

function partsOf(rel: Rel): readonly Expr[] {
  switch (rel.kind) {
    case "values":
      return rel.rows.flat();
    case "range":
      return [rel.from, rel.to, rel.step];
    case "filter":
      return [rel.condition];
    case "project":
    case "extend":
      return rel.columns.map(({ expr }) => expr);
    case "aggregate":
      return [
        ...rel.keys.map(({ expr }) => expr),
        ...rel.aggregates.flatMap(({ call }) => [
          ...call.args,
          ...call.where === undefined ? [] : [call.where],
          ...sortExprs(call.order ?? []),
        ]),
      ];
    case "first":
      return sortExprs(rel.order);
    case "join":
      return [rel.on];
    case "union":
      return rel.inputs.flatMap(({ columns }) => columns);
    case "sort":
      return [...sortExprs(rel.keys), ...rel.limit === undefined ? [] : [rel.limit]];
    case "limit":
    case "sample":
      return [rel.count];
    case "expand":
      return rel.lists.map(({ expr }) => expr);
    case "fold":
      return rel.stages.flat().map(({ expr }) => expr);
    case "scan":
    case "whole":
    case "reference":
      return [];
  }
}
