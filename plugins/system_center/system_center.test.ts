import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { readLog } from "./cmtrace.ts";
import systemCenter from "./mod.ts";
import { openReader, type Sink } from "./reader.ts";
import { alertTicks, logTicks } from "./time.ts";

goldenCases(systemCenter, new URL("./cases/", import.meta.url));
readmeTables(systemCenter, new URL("./README.md", import.meta.url));

function collector(): Sink & { readonly out: string[] } {
  const out: string[] = [];
  const reject = (text: string, why: string): void => void out.push(`${why}: ${text}`);
  return {
    out,
    log: {
      emit: (row) => void out.push(`${row.Component}: ${row.Message}`),
      reject,
      timezone: "UTC",
      logName: "a.log",
    },
    emitAlert: (row) => void out.push(`${row.AlertId}: ${row.AlertName}`),
    rejectAlert: reject,
    dateOrder: "mdy",
    maxRecord: 1 << 20,
  };
}

const input = (name: string): string =>
  readFileSync(new URL(`./cases/${name}`, import.meta.url), "utf8");
const INPUTS = {
  "config_manager/input/CCM/PolicyAgent.log": "log",
  "config_manager/input/Server/smsexec.log": "log",
  "log_malformed/input": "log",
  "alerts_csv/input/alerts.csv": "csv",
  "alerts_json/input/reply.json": "json",
  "alerts_json/input/lines.json": "json",
  "csv_malformed/input": "csv",
} as const;

for (const [name, format] of Object.entries(INPUTS)) {
  test(`openReader() gives the same for ${name} wherever its lines are cut`, () => {
    const text = input(name);
    const whole = collector();
    const reader = openReader(format, whole);
    reader.read(text);
    reader.end();
    const cut = collector();
    const lines = openReader(undefined, cut);
    if (name.startsWith("log_malformed")) lines.learn("<![LOG[");
    for (const line of text.split(/(?<=\n)/)) lines.read(line);
    lines.end();
    assert.deepEqual(cut.out, whole.out);
    assert.equal(lines.isWaiting, false);
    assert.ok(whole.out.length > 1);
  });
}

const fragments = fc.array(
  fc.oneof(
    fc.constantFrom(...Object.keys(INPUTS).flatMap((name) => input(name).split(/(?<=[\n,>])/))),
    fc.constantFrom("<![LOG[", "]LOG]!>", "$$<", '"', "\n", "{", "}", "[", "]", ",", "#TYPE"),
    fc.string({ unit: "binary", maxLength: 8 }),
  ),
  { maxLength: 40 },
);

test("openReader() throws on no text, and ends with nothing left to wait for", () => {
  fc.assert(
    fc.property(fragments, fc.constantFrom(undefined, "log", "json", "csv"), (parts, format) => {
      const reader = openReader(format, collector());
      for (const part of parts) reader.read(part);
      reader.end();
      assert.equal(reader.isWaiting, false);
    }),
    { numRuns: 300 },
  );
});

for (const part of ["\n<![LOG[", "<![LOG[a]LOG]!><a>", "]LOG]!>", "$$<", "$$<a><1-1-2026 1><\n"]) {
  test(`readLog() takes linear time for ${JSON.stringify(part)} again and again`, () => {
    const { log } = collector();
    const text = part.repeat(Math.ceil(400_000 / part.length));
    assert.equal(readLog(text, log, true), text.length);
  });
}

test("openReader() gives up a record that grows over the limit", () => {
  const sink = { ...collector(), maxRecord: 20 };
  const reader = openReader("log", sink);
  reader.read("<![LOG[0123456789\n");
  reader.read("abcdef\n");
  assert.deepEqual(sink.out, ["record over limit, cut: <![LOG[0123456789\nabcdef\n"]);
});

const utc = (...parts: Parameters<typeof Date.UTC>): bigint => BigInt(Date.UTC(...parts)) * 10_000n;

test("logTicks() adds the bias, whatever its sign, to the time of the host", () => {
  assert.equal(
    logTicks("06-26-2015", "14:24:33.329+420", "UTC"),
    utc(2015, 5, 26, 21, 24, 33, 329),
  );
  assert.equal(logTicks("06-26-2015", "00:00:00-120", "UTC"), utc(2015, 5, 25, 22));
  assert.equal(logTicks("1-2-2024", "1:02:03.000", "+02:00"), utc(2024, 0, 1, 23, 2, 3));
  assert.equal(logTicks("2-30-2024", "1:02:03", "UTC"), undefined);
});

test("alertTicks() reads times as exports write them", () => {
  const at = utc(2026, 5, 7, 13, 2, 3);
  for (const text of ["6/7/2026 1:02:03 PM", "06/07/2026 13:02:03", "07.06.2026 13:02:03"]) {
    assert.equal(alertTicks(text, "mdy"), at, text);
  }
  assert.equal(alertTicks("7/6/2026 1:02:03\u202FPM", "dmy"), at);
  assert.equal(alertTicks("6/7/2026 12:00:00 AM", "mdy"), utc(2026, 5, 7));
  assert.equal(alertTicks("6/7/2026 12:00 pm", "mdy"), utc(2026, 5, 7, 12));
  assert.equal(alertTicks("2026-06-07 13:02:03", "mdy"), at);
  assert.equal(alertTicks("13/13/2026 1:00", "mdy"), undefined);
});

const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  "no files": [{ files: [] }, /must name at least one file or glob/],
  "another format": [{ format: "xml" }, /must be "auto", "log"/],
  "another order": [{ dateOrder: "ymd" }, /must be "mdy"/],
  "a zone that does not exist": [{ timezone: "Mars/Base" }, /must be a zone such as/],
  "too small a limit": [{ maxRecordBytes: 10 }, /must be at least 65536/],
};

for (const [what, [config, message]] of Object.entries(refused)) {
  test(`the system_center config refuses ${what}`, async () => {
    await assert.rejects(runPlugin(systemCenter, { config }), message);
  });
}

const corpus = new URL("../../../shared/corpora/samples/system-center/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
test("system_center reads the real sample cmtrace_documented.log", { skip }, async () => {
  const files = { "/in": new Uint8Array(readFileSync(new URL("cmtrace_documented.log", corpus))) };
  const run = await runPlugin(systemCenter, { config: { files: ["/in"], timezone: "UTC" }, files });
  assert.deepEqual(run.rejected, {});
  const rows = run.rows["ConfigMgrLog"] ?? [];
  assert.deepEqual(rows.map((row) => [row["TimeGenerated"], row["Severity"], row["ThreadId"]]), [
    ["2015-06-26T21:24:33.329Z", "Information", 1256],
    ["2024-01-02T01:02:03.000Z", "Error", 7],
  ]);
  assert.equal(rows[1]?.["Message"], "first\nsecond");
});
