/**
 * Zeek's own format: fields between separators, named and typed by the lines that begin with `#`.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import type { Json } from "../../sdk/mod.ts";
import type { JsonObject } from "../../sdk/read/json_fields.ts";
import { boolOf, longOf, realOf } from "../../sdk/read/typed_value.ts";

/** What the lines after them mean. */
export interface ZeekHeader {
  readonly separator: string;
  readonly setSeparator: string;
  readonly empty: string;
  readonly unset: string;
  readonly path: string;
  readonly fields: readonly string[];
  readonly types: readonly string[];
}

const START: ZeekHeader = {
  separator: "\t",
  setSeparator: ",",
  empty: "(empty)",
  unset: "-",
  path: "",
  fields: [],
  types: [],
};

/** The header after a line that begins with `#`; one with a separator begins a new header. */
export function withHeaderLine(before: ZeekHeader | undefined, line: string): ZeekHeader {
  if (line.startsWith("#separator ")) {
    return { ...START, separator: unescapeText(line.slice("#separator ".length)) || "\t" };
  }
  const header = before ?? START;
  const [name, ...values] = line.split(header.separator);
  const [value = ""] = values;
  switch (name) {
    case "#set_separator":
      return { ...header, setSeparator: unescapeText(value) || "," };
    case "#empty_field":
      return { ...header, empty: value };
    case "#unset_field":
      return { ...header, unset: value };
    case "#path":
      return { ...header, path: unescapeText(value) };
    case "#fields":
      return { ...header, fields: values };
    case "#types":
      return { ...header, types: values };
    default:
      return header;
  }
}

/** The fields of a line, by name, an unset one left out; why they cannot be told. */
export function readZeekLine(header: ZeekHeader, line: string): JsonObject | string {
  const { fields, types, separator, unset } = header;
  if (fields.length === 0) return "no #fields line before it";
  const cells = line.split(separator);
  if (cells.length !== fields.length) return "not as many fields as #fields names";
  const named: [string, Json][] = [];
  for (const [i, cell] of cells.entries()) {
    if (cell !== unset) named.push([fields[i] ?? "", valueOf(cell, types[i] ?? "string", header)]);
  }
  return Object.fromEntries(named);
}

function valueOf(cell: string, type: string, header: ZeekHeader): Json {
  const inner = /^(?:set|vector|table)\[(.*)\]$/.exec(type)?.[1];
  if (inner === undefined) return scalarOf(cell, type, header);
  if (cell === header.empty || cell === "") return [];
  return cell.split(header.setSeparator).map((member) =>
    member === header.unset ? null : scalarOf(member, inner, header)
  );
}

function scalarOf(cell: string, type: string, { empty }: ZeekHeader): Json {
  switch (type) {
    case "bool":
      return boolOf(cell) ?? cell;
    case "count":
    case "int":
    case "port": {
      const whole = longOf(cell);
      return typeof whole === "number" ? whole : cell;
    }
    case "double":
    case "interval":
      return realOf(cell) ?? cell;
    default:
      return cell === empty ? "" : unescapeText(cell);
  }
}

/** `\\xHH` is a byte, `\\\\` a backslash; bytes that are no text stay as they are written. */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  const parts: Buffer[] = [];
  let from = 0;
  for (const { 0: escape, 1: hex, index } of text.matchAll(/\\(?:x([0-9a-fA-F]{2})|\\)/g)) {
    parts.push(Buffer.from(text.slice(from, index)));
    parts.push(hex === undefined ? Buffer.from("\\") : Buffer.from(hex, "hex"));
    from = index + escape.length;
  }
  const bytes = Buffer.concat([...parts, Buffer.from(text.slice(from))]);
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}
