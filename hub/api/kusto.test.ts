import assert from "node:assert/strict";
import { test } from "node:test";
import { createFake, type Fake, HOST } from "./fakes.ts";

interface Sent {
  readonly path?: string;
  readonly key?: string;
  readonly csl: string;
  readonly db?: string;
  readonly options?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

async function ask(
  hub: Fake,
  sent: Sent,
): Promise<{ status: number; headers: Headers; text: string }> {
  const headers = {
    host: HOST,
    "content-type": "application/json; charset=utf-8",
    authorization: `Bearer ${sent.key ?? hub.key("events:read")}`,
    ...sent.headers,
  };
  const { csl, db = "custos", options = {} } = sent;
  const body = JSON.stringify({ db, csl, properties: { Options: options } });
  const url = `http://${HOST}${sent.path ?? "/v2/rest/query"}`;
  const reply = await hub.app.request(url, { method: "POST", headers, body });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

interface V1 {
  readonly Tables: readonly {
    readonly Columns: readonly unknown[];
    readonly Rows: readonly (readonly unknown[])[];
  }[];
  readonly Exceptions?: readonly string[];
}
interface Frame {
  readonly FrameType: string;
  readonly TableKind?: string;
  readonly Rows?: readonly unknown[];
  readonly HasErrors?: boolean;
  readonly OneApiErrors?: readonly Refusal[];
}
interface Refusal {
  readonly error: Readonly<Record<string, unknown>>;
}
const v1Of = (text: string) => {
  const reply: V1 = JSON.parse(text);
  return reply;
};
const framesOf = (text: string) => {
  const frames: readonly Frame[] = JSON.parse(text);
  return frames;
};
const errorOf = (text: string): Refusal["error"] => {
  const { error }: Refusal = JSON.parse(text);
  return error;
};

const fake = (change: Parameters<typeof createFake>[0] = (parts) => parts) => createFake(change);
const ROWS = [["2026-08-01T11:20:00Z", "", "auth"], [null, "", "cron"]];

test("version 1 gives the rows, how to draw them, how it went, and what each table is", async () => {
  const { text } = await ask(fake(), { path: "/v1/rest/query", csl: "Syslog" });
  const { Tables: tables } = v1Of(text);
  assert.deepEqual(tables[0]!.Rows, ROWS);
  assert.deepEqual(tables[0]!.Columns[0], {
    ColumnName: "TimeGenerated",
    DataType: "DateTime",
    ColumnType: "datetime",
  });
  assert.equal(String(tables[1]!.Rows[0]![0]).startsWith('{"Visualization":null'), true);
  assert.equal(tables[2]!.Rows[0]![4], "Query completed successfully");
  assert.deepEqual(tables[3]!.Rows.map((row) => row.slice(0, 3)), [
    [0, "QueryResult", "PrimaryResult"],
    [1, "QueryProperties", "@ExtendedProperties"],
    [2, "QueryStatus", "QueryStatus"],
  ]);
});

test("version 2 gives frames in Kusto's order", async () => {
  const { text, headers } = await ask(fake(), {
    csl: "Syslog",
    headers: { "x-ms-client-request-id": "me;1" },
  });
  const frames = framesOf(text);
  assert.deepEqual(
    frames.map((frame) => [frame.FrameType, frame.TableKind]),
    [
      ["DataSetHeader", undefined],
      ["DataTable", "QueryProperties"],
      ["DataTable", "PrimaryResult"],
      ["DataTable", "QueryCompletionInformation"],
      ["DataSetCompletion", undefined],
    ],
  );
  assert.deepEqual(frames[2]!.Rows, ROWS);
  assert.equal(frames[4]!.HasErrors, false);
  assert.equal(headers.get("x-ms-client-request-id"), "me;1");
  assert.match(headers.get("x-ms-activity-id")!, /^0{8}-/);
});

test("version 2 gives a table in pieces, each frame on a line, to who asks for that", async () => {
  const options = {
    results_progressive_enabled: true,
    results_v2_newlines_between_frames: true,
  };
  const hub = fake();
  const { text } = await ask(hub, { csl: "Syslog", options });
  const lines = text.split("\n");
  assert.equal(lines.at(-1), "]");
  const frames = framesOf(`[${lines.slice(0, -1).map((line) => line.slice(1)).join(",")}]`);
  assert.deepEqual(frames.map(({ FrameType }) => FrameType), [
    "DataSetHeader",
    "DataTable",
    "TableHeader",
    "TableFragment",
    "TableProgress",
    "TableProgress",
    "TableCompletion",
    "DataTable",
    "DataSetCompletion",
  ]);
  assert.deepEqual(frames[3]!.Rows, ROWS);
  assert.deepEqual(hub.records.map(({ phase, rows }) => [phase, rows]), [["start", 0], ["end", 2]]);
});

test("a result over the limit ends with Kusto's error in version 1", async () => {
  const options = { truncationmaxrecords: 1 };
  const v1 = v1Of((await ask(fake(), { path: "/v1/rest/query", csl: "Syslog", options })).text);
  assert.equal(v1.Tables[0]!.Rows.length, 2);
  assert.match(JSON.stringify(v1.Tables[0]!.Rows[1]), /Exceptions.*E_QUERY_RESULT_SET_TOO_LARGE/);
  assert.match(v1.Exceptions![0]!, /80DA0003/);
});

test("a result over the limit ends with Kusto's error in version 2", async () => {
  const hub = fake();
  const options = { truncationmaxrecords: 1 };
  const v2 = framesOf((await ask(hub, { csl: "Syslog", options })).text);
  assert.match(JSON.stringify(v2[2]!.Rows![1]), /OneApiErrors.*LimitsExceeded/);
  assert.equal(v2.at(-1)!.HasErrors, true);
  assert.match(String(v2.at(-1)!.OneApiErrors![0]!.error["@message"]), /limit of 1 records/);
  assert.deepEqual([hub.records[0]?.rows, hub.records[0]?.failure], [1, "truncated"]);
  const bytes = await ask(fake(), { csl: "Syslog", options: { truncationmaxsize: 40 } });
  assert.match(bytes.text, /limit of 40 bytes/);
  const late = { ...options, results_error_reporting_placement: "end_of_dataset" };
  const frames = framesOf((await ask(fake(), { csl: "Syslog", options: late })).text);
  assert.equal(frames[2]!.Rows!.length, 1);
});

test("a semantic error is Kusto's, with its place", async () => {
  const hub = fake();
  const { status, text } = await ask(hub, { csl: "Nothing" });
  assert.equal(status, 400);
  const error = errorOf(text);
  assert.equal(error["code"], "General_BadRequest");
  assert.equal(error["@type"], "Kusto.Data.Exceptions.SemanticException");
  assert.equal(error["@permanent"], true);
  assert.deepEqual([error["@line"], error["@position"], error["@expected"]], [1, 1, "a table"]);
  assert.match(String(error["@message"]), /^Semantic error: SEM0100.*\[line:position=1:1\]$/);
  assert.deepEqual([hub.records[0]?.status, hub.records[0]?.failure], [400, "semantic"]);
});

test("each query is recorded before its rows leave, or they do not", async () => {
  const hub = fake();
  const options = { request_description: "ticket 7" };
  await ask(hub, { csl: "Syslog", options, headers: { "x-ms-app": "Grafana-ADX" } });
  const [record] = hub.records;
  assert.equal(record?.phase, "end");
  assert.deepEqual(
    [record?.text, record?.sources, record?.rows, record?.why, record?.application],
    [
      "Syslog",
      ["Syslog"],
      2,
      "ticket 7",
      "Grafana-ADX",
    ],
  );
  const full = fake((parts) => ({
    ...parts,
    kusto: { ...parts.kusto, record: () => Promise.reject(new Error("full")) },
  }));
  for (const progressive of [false, true]) {
    const reply = await ask(full, {
      csl: "Syslog",
      options: { results_progressive_enabled: progressive },
    });
    assert.equal(reply.status, 500);
    assert.doesNotMatch(reply.text, /auth/);
  }
});

test("the query end point answers commands, and the command end point no queries", async () => {
  const tables = await ask(fake(), { path: "/v1/rest/query", csl: ".show tables" });
  assert.equal(v1Of(tables.text).Tables.length, 1);
  const frames = framesOf((await ask(fake(), { csl: ".show tables" })).text);
  assert.deepEqual(frames[2]!.Rows, [["Syslog", "custos", "", ""]]);
  const query = await ask(fake(), { path: "/v1/rest/mgmt", csl: "Syslog" });
  assert.match(query.text, /must start with a dot/);
});

test("what a command answers can be piped into a query", async () => {
  const hub = fake((parts) => ({
    ...parts,
    kusto: {
      ...parts.kusto,
      run: ({ text }, signal) =>
        parts.kusto.run(
          { ...{ text: `Syslog ${text}` }, parameters: new Map(), timeoutMs: 1 },
          signal,
        ),
    },
  }));
  const { status } = await ask(hub, { csl: ".show tables | where TableName == 'Syslog'" });
  assert.equal(status, 200);
  assert.equal(hub.records[0]?.text, ".show tables | where TableName == 'Syslog'");
});

const REFUSED = [
  [{ csl: "x", db: "other" }, 400, "BadRequest_EntityNotFound"],
  [{ csl: "x".repeat(1024 * 1024 + 1) }, 400, "LimitsExceeded"],
  [{ csl: "x", options: { servertimeout: "soon" } }, 400, "General_BadRequest"],
  [{ csl: "x", options: { truncationmaxrecords: -1 } }, 400, "General_BadRequest"],
  [{ csl: "x", key: "custos_none" }, 401, "Unauthorized"],
  [{ csl: "x", path: "/v1/rest/ingest/db/T?streamFormat=json" }, 400, "General_BadRequest"],
  [{ csl: "x", path: "/v1/rest/nothing" }, 400, "General_BadRequest"],
  [{ csl: "x".repeat(7 * 1024 * 1024) }, 400, "LimitsExceeded"],
] as const;

for (const [sent, status, code] of REFUSED) {
  test(`${JSON.stringify(sent).slice(0, 60)} is refused in Kusto's shape`, async () => {
    const reply = await ask(fake(), sent);
    const error = errorOf(reply.text);
    assert.deepEqual([reply.status, error["code"]], [status, code]);
    assert.match(String(error["@message"]), /^Cannot /);
  });
}

test("a query is cancelled by its id, and that is recorded", async () => {
  const started = Promise.withResolvers<void>();
  const hub = fake((parts) => ({
    ...parts,
    kusto: {
      ...parts.kusto,
      run: (query, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error(query.text)));
          started.resolve();
        }),
    },
  }));
  const key = hub.key("events:read");
  const query = ask(hub, { key, csl: "Syslog", headers: { "x-ms-client-request-id": "q;1" } });
  await started.promise;
  const cancelled = await ask(hub, {
    key,
    path: "/v1/rest/mgmt",
    csl: '.cancel query "q;1"',
  });
  assert.match(cancelled.text, /"Cancelled"/);
  assert.equal((await query).status, 400);
  assert.match((await query).text, /QueryCanceled/);
  assert.equal(hub.records[0]?.failure, "cancelled");
});
