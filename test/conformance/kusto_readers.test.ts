/**
 * A hub is sent what Grafana's plugin and the clients for Go and Python send, written down from
 * their sources, and its replies are held to what these read.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type HubRoom, openHubRoom } from "../../hub/test_room.ts";
import {
  errorOf,
  readAsGo,
  readAsGrafana,
  readAsPythonStream,
  readAsPythonV1,
} from "./kusto_readers.ts";

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

let hub: HubRoom;
let key = "";

before(async () => {
  hub = await openHubRoom();
  key = await hub.key("reader", ["events:read"]);
});

after(() => hub[Symbol.asyncDispose]());

async function post(path: string, body: object, headers: Record<string, string>): Promise<Reply> {
  const reply = await fetch(`${hub.page}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

/** A row with a value of each type, and one without any. */
const ALL_TYPES = `union
  (print n = 1, b = true, i = int(-2147483648), l = 9007199254740993, r = 1.5, d = decimal(1.25),
    s = 'x', t = datetime(2026-01-02 03:04:05.1234567), p = 1d, y = dynamic({"a":[1,null]}),
    g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642)),
  (print n = 2, b = bool(null), i = int(null), l = long(null), r = real(nan), d = decimal(null),
    s = '', t = datetime(null), p = timespan(null), y = dynamic(null), g = guid(null)),
  (print n = 3, r = real(+inf)), (print n = 4, r = real(-inf))
  | order by n asc`;

// grafana/azure-data-explorer-datasource pkg/azuredx: client.go, datasource.go, macro.go

const GRAFANA = {
  accept: "application/json",
  "content-type": "application/json",
  "x-ms-app": "Grafana-ADX",
};

/** As its settings make them. */
const GRAFANA_OPTIONS = {
  Options: { queryconsistency: "strongconsistency", servertimeout: "00:00:30" },
};

function grafanaQuery(csl: string): Promise<Reply> {
  const headers = {
    ...GRAFANA,
    "x-ms-client-request-id": "KGC.raw;9f2c7a1e5b3d8f60;ann",
    "x-ms-user-id": "ann",
  };
  const body = { csl, db: "custos", properties: GRAFANA_OPTIONS, querySource: "raw" };
  return post("/v1/rest/query", body, headers);
}

test("Grafana's test of a data source is answered", async () => {
  const body = {
    csl: ".show databases schema",
    db: "",
    properties: GRAFANA_OPTIONS,
    querySource: "",
  };
  const headers = { "content-type": "application/json" };
  const { status, text } = await post("/v1/rest/query", body, headers);
  assert.equal(status, 200);
  assert.ok("rows" in readAsGrafana(text));
});

test("Grafana's editor gets databases and their schema", async () => {
  const ask = async (csl: string, querySource: string) => {
    const body = { csl, db: "", querySource };
    const { status, text } = await post("/v1/rest/mgmt", body, GRAFANA);
    assert.equal(status, 200);
    const read = readAsGrafana(text);
    assert.ok("rows" in read);
    return read;
  };
  const databases = await ask(".show databases", "");
  const named = databases.columns.findIndex(({ name }) => name === "DatabaseName");
  assert.deepEqual(databases.rows.map((row) => row[named]), ["custos"]);
  const { rows: [[schema] = []] } = await ask(".show databases schema as json", "schema");
  const { Databases: { custos } }: {
    Databases: Record<
      string,
      {
        Name: string;
        Tables: Record<string, { OrderedColumns: { Name: string; CslType: string }[] }>;
      }
    >;
  } = JSON.parse(String(schema));
  assert.equal(custos!.Name, "custos");
  assert.ok(
    custos!.Tables["LAQueryLogs"]!.OrderedColumns.some(({ Name, CslType }) =>
      Name === "TimeGenerated" && CslType === "datetime"
    ),
  );
});

const FROM = "2026-08-01T10:00:00.123Z";
const TO = "2126-08-01T16:00:00Z";
/** Queries as they are once the plugin has put its macros in. */
const EXPANDED = [
  `LAQueryLogs | where TimeGenerated >= datetime(${FROM}) and TimeGenerated <= datetime(${TO})`,
  `LAQueryLogs\n| where ['TimeGenerated'] >= datetime(${FROM}) and ['TimeGenerated'] <= datetime(${TO})
   | summarize count() by bin(TimeGenerated, 30000ms)\n| order by TimeGenerated asc`,
  `['LAQueryLogs'] | summarize n = count() by QueryText | order by QueryText asc | take 1000`,
  `LAQueryLogs | make-series n = count() on TimeGenerated from datetime(${FROM}) to
   datetime(2026-08-01T16:00:00Z) step 3600000ms | project Timestamp = TimeGenerated, n`,
  `print t = datetime(2026-08-01T10:00:00.123456789Z)`,
  ALL_TYPES,
];

for (const csl of EXPANDED) {
  test(`Grafana reads what ${csl.slice(0, 60).replaceAll("\n", " ")} gives`, async () => {
    const { status, text, headers } = await grafanaQuery(csl);
    assert.equal(status, 200, text);
    assert.ok("rows" in readAsGrafana(text));
    assert.equal(headers.get("x-ms-client-request-id"), "KGC.raw;9f2c7a1e5b3d8f60;ann");
  });
}

test("Grafana tells why a query was refused, and that a result was cut off", async () => {
  const refused = await grafanaQuery("LAQueryLogs | where Nothing == 1");
  assert.equal(refused.status, 400);
  // It shows `error.message`.
  const { error }: { error: { message: string } } = JSON.parse(refused.text);
  assert.ok(error.message.length > 0);
  const cut = await grafanaQuery("set truncationmaxrecords = 2; range x from 1 to 5 step 1");
  const read = readAsGrafana(cut.text);
  assert.ok("failure" in read && /E_QUERY_RESULT_SET_TOO_LARGE/.test(read.failure));
});

// azure-kusto-go azkustodata: conn.go, query/v2

const GO_OPTIONS = {
  results_v2_newlines_between_frames: true,
  results_v2_fragment_primary_tables: true,
  results_error_reporting_placement: "end_of_table",
};

function goQuery(csl: string, options: object = {}): Promise<Reply> {
  const properties = { Options: { ...GO_OPTIONS, ...options }, Parameters: {} };
  return post("/v2/rest/query", { db: "custos", csl, properties }, {
    accept: "application/json",
    "accept-encoding": "gzip, deflate",
    "content-type": "application/json; charset=utf-8",
    "x-ms-version": "2019-02-13",
    "x-ms-client-request-id": "KGC.execute;1b671a64-40d5-491e-99b0-da01ff1f3341",
    "x-ms-app": "agent",
    "x-ms-user": "ann",
    "x-ms-client-version": "Kusto.Go.Client:1.0.0",
  });
}

test("azure-kusto-go reads frames on lines, of one table and of more", async () => {
  const one = readAsGo((await goQuery(ALL_TYPES)).text);
  assert.equal(one.tables[0]!.rows.length, 4);
  assert.deepEqual(one.errors, []);
  const forked = await goQuery("range x from 1 to 9 step 1 | fork (where x > 5) (count)");
  assert.deepEqual(readAsGo(forked.text).tables.map(({ rows }) => rows.length), [4, 1]);
  const many = readAsGo((await goQuery("range x from 1 to 20000 step 1")).text);
  assert.deepEqual(
    many.tables[0]!.rows.map(([x]) => x),
    Array.from({ length: 20_000 }, (_, i) => i + 1),
  );
  assert.deepEqual(readAsGo((await goQuery("LAQueryLogs | take 0")).text).tables[0]!.rows, []);
});

test("azure-kusto-go gets a result's error at the end of its table", async () => {
  const { status, text } = await goQuery("range x from 1 to 5 step 1", { truncationmaxrecords: 3 });
  assert.equal(status, 200);
  const { tables, errors } = readAsGo(text);
  assert.equal(tables[0]!.rows.length, 3);
  assert.match(errors.join(), /limit of 3 records/);
});

test("azure-kusto-go declares its parameters in the text and gives their values beside it", async () => {
  const properties = { Options: GO_OPTIONS, Parameters: { h: '"x"', n: "long(7)" } };
  const csl = "declare query_parameters(h:string, n:long);\nprint h, n";
  const reply = await post("/v2/rest/query", { db: "custos", csl, properties }, {
    "content-type": "application/json; charset=utf-8",
  });
  assert.deepEqual(readAsGo(reply.text).tables[0]!.rows, [["x", 7]]);
});

// azure-kusto-python azure/kusto/data: client_base.py, response.py, streaming_response.py

function pythonPost(path: string, csl: string, options: object = {}): Promise<Reply> {
  // The client writes the properties as JSON text.
  const properties = JSON.stringify({ Options: options, Parameters: {} });
  return post(path, { db: "custos", csl, properties }, {
    accept: "application/json",
    "accept-encoding": "gzip,deflate",
    "content-type": "application/json; charset=utf-8",
    "x-ms-version": "2024-12-12",
    "x-ms-client-request-id": "KPC.execute;1b671a64-40d5-491e-99b0-da01ff1f3341",
    "x-ms-client-version": "Kusto.Python.Client:5.0.0",
    "x-ms-app": "app.py",
    "x-ms-user": "ann",
  });
}

test("azure-kusto-python reads version 2, whole and while it comes", async () => {
  const { text } = await pythonPost("/v2/rest/query", ALL_TYPES, { servertimeout: "00:04:00" });
  const [table, ...others] = readAsPythonStream(text);
  assert.deepEqual([table!.rows.length, others.length], [4, 0]);
});

test("azure-kusto-python reads version 1, of commands and of queries", async () => {
  const shown = readAsPythonV1((await pythonPost("/v1/rest/mgmt", ".show tables")).text);
  assert.ok(shown[0]!.rows.some(([name]) => name === "LAQueryLogs"));
  const asked = readAsPythonV1((await pythonPost("/v1/rest/query", "print x = 1")).text);
  assert.deepEqual(asked[0]!.rows, [[1]]);
});

test("azure-kusto-python finds all members of an error, refused or in the rows", async () => {
  const refused = await pythonPost("/v2/rest/query", "Nowhere");
  assert.match(errorOf(JSON.parse(refused.text)), /^Semantic error:/);
  const cut = await pythonPost("/v2/rest/query", "range x from 1 to 5 step 1", {
    truncationmaxrecords: 2,
  });
  const frames: { FrameType: string; TableKind?: string; Rows: unknown[] }[] = JSON.parse(cut.text);
  const last = frames.find(({ TableKind }) => TableKind === "PrimaryResult")!.Rows.at(-1);
  const { OneApiErrors: [error] }: { OneApiErrors: unknown[] } = JSON.parse(JSON.stringify(last));
  assert.match(errorOf(error), /limit of 2 records/);
});
