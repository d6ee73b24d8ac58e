/**
 * README's table of platforms says what signed reports of `custos selftest` say, and nothing else.
 *
 * `UPDATE_README=1` writes it anew from `docs/selftest/*.json`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Cell, cellOf, readReport, type Report } from "../agent/selftest/report.ts";
import { builtinPlugins } from "../plugins/builtin.ts";

const ROOT = join(import.meta.dirname, "..");
const REPORTS = join(ROOT, "docs", "selftest");
const README = join(ROOT, "README.md");

const PLATFORMS = [
  { name: "Linux x64", platform: "linux", arch: "x64" },
  { name: "Linux arm64", platform: "linux", arch: "arm64" },
  { name: "macOS arm64", platform: "darwin", arch: "arm64" },
  { name: "Windows x64", platform: "win32", arch: "x64" },
];
const HEAD = "source";
/** Best first: of several reports the best counts. */
const CELLS: readonly Cell[] = ["run", "files only", "never run here"];

const reports = readdirSync(REPORTS).filter((name) => name.endsWith(".json")).map((name) => ({
  name,
  report: readReport(readFileSync(join(REPORTS, name), "utf8")),
}));

test("each report of a selftest is as it was signed", () => {
  assert.ok(reports.length > 0);
  for (const { name, report } of reports) assert.ok(report !== undefined, name);
});

test("README's table of platforms is made of these reports alone", () => {
  const table = tableOf(reports.flatMap(({ report }) => report ?? []));
  let text = readFileSync(README, "utf8");
  if (process.env["UPDATE_README"] === "1") {
    const old = /^\| source +\|.*\n(?:\|.*\n)+/m;
    assert.match(text, old);
    text = text.replace(old, table);
    writeFileSync(README, text);
  }
  assert.ok(text.includes(table), "the table is another one: run with UPDATE_README=1");
});

function tableOf(found: readonly Report[]): string {
  const rows = [...builtinPlugins.keys()].map((source) => [
    `\`${source}\``,
    ...PLATFORMS.map((where) => bestCell(found, where, source)),
  ]);
  const heads = [HEAD, ...PLATFORMS.map(({ name }) => name)];
  const widths = heads.map((head, i) =>
    Math.max(...[head, ...rows.map((row) => row[i] ?? "")].map((cell) => cell.length))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |\n`;
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("");
}

function bestCell(
  found: readonly Report[],
  { platform, arch }: { readonly platform: string; readonly arch: string },
  source: string,
): Cell {
  const shown = found.filter((report) => report.platform === platform && report.arch === arch)
    .flatMap(({ sources }) => sources.filter((one) => one.source === source)).map(cellOf);
  return CELLS.find((cell) => shown.includes(cell)) ?? "never run here";
}
