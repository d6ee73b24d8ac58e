import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { schemaOf } from "../../sdk/table.ts";
import { GOLDEN_NOW, goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { type JsonRow, rowsOf } from "../../sdk/testkit/rows.ts";
import syslog from "./mod.ts";
import { SyslogParser } from "./parser.ts";
import { type SyslogColumns, syslogTable } from "./table.ts";

goldenCases(syslog, new URL("./cases/", import.meta.url));
readmeTables(syslog, new URL("./README.md", import.meta.url));

const encoder = new TextEncoder();

interface Parsed {
  readonly writer: TableWriter<SyslogColumns>;
  readonly rows: readonly JsonRow[];
  readonly rejected: readonly string[];
}

function parse(input: string | Uint8Array, timezone = "UTC", now = GOLDEN_NOW): Parsed {
  const writer = new TableWriter<SyslogColumns>(schemaOf("Syslog", syslogTable));
  const rejected: string[] = [];
  const reject = ({ why }: { why: string }): void => void rejected.push(why);
  const parser = new SyslogParser({ write: writer, reject, timezone });
  parser.setNow(now);
  parser.lines(typeof input === "string" ? encoder.encode(input) : input, false);
  return { writer, rows: rowsOf(writer.view()), rejected };
}

test("a syslog parser throws for no bytes and gives one row a line that is not empty", () => {
  const pieces = fc.constantFrom(
    "<34>",
    "1 ",
    "Oct 11 22:14:15 ",
    "2026-06-01T00:00:00Z ",
    "host ",
    "app[1]: ",
    "- ",
    '[a x="',
    '"]',
    "\\",
    "\n",
    "\r\n",
    " ",
    ":",
    "[",
    "]",
    "<",
    "9",
    "\uFEFF",
  );
  const input = fc.array(
    fc.oneof(pieces.map((text) => encoder.encode(text)), fc.uint8Array({ maxLength: 6 })),
    { maxLength: 40 },
  ).map((parts) => new Uint8Array(Buffer.concat(parts)));
  fc.assert(
    fc.property(input, (bytes) => {
      const lines = Buffer.from(bytes).toString("latin1").split("\n")
        .filter((line) => line !== "" && line !== "\r");
      const { rows, rejected } = parse(bytes);
      assert.equal(rows.length + rejected.length, lines.length);
    }),
    { numRuns: 500 },
  );
});

const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" })
  .map((text) => text.replaceAll(/[^\x21-\x7e]/g, "x")).filter((text) => text !== "-");
const name = word.map((text) => text.replaceAll(/[=\]"]/g, "x"));
const value = fc.string({ maxLength: 40, unit: "grapheme" }).map((text) =>
  text.replaceAll("\n", "")
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

interface Message {
  readonly priority: number;
  readonly time: { readonly ms: number; readonly ticks: number } | undefined;
  readonly host: string | undefined;
  readonly app: string | undefined;
  readonly processId: number | undefined;
  readonly msgId: string | undefined;
  readonly data:
    | Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
    | undefined;
  readonly text: string | undefined;
}

const message: fc.Arbitrary<Message> = fc.record({
  priority: fc.integer({ min: 0, max: 191 }),
  time: optional(fc.record({
    ms: fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(9999, 0) }),
    ticks: fc.integer({ min: 0, max: 9_999 }),
  })),
  host: optional(word),
  app: optional(word),
  processId: optional(fc.nat()),
  msgId: optional(word),
  data: optional(
    fc.dictionary(
      name,
      fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 3 })), {
        maxKeys: 20,
        noNullPrototype: true,
      }),
      { minKeys: 1, maxKeys: 3, noNullPrototype: true },
    ),
  ),
  text: optional(
    value.filter((text) => text !== "" && !text.startsWith("\uFEFF") && !text.endsWith("\r")),
  ),
});

/** As RFC 5424 §6 writes it. */
function format(m: Message): string {
  const data = m.data &&
    Object.entries(m.data).map(([id, params]) =>
      `[${id}${Object.entries(params).map(([key, values]) => formatParam(key, values)).join("")}]`
    ).join("");
  const head = [isoTime(m.time), m.host, m.app, m.processId, m.msgId, data].map((x) => x ?? "-");
  return `<${m.priority}>1 ${head.join(" ")}${m.text === undefined ? "" : ` ${m.text}`}\n`;
}

function formatParam(key: string, values: string | readonly string[]): string {
  return [values].flat().map((text) => ` ${key}="${text.replaceAll(/["\\\]]/g, "\\$&")}"`).join("");
}

function isoTime(time: Message["time"]): string | undefined {
  if (time === undefined) return undefined;
  return `${new Date(time.ms).toISOString().slice(0, -1)}${String(time.ticks).padStart(4, "0")}Z`;
}

/** The row as an author would emit it. */
function rowOf(m: Message) {
  const [facility, severity] = [m.priority >> 3, m.priority & 7];
  const ticks = m.time && BigInt(m.time.ms) * 10_000n + BigInt(m.time.ticks);
  const facilities =
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit " +
    "alert clock local0 local1 local2 local3 local4 local5 local6 local7";
  return {
    TimeGenerated: ticks ?? GOLDEN_NOW,
    EventTime: ticks,
    Facility: facilities.split(" ")[facility],
    SeverityLevel: "emerg alert crit err warning notice info debug".split(" ")[severity],
    HostName: m.host,
    ProcessName: m.app,
    ProcessID: m.processId,
    MsgId: m.msgId,
    StructuredData: m.data,
    SyslogMessage: m.text,
  };
}

test("a syslog parser gives back what was formatted, in the batch that objects give", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
      const parsed = parse(messages.map(format).join(""));
      assert.deepEqual(parsed.rejected, []);
      const emitted = new TableWriter<SyslogColumns>(schemaOf("Syslog", syslogTable));
      for (const m of messages) emitted.add(rowOf(m));
      assert.deepEqual(parsed.writer.view(), emitted.view());
    }),
    { numRuns: 300 },
  );
});

test("a syslog parser reads the year of a message by the time it is read", () => {
  const year = (line: string, now: number): unknown =>
    JSON.stringify(parse(`${line} h a: x\n`, "UTC", now).rows[0]?.["EventTime"]).slice(1, 5);
  assert.equal(year("Dec 31 23:59:59", Date.UTC(2026, 0, 1)), "2025");
  assert.equal(year("Jan  1 00:00:01", Date.UTC(2025, 11, 31, 23, 59, 58)), "2026");
  assert.equal(year("Jan  1 00:00:01", Date.UTC(2026, 0, 1)), "2026");
  assert.equal(year("Jun 30 12:00:00", Date.UTC(2026, 5, 1)), "2025");
  assert.equal(year("Feb 29 12:00:00", Date.UTC(2027, 5, 1)), "2024");
});

test("a syslog parser keeps no second of an earlier now", () => {
  const writer = new TableWriter<SyslogColumns>(schemaOf("Syslog", syslogTable));
  const parser = new SyslogParser({ write: writer, reject: () => assert.fail(), timezone: "UTC" });
  const line = encoder.encode("Dec 31 23:59:59 h a: x\n");
  for (const now of [Date.UTC(2025, 5), Date.UTC(2026, 5)]) {
    parser.setNow(now);
    parser.lines(line, false);
  }
  const times = rowsOf(writer.view()).map((row) => row["EventTime"]);
  assert.deepEqual(times, ["2024-12-31T23:59:59.000Z", "2025-12-31T23:59:59.000Z"]);
});

test("a syslog parser leaves the bytes it reads as they are, those of a Buffer too", () => {
  const writer = new TableWriter<SyslogColumns>(schemaOf("Syslog", syslogTable));
  const parser = new SyslogParser({ write: writer, reject: () => assert.fail(), timezone: "UTC" });
  const text = "Dec 31 23:59:58 h a: x\nDec 31 23:59:59 h a: y\n" +
    "2025-12-31T00:00:00Z h a: x\n2025-12-31T00:00:01Z h a: y\n<1>1 - h app main m - x\n";
  const bytes = Buffer.from(text);
  parser.lines(bytes, false);
  assert.equal(bytes.toString(), text);
});

test("a syslog parser spends no quadratic time on hostile structured data", () => {
  const params = Array.from({ length: 10_000 }, (_, i) => ` p${i}=""`).join("");
  const { rejected } = parse(`<1>1 - h a 1 m [x${params}]\n`);
  assert.deepEqual(rejected, ["structured data is malformed"]);
});

const refused: Readonly<Record<string, unknown>> = {
  "neither files nor listen": {},
  "both files and listen": { files: ["/a"], listen: ["udp:127.0.0.1:514"] },
  "no files": { files: [] },
  "a listener without port": { listen: ["udp:127.0.0.1"] },
  "a TLS listener without a certificate": { listen: ["tls:127.0.0.1:6514"] },
  "a certificate without a TLS listener": { files: ["/a"], tls: { cert: "a", key: "b" } },
  "an unknown key": { files: ["/a"], file: "/b" },
  "an unknown time zone": { files: ["/a"], timezone: "Mars/Base" },
  "too small a limit": { files: ["/a"], maxLineBytes: 100 },
};

for (const [what, config] of Object.entries(refused)) {
  test(`the syslog config refuses ${what}`, async () => {
    await assert.rejects(runPlugin(syslog, { config }), TypeError);
  });
}

test("syslog asks for the files or the ports it is told", () => {
  assert.ok(typeof syslog.needs === "function");
  const needs = (config: unknown): unknown => {
    const result = syslog.config["~standard"].validate(config);
    assert.ok("value" in result && typeof syslog.needs === "function");
    return syslog.needs(result.value);
  };
  assert.deepEqual(needs({ files: ["/var/log/*.log"] }), { read: ["/var/log/*.log"] });
  const tls = { cert: "c", key: "k" };
  assert.deepEqual(needs({ listen: ["udp:[::]:514", "tls:0.0.0.0:6514"], tls }), {
    listen: ["udp:514", "tcp:6514"],
  });
});

const corpora = new URL("../../../shared/corpora/loghub/", import.meta.url);

for (const file of ["Linux/Linux_2k.log", "OpenSSH/OpenSSH_2k.log"]) {
  test(`syslog reads every line of ${file} as its publishers did`, (t) => {
    const log = new URL(file, corpora);
    if (!existsSync(log)) return t.skip("the corpora are not beside the checkout");
    const { rows, rejected } = parse(readFileSync(log));
    assert.deepEqual(rejected, []);
    const structured = readFileSync(new URL(`${file}_structured.csv`, corpora), "utf8");
    const expected = structured.trim().split("\n").slice(1).map(columnsOf);
    assert.equal(rows.length, expected.length);
    for (const [i, row] of rows.entries()) {
      const { host, app, pid } = expected[i]!;
      // What they take for a component without a colon after it stays in our message.
      if (row["ProcessName"] === undefined) continue;
      const actual = [
        row["HostName"],
        row["ProcessName"],
        JSON.stringify(row["ProcessID"] ?? "").replaceAll('"', ""),
      ];
      assert.deepEqual(actual, [host, app, pid]);
    }
    const named = rows.filter((row) => row["ProcessName"] !== undefined);
    assert.ok(named.length > 1_900, `${named.length} rows have a process name`);
  });
}

/** Both files have the host, the component and the process id in columns 4 to 6 or 5 to 7. */
function columnsOf(
  line: string,
): { readonly host: string; readonly app: string; readonly pid: string } {
  const cells = line.split(",");
  const [host = "", app = "", pid = ""] = cells.slice(4);
  return /^\d*$/.test(pid) ? { host, app, pid } : { host, app: "sshd", pid: app };
}
