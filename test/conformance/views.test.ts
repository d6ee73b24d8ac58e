/**
 * The hub's views are held to what the schemas that they are named after say: names, types, what is
 * demanded, and values over events of each table.
 */
import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { openControl } from "../../hub/control.ts";
import { BUILT_IN_VIEWS } from "../../hub/query/functions/built_in_views.ts";
import { openFunctionStore } from "../../hub/query/functions/function_store.ts";
import { rowText } from "../../hub/query/kusto/value.ts";
import { openCompiler } from "../../hub/query/run/compiler.ts";
import { type KqlQueries, openKqlQueries } from "../../hub/query/run/kql_queries.ts";
import { after, batchOf, itemOf, openRoom } from "../../hub/store/test_room.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { column, schemaOf } from "../../sdk/table.ts";
import {
  ECS_FIELDS,
  ECS_REQUIRED,
  ECS_VALUES,
  OCSF_ATTRIBUTES,
  OCSF_CLASSES,
  OCSF_IN_OBJECTS,
  OTEL_FIELDS,
  OTEL_SEVERITIES,
  OTEL_SYSLOG,
} from "./published_schemas.ts";

/** Types of columns by those of the schemas. */
const KQL_TYPES: Readonly<Record<string, readonly string[]>> = {
  date: ["datetime"],
  datetime_t: ["datetime"],
  timestamp_t: ["long"],
  integer_t: ["int", "long"],
  port_t: ["int"],
  long_t: ["long"],
  long: ["long"],
  "keyword[]": ["dynamic"],
  "string_t[]": ["dynamic"],
};

const text = column.string({ class: "public", optional: true });
const whole = column.int({ class: "public", optional: true });
const TimeGenerated = column.time({ class: "public" });

const room = openRoom();
const compiler = openCompiler({ after });
const control = openControl(":memory:");
let kql: KqlQueries;

before(async () => {
  const store = await room.store();
  const schemas = [...builtinPlugins.values()].flatMap(({ tables }) =>
    Object.entries(tables).map(([name, declared]) => schemaOf(name, declared))
  );
  const syslog = {
    TimeGenerated,
    ProcessName: text,
    SeverityLevel: text,
    SyslogMessage: text,
    HostName: text,
  };
  const levels = Object.keys(OTEL_SEVERITIES).map((SeverityLevel, i) => ({
    TimeGenerated: 1_785_000_000_000 + i,
    ProcessName: "sshd",
    HostName: "web",
    SeverityLevel,
    SyslogMessage: i % 2 === 0
      ? "Accepted password for ann from 192.0.2.7 port 4 ssh2"
      : "Server listening",
  }));
  const security = { TimeGenerated, EventID: whole, TargetUserName: text, Computer: text };
  const events = [4624, 4625, 4634, 4647, 4648, 4688, 4771].map((EventID) => ({
    TimeGenerated: 1_785_000_000_000,
    EventID,
    TargetUserName: "ann",
    Computer: "dc",
  }));
  const web = { TimeGenerated, csMethod: text, scStatus: text, sIP: text, csUriStem: text };
  const methods = ["GET", "PATCH", "CONNECT", "TRACE", "put", ""];
  const requests = methods.map((csMethod, i) => ({
    TimeGenerated: 1_785_000_000_000,
    csMethod,
    scStatus: i % 2 === 0 ? "200" : "500",
    sIP: "192.0.2.1",
    csUriStem: "/",
  }));
  await store.take([
    itemOf(0, batchOf("Syslog", syslog, levels)),
    itemOf(1, batchOf("SecurityEvent", security, events)),
    itemOf(2, batchOf("W3CIISLog", web, requests)),
  ]);
  await store.flush();
  kql = openKqlQueries({
    ...room,
    compiler,
    schemas: () => schemas,
    functions: openFunctionStore(control),
    now: () => 1_785_000_000_000,
  });
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

type Row = ReadonlyMap<string, unknown>;

async function rowsOf(query: string): Promise<readonly Row[]> {
  const wanted = { text: query, parameters: new Map<string, string>(), timeoutMs: 60_000 };
  const answer = await kql.run(wanted, new AbortController().signal);
  try {
    const rows: Row[] = [];
    for (const { columns, chunks } of answer.tables) {
      for await (const chunk of chunks) {
        rows.push(...chunk.map((row) => rowOf(rowText(row, columns), columns)));
      }
    }
    return rows;
  } finally {
    answer.close();
  }
}

function rowOf(json: string, columns: readonly { readonly name: string }[]): Row {
  const cells: readonly unknown[] = JSON.parse(json);
  return new Map(columns.map(({ name }, i) => [name, cells[i]]));
}

function columnsOf(view: string): readonly (readonly [name: string, type: string])[] {
  const found = BUILT_IN_VIEWS.find(({ name }) => name === view)!;
  return Object.entries(found.columns).filter(([name]) => name !== "TimeGenerated");
}

function fits(type: string | undefined, of: string): boolean {
  return type !== undefined && (KQL_TYPES[type] ?? ["string"]).includes(of);
}

test("each column of ECS_Events is a field of ECS, of its type", () => {
  for (const [name, type] of columnsOf("ECS_Events")) assert.ok(fits(ECS_FIELDS[name], type), name);
});

for (const view of Object.keys(OCSF_CLASSES)) {
  test(`each column of ${view} is an attribute of OCSF, of its type`, () => {
    for (const [name, type] of columnsOf(view)) assert.ok(fits(OCSF_ATTRIBUTES[name], type), name);
  });

  test(`each row of ${view} has what its class demands`, async () => {
    const { class_uid, category_uid, activities, required, atLeastOne } = OCSF_CLASSES[view]!;
    const rows = await rowsOf(view);
    assert.ok(rows.length >= 6);
    for (const row of rows) {
      const has = (name: string): boolean =>
        [...row].some(([key, value]) =>
          (key === name || key.startsWith(`${name}.`)) && value !== null && value !== ""
        );
      for (const name of required) assert.ok(has(name), name);
      assert.ok(atLeastOne.some(has), atLeastOne.join(" or "));
      for (const name of OCSF_IN_OBJECTS) {
        if (has(name.slice(0, name.lastIndexOf(".")))) assert.ok(has(name), name);
      }
      const activity = Number(row.get("activity_id"));
      assert.ok(activities.includes(activity), String(activity));
      assert.deepEqual(
        ["class_uid", "category_uid", "type_uid"].map((name) => Number(row.get(name))),
        [class_uid, category_uid, class_uid * 100 + activity],
      );
      assert.ok([0, 1, 2, 99].includes(Number(row.get("status_id"))));
      assert.equal(Math.floor(Number(row.get("time")) / 1000), 1_785_000_000);
    }
  });
}

test("each event of ECS_Events has what ECS demands, and values that it allows", async () => {
  const rows = await rowsOf("ECS_Events");
  assert.equal(rows.length, 21);
  for (const row of rows) {
    for (const name of ECS_REQUIRED) assert.match(String(row.get(name)), /\d/);
    for (const [name, allowed] of Object.entries(ECS_VALUES)) {
      const value = row.get(name);
      if (value === null || value === "") continue;
      assert.equal(Array.isArray(value), ECS_FIELDS[name]!.endsWith("[]"), name);
      for (const one of [value].flat()) assert.ok(allowed.includes(String(one)), String(one));
    }
  }
});

test("OTel_Logs has the fields of a log record, and attributes of the conventions", async () => {
  assert.deepEqual(Object.fromEntries(columnsOf("OTel_Logs")), OTEL_FIELDS);
  const known = new Set<unknown>([...Object.values(conventions), ...OTEL_SYSLOG]);
  const rows = await rowsOf("OTel_Logs");
  assert.equal(rows.length, 8);
  for (const row of rows) {
    for (const name of ["Resource", "Attributes"]) {
      for (const key of Object.keys(row.get(name) ?? {})) assert.ok(known.has(key), key);
    }
    assert.equal(
      Number(row.get("SeverityNumber")),
      OTEL_SEVERITIES[String(row.get("SeverityText"))],
    );
  }
});
