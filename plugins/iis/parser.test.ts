import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { schemaOf } from "../../sdk/table.ts";
import { rowsOf } from "../../sdk/testkit/rows.ts";
import { makeFileState } from "./directives.ts";
import { makeParser, parseLines, type Parser } from "./parser.ts";
import { COLUMN_OF_FIELD, type RequestColumns, tables } from "./table.ts";

const PLUS = new Set(["csUserAgent", "csUserName", "sSiteName"]);

function makeWriter(): TableWriter<RequestColumns> {
  const schema = schemaOf("W3CIISLog", tables.W3CIISLog);
  return new TableWriter(schema) as unknown as TableWriter<RequestColumns>;
}

function open(): Parser & { readonly rejects: string[] } {
  const rejects: string[] = [];
  const reject = (_bytes: Uint8Array, why: string): void => void rejects.push(why);
  return { ...makeParser({ writer: makeWriter(), reject, plusColumns: PLUS }), rejects };
}

const encoder = new TextEncoder();

/** The slow, obvious way: split, object, emit. */
function expectedRow(list: readonly string[], values: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  const cells = new Map(list.map((name, i) => [name, values[i]!]));
  row["TimeGenerated"] = new Date(`${cells.get("date")}T${cells.get("time")}Z`);
  const extras: Record<string, string> = {};
  for (const [name, value] of cells) {
    const column = COLUMN_OF_FIELD.get(name.toLowerCase());
    if (value === "-" || name === "date" || name === "time") continue;
    if (column === undefined) extras[name] = value;
    else if (tables.W3CIISLog.columns[column].type !== "string") row[column] = Number(value);
    else row[column] = PLUS.has(column) ? value.replaceAll("+", " ") : value;
  }
  if (Object.keys(extras).length > 0) row["AdditionalFields"] = extras;
  return row;
}

const NUMBERS = new Set(["s-port", "sc-bytes", "cs-bytes", "time-taken"]);
const twice = new Set(["cs(host)"]);
const names = [...COLUMN_OF_FIELD.keys(), "x-custom", "X-Forwarded-For"]
  .filter((name) => !twice.has(name));
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab+-%:;=\\é☃/?".split("")), minLength: 1, maxLength: 60 }),
  fc.constantFrom("-", "x".repeat(40)),
);
const digits = fc.oneof(fc.nat(65_535).map(String), fc.constant("-"));
const seconds = fc.integer({ min: 0, max: 4_000_000_000 });

const logs = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }).chain((fields) => {
  const list = ["date", "time", ...fields];
  const line = fc.tuple(
    seconds,
    ...fields.map((name) => (NUMBERS.has(name) ? digits : text)),
  ).map(([at, ...rest]) => {
    const [date, time] = new Date(at * 1000).toISOString().slice(0, 19).split("T");
    return [date!, time!, ...rest];
  });
  return fc.record({ list: fc.constant(list), lines: fc.array(line, { maxLength: 8 }) });
});

test("parseLines() gives the columns that emitting objects gives", () => {
  fc.assert(
    fc.property(logs, fc.constantFrom("\n", "\r\n"), ({ list, lines }, end) => {
      const parser = open();
      const input = [`#Fields: ${list.join(" ")}`, ...lines.map((line) => line.join(" "))];
      parseLines(parser, encoder.encode(input.join(end)), makeFileState());
      const writer = makeWriter();
      const typed = writer as unknown as { add(row: unknown): void };
      for (const values of lines) typed.add(expectedRow(list, values));
      assert.deepEqual(parser.rejects, []);
      assert.deepEqual(rowsOf(parser.writer.view()), rowsOf(writer.view()));
    }),
    { numRuns: 200 },
  );
});

const fragment = fc.oneof(
  fc.constantFrom(
    "#Fields: date time c-ip sc-status cs(User-Agent) x\n",
    "#Fields:\n",
    "#Date: 2026-01-01 00:00:00\n",
    "2026-01-01 00:00:00 1.2.3.4 200 a+b c\n",
    "2026-01-01 00:00:00 1.2.3.4 200 a\n",
    "\n",
    "\r\n",
    " \n",
    "- - - - - -\n",
    "2026-01-01 00:00:00.5 ",
  ).map((part) => encoder.encode(part)),
  fc.uint8Array({ maxLength: 40 }),
);

test("parseLines() throws on no bytes, and each line is a row, a reject or skipped", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), (parts) => {
      const bytes = new Uint8Array(Buffer.concat(parts));
      const parser = open();
      parseLines(parser, bytes, makeFileState());
      const { rows, rejected, skipped } = parser.counts;
      const lines = Buffer.from(bytes).toString("latin1").split("\n");
      if (lines.at(-1) === "") lines.pop();
      assert.equal(rows + rejected + skipped, lines.length);
      assert.equal(parser.writer.view().rows, rows);
      assert.equal(parser.rejects.length, rejected);
    }),
    { numRuns: 300 },
  );
});

test("parseLines() gives the same rows however the lines are cut into chunks", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), fc.nat(1000), (parts, seed) => {
      const bytes = new Uint8Array(Buffer.concat(parts));
      const whole = open();
      parseLines(whole, bytes, makeFileState());
      const cut = open();
      const file = makeFileState();
      for (let at = 0, k = seed; at < bytes.length; k++) {
        const feed = bytes.indexOf(10, at + (k * 37) % 90);
        const end = feed < 0 ? bytes.length : feed + 1;
        parseLines(cut, bytes.subarray(at, end), file);
        at = end;
      }
      assert.deepEqual(rowsOf(cut.writer.view()), rowsOf(whole.writer.view()));
      assert.deepEqual(cut.rejects, whole.rejects);
    }),
    { numRuns: 200 },
  );
});

test("parseLines() leaves no value of a rejected line in a dictionary", () => {
  const parser = open();
  const lines = [
    "#Fields: cs-method cs-username date time",
    "GET ada lind 2026-01-01 00:00:00",
    "GET lind 2026-01-01 noon",
    "GET ada",
  ];
  parseLines(parser, encoder.encode(lines.join("\n")), makeFileState());
  assert.equal(parser.rejects.length, 3);
  const { columns } = parser.writer.view();
  assert.deepEqual(columns.filter(({ form }) => form === "dict"), []);
});

test("parseLines() takes over a time only from a line that starts with the same one", () => {
  const parser = open();
  const lines = [
    "#Fields: date time c-ip time-taken",
    "2026-01-01 00:00:00 ::1 7",
    "2026-01-01 00:00:00 ::2 12345",
    "2026-01-01 00:00:01 ::3 -",
    "2026-01-01 00:00:01 ::4 12x",
    "2026-01-01 00:00:01.5 ::5 99999",
    "2026-01-02 00:00:01 ::6 0",
    "2026-01-02 00:00:01 ::7 1 ",
    "2026-01-02 00:00:01 ::8\t 1",
    "2026-01-02 00:00:01 ::9 1",
  ];
  parseLines(parser, encoder.encode(lines.join("\n")), makeFileState());
  const rows = rowsOf(parser.writer.view());
  assert.deepEqual(rows.map((row) => [row["TimeGenerated"], row["cIP"], row["TimeTaken"]]), [
    ["2026-01-01T00:00:00.000Z", "::1", 7],
    ["2026-01-01T00:00:00.000Z", "::2", 12345],
    ["2026-01-01T00:00:01.000Z", "::3", undefined],
    ["2026-01-01T00:00:01.500Z", "::5", 99999],
    ["2026-01-02T00:00:01.000Z", "::6", 0],
    ["2026-01-02T00:00:01.000Z", "::7", 1],
    ["2026-01-02T00:00:01.000Z", "::8\t", 1],
    ["2026-01-02T00:00:01.000Z", "::9", 1],
  ]);
  assert.deepEqual(parser.rejects, ["number not valid"]);
});
