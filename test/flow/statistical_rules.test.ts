import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { schemaOf, type Table } from "../../sdk/table.ts";
import type { Finding } from "../../hub/detect/detector.ts";
import { addressColumn, FACTS, withColumns } from "../../hub/detect/fakes.ts";
import { readRuleFile } from "../../hub/detect/rule_file.ts";
import { DEFAULT_RULES } from "../../hub/detect/rules/defaults.ts";
import { runnerOf } from "../../hub/detect/runner.ts";
import { tables as calls } from "../../plugins/call_detail/table.ts";
import { tables as web } from "../../plugins/iis/table.ts";
import { tables as counters } from "../../plugins/perf_counters/table.ts";
import { tables as quality } from "../../plugins/qoe/table.ts";
import { syslogTable } from "../../plugins/syslog/table.ts";
import { securityEvent } from "../../plugins/security_audit/windows/table.ts";

const TABLES: Readonly<Record<string, Table>> = {
  ...calls,
  ...web,
  ...counters,
  Syslog: syslogTable,
  ...quality,
  SecurityEvent: securityEvent,
};

type Row = Readonly<Record<string, unknown>>;

/** What happens at a time: rows of one table. */
interface Step {
  readonly ms: number;
  readonly rows: readonly Row[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function batchOf(name: string, { ms, rows }: Step): ColumnBatch {
  const writer = new TableWriter<Table["columns"]>(schemaOf(name, TABLES[name]!));
  for (const row of rows) writer.add({ TimeGenerated: FACTS.hubMs + ms, ...row });
  const batch = writer.view();
  if (name !== "QualityReport") return batch;
  // As the scrubber leaves it: all addresses here are in one network.
  const local = addressColumn("LocalIp", rows.map(() => 1), [1]);
  const columns = batch.columns.filter((column) => column.name !== "LocalIp");
  return withColumns({ ...batch, columns }, local);
}

/** Findings of the built-in rule `id` over `steps`; the ledger is written to every five seconds. */
function find(id: string, steps: readonly Step[]): readonly Finding[] {
  const rule = readRuleFile("built-in", DEFAULT_RULES).rules.find((one) => one.id === id)!;
  const runner = runnerOf(rule);
  const found: Finding[] = [];
  let entry = 0;
  let at = 0;
  for (const step of steps) {
    for (; at < step.ms; at += 5_000) {
      found.push(...runner.item({ entry: entry++, hubMs: FACTS.hubMs + at, aliveMs: at }, {}));
    }
    const moment = { entry: entry++, hubMs: FACTS.hubMs + step.ms, aliveMs: step.ms };
    if (step.rows.length === 0) continue;
    const facts = { ...FACTS, ...moment };
    found.push(
      ...runner.item(moment, {
        frame: { batch: batchOf("table" in rule ? rule.table! : "", step), facts },
      }),
    );
  }
  return found.filter(({ kind }) => kind !== "ended");
}

function times(count: number, of: (i: number) => Step): readonly Step[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

/** One row every `ms`. */
function each(count: number, ms: number, row: (i: number) => Row): readonly Step[] {
  return times(count, (i) => ({ ms: i * ms, rows: [row(i)] }));
}

const logon = (EventID: number, user: number, host = 0) => ({
  EventID,
  LogonType: 3,
  IpAddress: "10.0.0.9",
  TargetUserName: `user${user}`,
  Computer: `host${host}`,
});
const call = (i: number, more: Row = {}) => ({
  Caller: "+4930111",
  Callee: `+49301${i % 5}`,
  DurationSeconds: 90,
  GatewayName: "gw",
  Context: "office",
  ...more,
});
const requests = (count: number, scStatus: string) =>
  Array.from({ length: count }, () => ({ sSiteName: "shop", scStatus }));
/** Every ten minutes `usual` rows, and in the 200th `odd`. */
const steady = (usual: readonly Row[], odd: readonly Row[]) =>
  times(204, (i) => ({ ms: i * 10 * MINUTE_MS, rows: i === 200 ? odd : usual }));
const cpu = (i: number, odd: number) => ({
  Computer: "h1",
  ObjectName: "Processor",
  CounterName: "% Processor Time",
  InstanceName: "_Total",
  CounterValue: i > 400 && i < 430 ? odd : 10 + (i * 7_919) % 11,
  SampleCount: 2,
});
const line = (i: number, isOdd: boolean) => ({
  ProcessName: "sshd",
  HostName: "h1",
  SyslogMessage: isOdd
    ? "error: kex_exchange_identification: banner line contains invalid characters"
    : `Connection from 10.0.${i % 250}.7 port ${i}`,
});
const report = (i: number, odd: number) => ({
  CodecName: "G.722",
  MosListening: i > 400 ? odd : 4.1 + (i * 7_919) % 11 / 50,
});
/** Each hour some calls over the gateway, in the 60th `odd` ones. */
const hourly = (odd: number) =>
  times(62, (i) => ({
    ms: i * HOUR_MS,
    rows: Array.from({ length: i === 60 ? odd : 30 }, (_, n) => call(n)),
  }));

/** Rule, what makes it fire, what must not. */
const CASES:
  readonly (readonly [string, readonly Step[], Readonly<Record<string, readonly Step[]>>])[] = [
    ["password-spraying", each(12, 5_000, (i) => logon(4625, i)), {
      "one user's many wrong passwords": each(60, 5_000, () => logon(4625, 1)),
      "many users who do log on": each(60, 5_000, (i) => logon(4624, i)),
      "wrong passwords at the consoles of many hosts": each(
        60,
        5_000,
        (i) => ({ ...logon(4625, i, i), IpAddress: "-" }),
      ),
      "a wrong password now and then": each(60, 5 * MINUTE_MS, (i) => logon(4625, i)),
    }],
    ["windows-password-guessing", each(30, 1_000, () => logon(4625, 1)), {
      "logons that succeed": each(60, 1_000, () => logon(4624, 1)),
      "wrong passwords at the consoles of many hosts": each(
        60,
        500,
        (i) => ({ ...logon(4625, i, i), IpAddress: "-" }),
      ),
      "somebody who has forgotten a password": each(10, 5_000, () => logon(4625, 1)),
    }],
    ["many-hosts", each(20, 5_000, (i) => logon(4624, 1, i)), {
      "many users at one host": each(60, 5_000, (i) => logon(4624, i)),
      "an hour's work": each(60, MINUTE_MS, (i) => logon(4624, 1, Math.floor(i / 5))),
    }],
    ["short-calls", each(25, 20_000, (i) => call(i, { DurationSeconds: 2 })), {
      "calls that nobody answers": each(25, 20_000, (i) => call(i, { DurationSeconds: 0 })),
      "calls that last": each(25, 20_000, (i) => call(i)),
      "short calls of many": each(
        25,
        20_000,
        (i) => call(i, { DurationSeconds: 2, Caller: `${i}` }),
      ),
    }],
    ["many-callees", each(50, 8_000, (i) => call(i, { Callee: `+881${i}` })), {
      "many calls to few": each(300, 2_000, (i) => call(i)),
      "a call centre's day": each(300, MINUTE_MS, (i) => call(i, { Callee: `${i}` })),
    }],
    ["call-seconds", hourly(400), { "a busy hour": hourly(70) }],
    ["new-gateway", [
      ...each(1_100, 10 * MINUTE_MS, (i) => call(i)),
      { ms: 12_000 * MINUTE_MS, rows: [call(0, { GatewayName: "premium" })] },
    ], { "the gateways of always": each(1_200, 10 * MINUTE_MS, (i) => call(i)) }],
    ["call-quality", each(460, MINUTE_MS, (i) => report(i, 2.2)), {
      "calls that sound as always": each(460, MINUTE_MS, (i) => report(0, 4.1 + (i % 11) / 50)),
      "calls that sound better": each(460, MINUTE_MS, (i) => report(i, 4.9)),
    }],
    ["new-message", each(6_000, 15_000, (i) => line(i, i === 5_900)), {
      "lines that differ in numbers": each(6_000, 15_000, (i) => line(i, false)),
      "a program that is new on the host, while it is learned": each(
        100,
        15_000,
        (i) => line(i, true),
      ),
    }],
    ["counter-anomaly", each(460, MINUTE_MS, (i) => cpu(i, 97)), {
      "a load as always": each(460, MINUTE_MS, (i) => cpu(i, 15)),
      "a table of processes": each(
        460,
        MINUTE_MS,
        (i) => ({ ...cpu(i, 97), ObjectName: "Process" }),
      ),
    }],
    ["fewer-requests", steady(requests(200, "200"), requests(20, "200")), {
      "a slow hour": steady(requests(200, "200"), requests(90, "200")),
      "a site that few visit": steady(requests(20, "200"), []),
    }],
    ["many-server-errors", steady(requests(5, "500"), requests(90, "503")), {
      "a few errors": steady(requests(5, "500"), requests(30, "503")),
      "requests that are fine": steady(requests(5, "200"), requests(900, "200")),
    }],
  ];

for (const [id, hit, quiet] of CASES) {
  test(`rule ${id} fires once`, () => {
    const found = find(id, hit);
    assert.deepEqual(found.map(({ rule, kind }) => `${rule} ${kind}`), [`${id} hit`]);
  });
  for (const [what, steps] of Object.entries(quiet)) {
    test(`rule ${id} does not fire at ${what}`, () => {
      assert.deepEqual(find(id, steps), []);
    });
  }
}

test("every built-in rule names columns that its table has", () => {
  const extra = /^_|_(Category|Net[123])$/;
  for (const rule of readRuleFile("built-in", DEFAULT_RULES).rules) {
    const table = "table" in rule ? TABLES[rule.table ?? ""] : undefined;
    if (table === undefined) continue;
    const named = [...rule.entity, ...rule.show, ...rule.where.map(({ column }) => column)];
    const of = named.map((name) => extra.test(name) ? name.replace(extra, "") : name);
    assert.deepEqual(of.filter((name) => name !== "" && !(name in table.columns)), [], rule.id);
  }
});
