/**
 * Microsoft's own clients ask a hub: what they parse, and what they throw.
 */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  Client,
  ClientRequestProperties,
  KustoConnectionStringBuilder,
  kustoTrustedEndpoints,
} from "azure-kusto-data";
import { DataFormat, IngestionProperties, StreamingIngestClient } from "azure-kusto-ingest";
import { createFake, type Fake } from "../../hub/api/fakes.ts";
import { type PageServer, servePage } from "../../hub/api/serve.ts";

interface Started extends AsyncDisposable {
  readonly server: PageServer;
  readonly hub: Fake;
  readonly client: Client;
}

function start(): Started {
  const started: { hub?: Fake } = {};
  const server = servePage({ host: "127.0.0.1", port: 0 }, (hosts) => {
    started.hub = createFake((parts) => ({
      ...parts,
      guard: { ...parts.guard, hosts: () => hosts },
    }));
    return started.hub.app;
  });
  const hub = started.hub!;
  const connection = KustoConnectionStringBuilder.withAccessToken(
    server.url,
    hub.key("events:read"),
  );
  const client = new Client(connection);
  return {
    server,
    hub,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("azure-kusto-data reads the rows of both versions", async () => {
  await using started = start();
  const v2 = await started.client.execute("custos", "Syslog | take 2");
  const [table] = v2.primaryResults;
  assert.deepEqual(table?.columns.map(({ name, type }) => `${name}:${type}`), [
    "TimeGenerated:datetime",
    "HostIP:string",
    "Facility:string",
  ]);
  const [first, second] = [...table.rows()].map((row) => row.toJSON());
  assert.deepEqual(first?.["TimeGenerated"], new Date("2026-08-01T11:20:00Z"));
  assert.equal(second?.["Facility"], "cron");
  const v1 = await started.client.executeQueryV1("custos", "Syslog");
  assert.equal(v1.primaryResults.length, 1);
  assert.equal([...v1.primaryResults[0]!.rows()][0]?.getValueAt(2), "auth");
  assert.equal(started.hub.records.length, 2);
});

const COMMANDS = [
  ".show tables",
  ".show databases",
  ".show database schema",
  ".show databases schema as json",
  ".show database custos schema as json",
  ".show table Syslog cslschema",
  ".show version",
  ".show queries",
];

for (const command of COMMANDS) {
  test(`azure-kusto-data reads what ${command} answers`, async () => {
    await using started = start();
    const reply = await started.client.execute("custos", command);
    assert.equal(reply.primaryResults.length, 1);
    assert.ok(reply.primaryResults[0]!.columns.length > 0);
  });
}

interface HttpError {
  readonly response?: { readonly status: number; readonly data: { readonly error: OneApi } };
}
interface OneApi {
  readonly code: string;
  readonly "@message": string;
}

test("azure-kusto-data throws a query's error with its code, text and place", async () => {
  await using started = start();
  await assert.rejects(started.client.execute("custos", "Nothing"), (error: HttpError) => {
    assert.equal(error.response?.status, 400);
    assert.equal(error.response.data.error.code, "General_BadRequest");
    assert.match(error.response.data.error["@message"], /SEM0100.*\[line:position=1:1\]/);
    return true;
  });
});

test("azure-kusto-data throws where rows were left out", async () => {
  await using started = start();
  const properties = new ClientRequestProperties();
  properties.setOption("truncationmaxrecords", 1);
  await assert.rejects(
    started.client.execute("custos", "Syslog", properties),
    /Kusto request had errors.*E_QUERY_RESULT_SET_TOO_LARGE/,
  );
});

test("azure-kusto-data sends parameters, a time-out, its id and its name", async () => {
  await using started = start();
  const properties = new ClientRequestProperties();
  properties.setParameter("facility", "auth");
  properties.setTimeout(60_000);
  properties.clientRequestId = "mine;7";
  properties.application = "my-tool";
  await started.client.execute("custos", "Syslog", properties);
  const [record] = started.hub.records;
  assert.equal(record?.clientRequestId, "mine;7");
  assert.equal(record.application, "my-tool");
  assert.deepEqual([...started.hub.asked[0]!.parameters], [["facility", "auth"]]);
  assert.equal(started.hub.asked[0]!.timeoutMs, 60_000);
});

test("azure-kusto-data is told that a key is none", async () => {
  await using started = start();
  const connection = KustoConnectionStringBuilder.withAccessToken(started.server.url, "custos_x");
  const stranger = new Client(connection);
  await assert.rejects(stranger.execute("custos", "Syslog"), (error: HttpError) => {
    assert.equal(error.response?.status, 401);
    return true;
  });
  stranger.close();
});

test("azure-kusto-ingest is told that events come from agents", async () => {
  await using started = start();
  const connection = KustoConnectionStringBuilder.withAccessToken(
    started.server.url,
    started.hub.key(),
  );
  const properties = new IngestionProperties({
    database: "custos",
    table: "Syslog",
    format: DataFormat.JSON,
  });
  const ingest = new StreamingIngestClient(connection, properties);
  const rows = Readable.from([new TextEncoder().encode('{"Facility":"auth"}\n')]);
  await assert.rejects(ingest.ingestFromStream(rows), (error: HttpError) => {
    assert.equal(error.response?.status, 400);
    assert.match(error.response.data.error["@message"], /takes events from its agents alone/);
    return true;
  });
  ingest.close();
});

test("a client trusts a host that is not Microsoft's after one line", () => {
  const login = "https://login.microsoftonline.com";
  const url = "https://hub.example.com/v2/rest/query";
  const check = () => kustoTrustedEndpoints.validateTrustedEndpoint(url, login);
  assert.throws(check, /not trusted/);
  kustoTrustedEndpoints.setOverridePolicy((host) => host === "hub.example.com");
  assert.doesNotThrow(check);
  kustoTrustedEndpoints.setOverridePolicy(null);
});
