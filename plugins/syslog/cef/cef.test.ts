import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { schemaOf } from "../../../sdk/table.ts";
import { TableWriter } from "../../../sdk/columns/writer.ts";
import { readCef } from "./cef.ts";
import { COLUMN_OF_KEY } from "./keys.ts";
import { type CefHeader, CefRows } from "./row.ts";
import { type CefColumns, cefTable } from "./table.ts";

const NOW = Date.UTC(2026, 6, 1);
const NOTHING: CefHeader = {
  time: undefined,
  host: undefined,
  facility: undefined,
  process: undefined,
};

const header = fc.array(fc.string({ unit: fc.constantFrom(..."ab|\\= é漢".split("")) }), {
  minLength: 6,
  maxLength: 6,
}).map((fields) => fields.map((field) => field.trim()));
const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.]{0,8}$/);
const value = fc.string({ unit: fc.constantFrom(..."ab|\\=\n\r é漢/?".split("")), maxLength: 20 })
  .map((text) => text.replace(/^[ \n\r]+|[ \n\r]+$/g, ""));

test("readCef() gives back what was escaped, whatever is in it", () => {
  fc.assert(
    fc.property(header, fc.array(fc.tuple(key, value)), (fields, pairs) => {
      const head = fields.map((field) => field.replaceAll(/[\\|]/g, "\\$&")).join("|");
      const extension = pairs.map(([name, text]) => {
        const escaped = text.replaceAll(/[\\=]/g, "\\$&").replaceAll("\n", "\\n");
        return `${name}=${escaped.replaceAll("\r", "\\r")}`;
      });
      assert.deepEqual(readCef(`CEF:0|${head}|${extension.join(" ")}`), {
        header: fields,
        extension: pairs,
      });
    }),
    { numRuns: 300 },
  );
});

test("readCef() leaves an equals sign without a key before it in its value", () => {
  const text = "CEF:0|v|p|1|1|n|5|request=https://a.example/?b=c&d=e = f  act=x y=";
  assert.deepEqual(readCef(text)?.extension, [
    ["request", "https://a.example/?b=c&d=e = f"],
    ["act", "x"],
    ["y", ""],
  ]);
});

test("readCef() wants the whole header", () => {
  for (const text of ["CEF:0|", "CEF:0|a|b|c|d|e", "CEF:x|a|b|c|d|e|f|", "CEF:0|a|b|c|d|e\\|f"]) {
    assert.equal(readCef(text), undefined, text);
  }
  assert.deepEqual(readCef("CEF:0|a|b|c|d|e|f")?.header, ["a", "b", "c", "d", "e", "f"]);
});

test("readCef() takes linear time for hostile extensions", () => {
  for (const part of ["a", "a=", "a= ", "=", "\\", "\\=", " ", "a=b "]) {
    readCef(`CEF:0|a|b|c|d|e|f|${part.repeat(200_000)}`);
  }
});

test("CefRows gives every key a value that its column takes, and keeps what it does not", () => {
  const rows = new CefRows("UTC");
  const values = fc.oneof(
    fc.constantFrom("", "7", "-1", "99999999999", "1e400", "0.5", "Jun 31 10:00:00", "x y"),
    fc.string(),
  );
  const keys = fc.oneof(fc.constantFrom(...COLUMN_OF_KEY.keys()), key);
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, values), { maxLength: 30 }), (extension) => {
      const cef = { header: ["v", "p", "1", "id", "n", "5"], extension };
      const row = rows.row(cef, NOTHING, NOW);
      const writer = new TableWriter<CefColumns>(schemaOf("CommonSecurityLog", cefTable));
      writer.add(row);
      const kept = Object.values(row).map(String).join(" ");
      for (const [name, text] of extension) {
        const isTime = name === "start" || name === "end";
        const isNumber = text.trim() !== "" && Number.isFinite(Number(text));
        assert.ok(isTime || isNumber || kept.includes(text), `${name}=${text}`);
      }
    }),
    { numRuns: 300 },
  );
});

test("CefRows takes the time of the header, else that of the event", () => {
  const rows = new CefRows("+02:00");
  const time = (extension: (readonly [string, string])[], header = NOTHING) =>
    rows.row({ header: [], extension }, header, NOW).TimeGenerated;
  const ticks = (ms: number): bigint => BigInt(ms) * 10_000n;
  const received = Date.UTC(2026, 5, 1, 10);
  assert.equal(time([["rt", String(received)]]), ticks(received));
  assert.equal(time([["rt", "Jun 01 2026 12:00:00"]]), ticks(received));
  assert.equal(time([["rt", "Jun 01 2026 10:00:00 GMT"]]), ticks(received));
  assert.equal(time([["rt", String(received / 1000)]]), ticks(received));
  assert.equal(time([["start", "1"], ["end", "Jun  1 12:00:00"]]), ticks(received));
  assert.equal(time([["rt", String(received)]], { ...NOTHING, time: 7n }), 7n);
  assert.equal(time([["rt", "soon"]]), ticks(NOW));
});
