/**
 * What it costs to parse W3C lines into columns, in ns an event: `bun bench/micro/parse_iis.ts`.
 *
 * The writer is emptied every 8,192 rows, as the agent does; nothing is encoded or scrubbed.
 *
 * @module
 */
import { makeFileState } from "../../plugins/iis/directives.ts";
import { makeParser, parseLines } from "../../plugins/iis/parser.ts";
import { type RequestColumns, tables } from "../../plugins/iis/table.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { schemaOf } from "../../sdk/table.ts";

const LINES = 100_000;
const ROUNDS = 12;
const ROWS_A_FRAME = 8_192;
const START = Date.UTC(2026, 5, 1);
const PLUS_COLUMNS = new Set(["csUserAgent", "csUserName", "sSiteName"]);

const FIELDS = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip " +
  "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken";

const AGENTS: readonly string[] = [
  "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/",
  "Mozilla/5.0+(Macintosh;+Intel+Mac+OS+X+10_15_7)+AppleWebKit/605.1.15+Version/",
  "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.",
  "ExchangeServicesClient/15.00.",
];

/** A deterministic spread of 0 to n - 1, small numbers more often. */
function pick(i: number, n: number): number {
  const x = ((i * 2_654_435_761) >>> 0) / 2 ** 32;
  return Math.floor(x * x * x * n);
}

function line(i: number): string {
  const [date, time] = new Date(START + 20 * i).toISOString().slice(0, 19).split("T");
  const query = i % 2 === 0 ? "-" : `&CorrelationID=<empty>;&cafeReqId=${(i * 7919).toString(16)};`;
  const user = i % 3 === 0 ? "-" : `CONTOSO\\user${pick(i, 4000)}`;
  const client = `203.0.${pick(i * 3, 80)}.${pick(i * 5, 250)}`;
  const agent = `${AGENTS[i % 4]}${100 + pick(i * 7, 60)}.0`;
  const referer = i % 5 < 3 ? "-" : "https://mail.contoso.example/owa/";
  const status = i % 9 === 0 ? "401 2 5" : "200 0 0";
  return `${date} ${time} 10.0.0.${i % 6} GET /owa/item/${pick(i, 1500)}/view.aspx ${query} 443 ` +
    `${user} ${client} ${agent} ${referer} ${status} ${i % 300}\n`;
}

const lines = Array.from({ length: LINES }, (_, i) => line(i)).join("");
const bytes = new TextEncoder().encode(lines);
const rounds = Array.from({ length: ROUNDS }, () => parse(bytes)).toSorted((a, b) => a - b);
const perLine = Math.round(bytes.length / LINES);
process.stdout.write(`IIS default fields: ${rounds[ROUNDS >> 2]!.toFixed(0)} ns, `);
process.stdout.write(`lines of ${perLine} bytes\n`);

/** ns of CPU an event. */
function parse(given: Uint8Array): number {
  const writer = new TableWriter<RequestColumns>(schemaOf("W3CIISLog", tables.W3CIISLog));
  const parser = makeParser({ writer, reject: () => undefined, plusColumns: PLUS_COLUMNS });
  const file = makeFileState();
  parseLines(parser, new TextEncoder().encode(`#Fields: ${FIELDS}\n`), file);
  const before = process.cpuUsage();
  for (let at = 0; at < given.length;) {
    const limit = Math.min(given.length, at + 512 * 1024);
    const end = given.lastIndexOf(10, limit - 1) + 1;
    parseLines(parser, given.subarray(at, end), file);
    at = end;
    if (writer.rows >= ROWS_A_FRAME) writer.reset();
  }
  const { user, system } = process.cpuUsage(before);
  if (parser.counts.rows !== LINES) throw new Error("Cannot measure: lines were lost");
  return (user + system) * 1000 / LINES;
}
