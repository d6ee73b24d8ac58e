/**
 * The tables of a plugin's README are those that it declares.
 *
 * The README has, under `### NAME`, what {@link tableText} gives; `UPDATE_README=1` writes it anew.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { Plugin } from "../plugin.ts";
import type { Table } from "../table.ts";

const HEADS = ["column", "type", "class", "kind", "unit", ""];

/** Registers a test that the README of `plugin` shows its tables as they are. */
export function readmeTables(plugin: Plugin, readme: URL): void {
  void test(`${plugin.name}: the README shows its tables`, () => {
    let text = readFileSync(readme, "utf8");
    if (process.env["UPDATE_README"] === "1") {
      for (const [name, table] of Object.entries(plugin.tables)) text = replaced(text, name, table);
      writeFileSync(readme, text);
    }
    for (const [name, table] of Object.entries(plugin.tables)) {
      assert.ok(
        text.includes(`### ${name}\n`) && text.includes(tableText(table)),
        `Table ${name} in README.md is not as declared: run with UPDATE_README=1`,
      );
    }
  });
}

/** A table of Markdown with a row for each column, as the formatter lays it out. */
function tableText({ columns }: Table): string {
  const rows = Object.entries(columns).map((
    [name, { type, class: is, kind, unit = "", doc = "" }],
  ) => [`\`${name}\``, type, is, kind, unit, doc.replaceAll("|", "\\|")]);
  const widths = HEADS.map((head, i) =>
    Math.max(3, ...[head, ...rows.map((row) => row[i] ?? "")].map((cell) => cell.length))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |\n`;
  return [line(HEADS), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("");
}

function replaced(text: string, name: string, table: Table): string {
  const head = `### ${name}\n`;
  const from = text.indexOf(head);
  const start = from < 0 ? -1 : text.indexOf("| column ", from);
  if (start < 0) throw new TypeError(`README.md has no "${head.trim()}" with a table after it`);
  const end = text.slice(start).search(/\n(?!\|)/);
  const after = end < 0 ? "" : text.slice(start + end + 1);
  return text.slice(0, start) + tableText(table) + after;
}
