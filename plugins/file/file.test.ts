import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { column, definePlugin, table } from "../../sdk/mod.ts";
import { configuredPlugin } from "../../sdk/plugin.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readLogfmt } from "./logfmt.ts";
import file from "./mod.ts";
import { matchPattern, parsePattern } from "./pattern.ts";
import { timeReader } from "./time_format.ts";

goldenCases(file, new URL("./cases/", import.meta.url));

test("matchPattern() takes a line of any length in linear time", () => {
  const pattern = parsePattern("{a} ] [ {b} x y {c} = {d}");
  for (const part of [" ", "] ", " ]", "] [", " x", " x ", "x y", "\t] [ x"]) {
    // Quadratic work on one of these would take many seconds.
    matchPattern(pattern, part.repeat(100_000));
  }
});

test("matchPattern() gives back what stands between the pattern's texts", () => {
  const values = fc.tuple(...Array.from({ length: 3 }, () => fc.stringMatching(/^[a-z{}%]{0,8}$/)));
  fc.assert(
    fc.property(values, fc.constantFrom(" ", "  ", "\t"), ([a, b, c], blank) => {
      const pattern = parsePattern("{a} [{b}]: {c}");
      assert.deepEqual(matchPattern(pattern, `${a}${blank}[${b}]:${blank}${c}\nmore`), [
        a,
        b,
        `${c}\nmore`,
      ]);
    }),
  );
});

test("parsePattern() says what is wrong with a pattern", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /names no field/],
    ["text", /names no field/],
    ["{a}{b}", /no text before "\{b\}"/],
    ["{a} {a}", /names "\{a\}" twice/],
    ["{a", /no name such as/],
    ["{} x", /no name such as/],
    ["{a} }", /has a "\}" alone/],
  ];
  for (const [text, why] of wrong) assert.throws(() => parsePattern(text), why, text);
});

test("timeReader() reads what its format says, and nothing else", () => {
  const times: readonly (readonly [string, string, string | undefined])[] = [
    ["iso", "2026-06-01T08:00:00.1234567Z", "2026-06-01T08:00:00.123Z"],
    ["iso", "20260601 0800+02", "2026-06-01T06:00:00.000Z"],
    ["iso", "2026-02-29T08:00:00Z", undefined],
    ["iso", "2026-06-01T25:00:00Z", undefined],
    ["unix", "-0.5", "1969-12-31T23:59:59.500Z"],
    ["unix", "99999999999999", undefined],
    ["unix_ms", "1.25", "1970-01-01T00:00:00.001Z"],
    ["dd/MMM/yyyy:HH:mm:ss Z", "01/Jun/2026:08:00:00 -0130", "2026-06-01T09:30:00.000Z"],
    ["dd/MMM/yyyy:HH:mm:ss Z", "01/Juj/2026:08:00:00 -0130", undefined],
    ["d.M.yy h:mm:ss a", "1.6.26 12:00:00 pm", "2026-06-01T10:00:00.000Z"],
    ["d.M.yy h:mm:ss a", "1.6.26 12:00:00 pm ", undefined],
    ["MMM d HH:mm:ss", "Jul  1 13:59:59", "2026-07-01T11:59:59.000Z"],
    ["MMM d HH:mm:ss", "Dec  1 13:59:59", "2025-12-01T12:59:59.000Z"],
    ["yyyy'T'MM'o''clock'dd HH", "2026T01o'clock02 03", "2026-01-02T02:00:00.000Z"],
  ];
  for (const [format, text, expected] of times) {
    const ticks = timeReader(format, "Europe/Vienna").read(text, Date.UTC(2026, 6, 1, 12));
    const shown = ticks === undefined
      ? undefined
      : new Date(Number(ticks >= 0n ? ticks / 10_000n : (ticks - 9_999n) / 10_000n)).toISOString();
    assert.equal(shown, expected, `${format} of ${text}`);
  }
  assert.equal(timeReader("iso", "UTC").read("1970-01-01T00:00:00.0000001Z", 0), 1n);
  for (
    const format of ["yyyy", "HH:mm", "yyyy-MM-dd 'HH", "yyyy-MM-dd HH:mm:ss q", "dd MM hh:mm"]
  ) {
    assert.throws(() => timeReader(format, "UTC"), RangeError, format);
  }
});

test("readLogfmt() gives back what was quoted", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const quoted = value.replaceAll(/["\\]/g, "\\$&");
      assert.equal(readLogfmt(`a=b text="${quoted}" c`)?.get("text"), value);
    }),
  );
});

const MINIMAL = { files: ["/in"], table: "App_CL", format: "json" };

test("file says what is wrong with a config, and what would be right", async () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ table: "Syslog" }, /such as "AppLog_CL"/],
    [{ format: "xml" }, /"text", "json", "logfmt" or "csv"/],
    [{ format: "text" }, /"pattern" and format "text" need each other/],
    [{ pattern: "{a}" }, /need each other/],
    [{ format: "text", pattern: "{a}{b}" }, /no text before/],
    [{ columns: { a: { class: "private" } } }, /must be one of public, system/],
    [{ columns: { a: { type: "date" } } }, /must be one of string, int/],
    [{ columns: { FilePath: {} } }, /must not be one of TimeGenerated/],
    [{ columns: { "a b": {} } }, /letters, digits/],
    [{ time: { field: "t", format: "yyyy" } }, /must be "iso"/],
    [{ time: { field: "t", zone: "Mars" } }, /must be a zone such as/],
    [{ record: { indented: true } }, /"record" needs format "text"/],
    [{ header: ["a"] }, /"header" needs format "csv"/],
  ];
  for (const [part, why] of wrong) {
    await assert.rejects(runPlugin(file, { config: { ...MINIMAL, ...part } }), why);
  }
});

test("a column without a class is free text", async () => {
  const checked = await file.config["~standard"].validate({ ...MINIMAL, columns: { a: {} } });
  assert.ok(checked.issues === undefined);
  const plugin = configuredPlugin(file, checked.value);
  assert.deepEqual(Object.keys(plugin.tables), ["App_CL"]);
  assert.equal(plugin.tables["App_CL"]?.columns["a"]?.class, "content");
});

test("configuredPlugin() leaves a plugin that declares its tables as it is", () => {
  const plugin = definePlugin.listen({
    name: "x",
    version: "1.0.0",
    summary: "x",
    config: file.config,
    needs: {},
    lossy: true,
    tables: { X: table({ doc: "", time: "T", columns: { T: column.time({ class: "public" }) } }) },
    listen: () => Promise.resolve(),
  });
  assert.equal(configuredPlugin(plugin, {}), plugin);
});
