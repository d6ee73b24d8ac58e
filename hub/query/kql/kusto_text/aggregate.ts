/**
 * Aggregation as KQL's `summarize`.
 *
 * @module
 */
import { AGGREGATES } from "../functions/aggregates.ts";
import type { AggregateCall, Aggregated, Field, Rel } from "../plan.ts";
import { aggregateName, exprText } from "./expr.ts";
import { exprsOf, idsIn } from "./fields.ts";
import { freeName, ordered, ownName, type Piece, withLine } from "./piece.ts";
import { bare, inlinedIds, printerOf, type Room, type Wanted } from "./room.ts";
import { nameText } from "./text.ts";

type Aggregate = Extract<Rel, { kind: "aggregate" }>;

export function aggregatePiece(
  { input, keys, aggregates }: Aggregate,
  wanted: Wanted,
  room: Room,
): Piece {
  const used = aggregates.filter(({ field }) => wanted.needed.has(field.id));
  const exprs = [...keys.map(({ expr }) => expr), ...used.flatMap(({ call }) => exprsOf(call))];
  const hints = new Map(keys.flatMap(({ field, expr }) => {
    const name = wanted.hints.get(field.id) ?? ownName(field);
    return expr.kind === "field" && name !== undefined ? [[expr.field.id, name] as const] : [];
  }));
  const rows = room.rel(input, { needed: inlinedIds(idsIn(exprs), room), hints });
  const order = used.find(({ call }) => (call.order ?? []).length > 0)?.call.order ?? [];
  const piece = order.length === 0 ? rows : ordered(rows, order);
  const taken = new Set<string>();
  const names = new Map<number, string>();
  const nameOf = (field: Field): string => {
    const name = freeName(wanted.hints.get(field.id) ?? ownName(field), taken);
    taken.add(name);
    names.set(field.id, name);
    return name;
  };
  const printer = printerOf(piece, room);
  const by = keys.map(({ field, expr }) => {
    const name = nameText(nameOf(field));
    const text = bare(exprText(expr, printer));
    return text === name ? name : `${name} = ${text}`;
  });
  const list = aggregateTexts(used, { piece, room, nameOf });
  if (list.length === 0 && by.length === 0) {
    taken.add("x1");
    list.push("x1 = count()");
  }
  const byText = by.length === 0 ? "" : `by ${by.join(", ")}`;
  const line = ["summarize", list.join(", "), byText].filter((part) => part !== "").join(" ");
  return { ...withLine(piece, line), names, visible: [...taken], standing: [] };
}

interface Place {
  readonly piece: Piece;
  readonly room: Room;
  readonly nameOf: (field: Field) => string;
}

/** One text for each aggregate, but one for all that are of the row with the greatest key. */
function aggregateTexts(list: readonly Aggregated[], place: Place): string[] {
  const texts: string[] = [];
  const done = new Set<Aggregated>();
  for (const one of list) {
    if (done.has(one)) continue;
    const { field, call } = one;
    const ofBest = ofRow(list, call, place).filter((other) => !done.has(other));
    if (ofBest.length > 0) {
      for (const other of ofBest) done.add(other);
      const fields = [field, ...ofBest.map((other) => other.field)];
      texts.push(rowText(call, fields, { rest: ofBest, place }));
      continue;
    }
    if (call.name === "arg_max" || call.name === "arg_min") {
      const rest = list.filter((other) => !done.has(other) && isSameRow(other.call, call, place));
      for (const other of rest) done.add(other);
      const key: Field = { id: -1 - texts.length, name: "", type: call.args[1]!.type };
      const name = call.name === "arg_max" ? "max" : "min";
      texts.push(
        rowText({ ...call, name }, [key, ...rest.map((other) => other.field)], { rest, place }),
      );
      continue;
    }
    texts.push(`${nameText(place.nameOf(field))} = ${callText(call, place)}`);
  }
  return texts;
}

/** Aggregates of the row in which `call` has its value. */
function ofRow(list: readonly Aggregated[], call: AggregateCall, place: Place) {
  if (call.name !== "max" && call.name !== "min") return [];
  const wantedName = `arg_${call.name}`;
  const key = textOf(call.args[0]!, place);
  return list.filter(({ call: other }) =>
    other.name === wantedName && other.where === undefined && call.where === undefined &&
    textOf(other.args[1]!, place) === key
  );
}

function isSameRow(a: AggregateCall, b: AggregateCall, place: Place): boolean {
  return a.name === b.name && textOf(a.args[1]!, place) === textOf(b.args[1]!, place);
}

function rowText(
  { name, args }: AggregateCall,
  fields: readonly Field[],
  { rest, place }: { readonly rest: readonly Aggregated[]; readonly place: Place },
): string {
  const names = fields.map((field) => nameText(place.nameOf(field)));
  const key = textOf(name.startsWith("arg") || args.length > 1 ? args[1]! : args[0]!, place);
  const values = rest.map(({ call }) => textOf(call.args[0]!, place));
  return `(${names.join(", ")}) = arg_${name}(${[key, ...values].join(", ")})`;
}

function textOf(expr: Parameters<typeof exprText>[0], { piece, room }: Place): string {
  return bare(exprText(expr, printerOf(piece, room)));
}

function callText(call: AggregateCall, place: Place): string {
  const name = aggregateName(call.name, call.where !== undefined);
  const { parameters = [] } = AGGREGATES.get(name) ?? {};
  const args = call.args.map((arg, i) =>
    // What becomes dynamic by itself.
    parameters[i] === "dynamic" && arg.kind === "cast" && arg.type === "dynamic"
      ? textOf(arg.arg, place)
      : textOf(arg, place)
  );
  const at = AGGREGATES.get(name)?.condition ?? 0;
  if (call.where !== undefined) args.splice(at, 0, textOf(call.where, place));
  return `${name}(${args.join(", ")})`;
}
