import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import { column, schemaOf, table } from "../../../sdk/table.ts";
import { openControl } from "../../control.ts";
import { after, batchOf, itemOf, openRoom } from "../../store/test_room.ts";
import { openFunctionStore } from "../functions/function_store.ts";
import { rowText } from "../kusto/value.ts";
import { openCompiler } from "./compiler.ts";
import { openKqlQueries } from "./kql_queries.ts";

const text = column.string({ class: "public", optional: true });
const whole = column.int({ class: "public", optional: true });
const TimeGenerated = column.time({ class: "public" });
const SYSLOG = {
  TimeGenerated,
  Computer: text,
  HostName: text,
  Facility: text,
  SeverityLevel: text,
  ProcessName: text,
  ProcessID: whole,
  MsgId: text,
  SyslogMessage: text,
};
const W3C = {
  TimeGenerated,
  cIP: column.string({ class: "network", optional: true }),
  csMethod: text,
  csUriStem: text,
  scStatus: text,
};
const SECURITY = {
  TimeGenerated,
  Computer: text,
  EventID: whole,
  Activity: text,
  TargetUserName: text,
  IpAddress: text,
};
const OTEL = {
  TimeGenerated,
  SeverityNumber: whole,
  Body: text,
  BodyFields: column.dynamic({ class: "public", optional: true }),
  Resource: column.dynamic({ class: "public", optional: true }),
};
const declared = (
  name: string,
  columns: typeof SYSLOG | typeof W3C | typeof SECURITY | typeof OTEL,
) => schemaOf(name, table({ doc: "", time: "TimeGenerated", columns }));

const room = openRoom();
const compiler = openCompiler({ after });
const control = openControl(":memory:");
const { manifest, engine, folder } = room;
const schemas = [declared("Syslog", SYSLOG)];
const kql = openKqlQueries({
  ...{ manifest, engine, compiler, folder, now: () => 1000 },
  schemas: () => schemas,
  functions: openFunctionStore(control),
});

/** Names that a person at the other end has chosen, and a line that says how often it came. */
const HOSTILE_LINES = [
  "Failed none for invalid user x from 198.51.100.1 port 9 ssh2 from 192.0.2.9 port 5 ssh2",
  "Failed password for invalid user  from 192.0.2.9 port 5 ssh2",
  "message repeated 5 times: [ Failed password for a b from 192.0.2.9 port 5 ssh2]",
];

before(async () => {
  const sshd = { ProcessName: "sshd", ProcessID: 7, SeverityLevel: "info", Facility: "auth" };
  const store = await room.store();
  const failed = "Failed password for invalid user bob from 192.0.2.7 port 4 ssh2";
  const rows = [
    { TimeGenerated: 1, HostName: "web", SyslogMessage: failed, ...sshd },
    {
      TimeGenerated: 2,
      Computer: "db",
      SyslogMessage: "Accepted publickey for ann from 192.0.2.8 port 4 ssh2",
      ...sshd,
    },
    ...HOSTILE_LINES.map((SyslogMessage) => ({ TimeGenerated: 2, SyslogMessage, ...sshd })),
    { TimeGenerated: 3, ProcessName: "cron", SeverityLevel: "crit", SyslogMessage: "done" },
  ];
  await store.take([itemOf(0, batchOf("Syslog", SYSLOG, rows))]);
  await store.flush();
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

async function run(query: string): Promise<string[]> {
  const wanted = { text: query, parameters: new Map<string, string>(), timeoutMs: 60_000 };
  const answer = await kql.run(wanted, new AbortController().signal);
  const rows: string[] = [];
  for (const { columns, chunks } of answer.tables) {
    for await (const chunk of chunks) rows.push(...chunk.map((row) => rowText(row, columns)));
  }
  answer.close();
  return rows;
}

test("a view is of the tables that are there; without any there is none", async () => {
  assert.deepEqual(kql.functions().map(({ name }) => name), [
    "OCSF_Authentication",
    "ECS_Events",
    "OTel_Logs",
  ]);
  await assert.rejects(run("OCSF_HttpActivity | count"), /OCSF_HttpActivity/);
  assert.deepEqual(await run("Syslog | count"), ["[6]"]);
});

test("OCSF_Authentication has what sshd says of logons", async () => {
  const columns = "['user.name'], ['src_endpoint.ip'], ['device.hostname'], status_id, type_uid";
  const query =
    `OCSF_Authentication | where ['device.hostname'] != "" | sort by ['time'] asc | project ${columns}`;
  assert.deepEqual(await run(query), [
    '["bob","192.0.2.7","web",2,300201]',
    '["ann","192.0.2.8","db",1,300201]',
  ]);
});

test("who logs on does not choose the address that is told", async () => {
  const query =
    "OCSF_Authentication | where ['src_endpoint.ip'] == '192.0.2.9' and status_id == 2 " +
    "| project ['user.name'] | sort by ['user.name'] asc";
  assert.deepEqual(await run(query), [
    '[""]',
    '["a b"]',
    '["x from 198.51.100.1 port 9 ssh2"]',
  ]);
});

test("ECS_Events and OTel_Logs have the lines of Syslog", async () => {
  const ecs = "ECS_Events | where ['process.name'] == 'sshd' | where ['host.name'] != '' | " +
    "summarize n = count(), users = make_list(['user.name']) by ['event.dataset']";
  assert.deepEqual(await run(ecs), ['["syslog",2,["bob","ann"]]']);
  const otel = 'OTel_Logs | where SeverityNumber >= 17 | project Body, Resource["service.name"]';
  assert.deepEqual(await run(otel), ['["done","cron"]']);
});

test("more tables give more rows, under the same columns", async () => {
  const before = await run("ECS_Events | getschema | project ColumnName, ColumnType");
  schemas.push(
    declared("W3CIISLog", W3C),
    declared("SecurityEvent", SECURITY),
    declared("OTelLogs", OTEL),
  );
  const store = await room.store();
  const web = { csMethod: "GET", csUriStem: "/a", cIP: "192.0.2.9" };
  await store.take([
    itemOf(
      1,
      batchOf("W3CIISLog", W3C, [
        { TimeGenerated: 4, ...web, scStatus: "200" },
        { TimeGenerated: 5, ...web, scStatus: "404" },
        { TimeGenerated: 6 },
      ]),
    ),
    itemOf(
      2,
      batchOf("SecurityEvent", SECURITY, [
        { TimeGenerated: 7, EventID: 4625, TargetUserName: "eve", Computer: "dc" },
        { TimeGenerated: 8, EventID: 4634, TargetUserName: "eve", Computer: "dc" },
        { TimeGenerated: 9, EventID: 4688, Computer: "dc" },
      ]),
    ),
    itemOf(
      3,
      batchOf("OTelLogs", OTEL, [{ TimeGenerated: 10, SeverityNumber: 18, BodyFields: { a: 1 } }]),
    ),
  ]);
  await store.flush();
  assert.deepEqual(await run("ECS_Events | getschema | project ColumnName, ColumnType"), before);
  assert.deepEqual(
    await run(
      "ECS_Events | summarize count() by ['event.dataset'] | sort by ['event.dataset'] asc",
    ),
    [
      '["iis.access",3]',
      '["syslog",6]',
      '["windows.security",3]',
    ],
  );
  assert.deepEqual(
    await run(
      "OCSF_HttpActivity | sort by ['time'] asc | project activity_id, type_uid, status_id, " +
        "['http_response.code'], ['src_endpoint.ip'] == ''",
    ),
    ["[3,400203,1,200,false]", "[3,400203,2,404,false]", "[0,400200,0,null,true]"],
  );
  assert.deepEqual(
    await run(
      "OCSF_Authentication | where ['device.hostname'] == 'dc' | sort by ['time'] asc | " +
        "project activity_id, status_id, ['user.name'], logon_type_id",
    ),
    ['[1,2,"eve",null]', '[2,1,"eve",null]'],
  );
  assert.deepEqual(
    await run("OTel_Logs | where SeverityNumber == 18 | sort by Timestamp asc | project Body"),
    [
      '["done"]',
      '["{\\"a\\":1}"]',
    ],
  );
});
