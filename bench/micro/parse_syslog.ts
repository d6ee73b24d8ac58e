/**
 * What it costs to parse syslog into columns, in ns an event: `bun bench/micro/parse_syslog.ts`.
 *
 * The writer is emptied every 8,192 rows, as the agent does; nothing is encoded or scrubbed.
 *
 * @module
 */
import { TableWriter } from "../../sdk/columns/writer.ts";
import { schemaOf } from "../../sdk/table.ts";
import { SyslogParser } from "../../plugins/syslog/parser.ts";
import { type SyslogColumns, syslogTable } from "../../plugins/syslog/table.ts";

const LINES = 100_000;
const ROUNDS = 12;
const ROWS_A_FRAME = 8_192;
const START = Date.UTC(2026, 5, 1);

/** The i-th line: four a second, of 40 hosts. */
type Form = (i: number) => string;

const text = (i: number): string =>
  `Failed password for invalid user u${i % 977} from 203.0.113.${i % 251} port ${i % 60_000} ssh2`;
const when = (i: number): Date => new Date(START + 250 * i);
const host = (i: number): string => `host-${i % 40}.example.org`;

const forms: Readonly<Record<string, Form>> = {
  "RFC 3164 file": (i) => `${bsd(when(i))} ${host(i)} sshd[${1000 + i % 5000}]: ${text(i)}`,
  "RFC 3164 with PRI": (i) =>
    `<${i % 192}>${bsd(when(i))} ${host(i)} sshd[${i % 5000}]: ${text(i)}`,
  "ISO file (rsyslog)": (i) =>
    `${when(i).toISOString().slice(0, -1)}123+00:00 ${host(i)} sshd[${i % 5000}]: ${text(i)}`,
  "RFC 5424": (i) =>
    `<${i % 192}>1 ${when(i).toISOString()} ${host(i)} sshd ${i % 5000} ID${i % 9} - ${text(i)}`,
  "RFC 5424 with structured data": (i) =>
    `<${i % 192}>1 ${when(i).toISOString()} ${host(i)} sshd ${i % 5000} - [meta sequenceId="${i}"` +
    ` sysUpTime="${i * 3}"][origin ip="192.0.2.${i % 251}"] ${text(i)}`,
};

for (const [name, form] of Object.entries(forms)) {
  const lines = Array.from({ length: LINES }, (_, i) => `${form(i)}\n`).join("");
  const bytes = new TextEncoder().encode(lines);
  const rounds = Array.from({ length: ROUNDS }, () => parse(bytes)).toSorted((a, b) => a - b);
  const perLine = Math.round(bytes.length / LINES);
  process.stdout.write(
    `${name}: ${rounds[ROUNDS >> 2]!.toFixed(0)} ns, lines of ${perLine} bytes\n`,
  );
}

/** ns an event. */
function parse(bytes: Uint8Array): number {
  const write = new TableWriter<SyslogColumns>(schemaOf("Syslog", syslogTable));
  let rejected = 0;
  const reject = (): void => void rejected++;
  const parser = new SyslogParser({ write, reject, timezone: "UTC" });
  parser.setNow(Date.UTC(2026, 6, 1));
  let rows = 0;
  const startedAt = process.hrtime.bigint();
  for (let at = 0; at < bytes.length;) {
    const limit = Math.min(bytes.length, at + 512 * 1024);
    const end = bytes.lastIndexOf(10, limit - 1) + 1;
    parser.lines(bytes.subarray(at, end), false);
    at = end;
    if (write.rows < ROWS_A_FRAME) continue;
    rows += write.rows;
    write.reset();
  }
  const ns = Number(process.hrtime.bigint() - startedAt);
  if (rows + write.rows !== LINES || rejected > 0) {
    throw new Error("Cannot measure: lines were lost");
  }
  return ns / LINES;
}

/** `Jun  1 00:00:00`. */
function bsd(date: Date): string {
  const [, day, month, , clock] = date.toUTCString().split(" ");
  return `${month} ${day!.replace(/^0/, " ")} ${clock}`;
}
