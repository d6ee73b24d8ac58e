import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { runPlugin } from "../../sdk/testkit/golden.ts";
import type { JsonRow } from "../../sdk/testkit/rows.ts";
import syslog from "./mod.ts";

const corpus = new URL("../../../shared/corpora/samples/syslog/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

async function rowsOf(text: string): Promise<readonly JsonRow[]> {
  const config = { files: ["/in"], timezone: "UTC" };
  const { rows, rejected } = await runPlugin(syslog, { config, files: { "/in": text } });
  assert.deepEqual(rejected, {});
  return [...rows["Syslog"] ?? [], ...rows["CommonSecurityLog"] ?? []];
}

/** A record as Azure Monitor keeps it, with what its header said in columns. */
interface Sample {
  readonly SyslogMessage: string;
  readonly HostName?: string;
  readonly ProcessName?: string;
  readonly ProcessID?: string;
}

/** The message as it was sent, where the sample has lost its header. */
function lineOf({ SyslogMessage, HostName, ProcessName, ProcessID }: Sample): string {
  const message = SyslogMessage.replaceAll(/[\r\n]+/g, " ");
  if (/^<\d+>|^\d{4} [A-Z][a-z]{2} /.test(message)) return message;
  const id = ProcessID === undefined || !/^\d+$/.test(ProcessID) ? "" : `[${ProcessID}]`;
  return `<13>Jun  1 10:00:00 ${HostName ?? "host"} ${ProcessName ?? "app"}${id}: ${message}`;
}

/** The lines of a sample file. */
function linesOf(name: string): readonly string[] {
  const text = readFileSync(new URL(name, corpus), "utf8");
  if (name.endsWith(".log")) return text.split(/\r?\n/).filter((line) => line !== "");
  if (name.endsWith(".json")) return (JSON.parse(text) as Sample[]).map(lineOf);
  return [...text.matchAll(/^log \d+ \w+ = (.*)$/gm)].map(([, line = ""]) => line.trimEnd());
}

/** Priority and time have columns of their own; all other words must stand in the row. */
const HEADER =
  /^(?:<\d+>)?(?:\d{4} )?[A-Z][a-z]{2} +\d+ (?:\d{4} )?[\d:.]+(?: (?:UTC|GMT))?:? |^(?:<\d+>)?\d{4}-\d\d-\d\dT\S+ /;

function assertNothingLost(line: string, row: JsonRow): void {
  const { TimeGenerated, EventTime, ...rest } = row;
  assert.notEqual(TimeGenerated ?? EventTime, undefined);
  const words = Object.values(rest).map((value) =>
    typeof value === "object" ? JSON.stringify(value) : String(value)
  ).join(" ");
  for (const word of line.replace(HEADER, "").split(/[\s:[\]]+/)) {
    assert.ok(words.includes(word), `${word} of ${line}`);
  }
}

const names = skip === false
  ? readdirSync(corpus).filter((name) => /\.(?:log|ini|json)$/.test(name))
  : ["the real samples"];

for (const name of names) {
  test(`syslog reads ${name} and loses no field`, { skip }, async () => {
    const lines = linesOf(name);
    const rows = await rowsOf(`${lines.join("\n")}\n`);
    assert.ok(lines.length > 0);
    assert.equal(rows.length, lines.length);
    for (const [i, row] of rows.entries()) assertNothingLost(lines[i]!, row);
  });
}

test("syslog reads host, process and its id of samples with a header", { skip }, async () => {
  const samples = JSON.parse(
    readFileSync(new URL("VMwareESXi.json", corpus), "utf8"),
  ) as readonly Sample[];
  const rows = await rowsOf(`${samples.map(lineOf).join("\n")}\n`);
  for (const [i, row] of rows.entries()) {
    const { HostName, ProcessName, SyslogMessage } = samples[i]!;
    if (/[\s[\]:]/.test(ProcessName ?? " ")) continue;
    assert.deepEqual([row["HostName"], row["ProcessName"], row["SyslogMessage"]], [
      HostName,
      ProcessName,
      SyslogMessage.replaceAll(/[\r\n]+/g, " ").trimStart(),
    ]);
  }
});

test("syslog reads UCS faults by their mnemonic, with the time in UTC", { skip }, async () => {
  const lines = linesOf("CiscoUCS.json");
  const rows = await rowsOf(`${lines.join("\n")}\n`);
  for (const [i, row] of rows.entries()) {
    const [, mnemonic, text] = /: (%[A-Z]+-\d-[A-Z_0-9]+): (.*)$/.exec(lines[i]!) ?? [];
    if (mnemonic === undefined) continue;
    assert.deepEqual([row["ProcessName"], row["SyslogMessage"]], [mnemonic, text]);
  }
  assert.ok(rows.every((row) => String(row["ProcessName"]).startsWith("%UCSM-")));
});
