import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import type { AnswerTable } from "../query/kusto/answer.ts";
import { JsonText } from "../query/kusto/value.ts";
import { createFake, type Fake, HOST } from "./fakes.ts";

interface Sent {
  readonly query: string;
  readonly limit?: number;
  readonly accept?: string;
  readonly proof?: boolean;
  readonly progress?: boolean;
}

async function ask(hub: Fake, { accept = "application/json", proof, ...body }: Sent) {
  const headers = {
    host: HOST,
    accept,
    "content-type": "application/json",
    authorization: `Bearer ${hub.key("events:read")}`,
  };
  const url = `http://${HOST}/v1/query${proof === true ? "?proof=1" : ""}`;
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const reply = await hub.app.request(url, init);
  return { status: reply.status, type: reply.headers.get("content-type"), reply };
}

/** A hub whose every query gives `table`. */
function hubOf(table: Omit<AnswerTable, "name">): Fake {
  return createFake((parts) => ({
    ...parts,
    kusto: {
      ...parts.kusto,
      run: () =>
        Promise.resolve({
          tables: [{ ...table, name: "PrimaryResult" }],
          sources: [],
          options: new Map(),
          close: () => undefined,
        }),
    },
  }));
}

async function* chunk(...rows: readonly AnswerRow[]) {
  yield rows;
}
type AnswerRow = readonly (string | number | bigint | boolean | null | JsonText)[];

const COLUMNS = [
  { name: "a", type: "long" },
  { name: "a", type: "string" },
  { name: "d", type: "dynamic" },
  { name: "t", type: "timespan" },
] as const;
const ROW = [2n ** 60n, 'x,"y"\n', new JsonText('{"n":12345678901234567890}'), 10_000_000n];
const table = (): Omit<AnswerTable, "name"> => ({
  columns: COLUMNS,
  chunks: chunk(ROW, [1n, "", null, null]),
});

test("a reply as JSON has columns, rows and whether there are more", async () => {
  const { reply, status } = await ask(createFake((parts) => parts), { query: "Syslog" });
  assert.equal(status, 200);
  assert.deepEqual(await reply.json(), {
    tables: [{
      name: "PrimaryResult",
      columns: [
        { name: "TimeGenerated", type: "datetime" },
        { name: "HostIP", type: "string" },
        { name: "Facility", type: "string" },
      ],
      render: {},
      rows: [["2026-08-01T11:20:00Z", "", "auth"], [null, "", "cron"]],
    }],
    more: false,
  });
});

test("a limit cuts the rows and says so; it is no failure", async () => {
  const hub = createFake((parts) => parts);
  const { reply } = await ask(hub, { query: "Syslog", limit: 1 });
  const text = await reply.text();
  assert.match(text, /"rows":\[\["2026[^\]]*\]\]/);
  assert.match(text, /"more":true/);
  assert.deepEqual([hub.records[0]?.rows, hub.records[0]?.failure], [1, ""]);
});

test("NDJSON has one object a line, with all digits and each name once", async () => {
  const hub = hubOf(table());
  const { reply, type } = await ask(hub, { query: "T", accept: "application/x-ndjson" });
  assert.equal(type, "application/x-ndjson");
  assert.equal(
    await reply.text(),
    '{"a":"1152921504606846976","a_1":"x,\\"y\\"\\n","d":{"n":12345678901234567890},' +
      '"t":"00:00:01"}\n{"a":1,"a_1":"","d":null,"t":null}\n',
  );
  assert.deepEqual(hub.records.map(({ phase }) => phase), ["start", "end"]);
});

test("NDJSON has lines of progress for who asks, and for nobody else", async () => {
  const hub = createFake((parts) => ({
    ...parts,
    kusto: {
      ...parts.kusto,
      run: ({ onProgress }) => {
        const chunks = async function* (): AsyncGenerator<readonly AnswerRow[]> {
          for (const percent of [20, 20, 60]) {
            onProgress?.(percent);
            yield [];
          }
          yield [[1n]];
        };
        const columns = [{ name: "a", type: "long" }] as const;
        return Promise.resolve({
          tables: [{ name: "PrimaryResult", columns, chunks: chunks() }],
          sources: [],
          options: new Map(),
          close: () => undefined,
        });
      },
    },
  }));
  const accept = "application/x-ndjson";
  const { reply } = await ask(hub, { query: "T", accept, progress: true });
  assert.equal(
    await reply.text(),
    '{"progress":{"percent":20}}\n{"progress":{"percent":60}}\n{"a":1}\n',
  );
  const plain = await ask(hub, { query: "T", accept });
  assert.equal(await plain.reply.text(), '{"a":1}\n');
});

test("CSV quotes what needs it", async () => {
  const { reply, type } = await ask(hubOf(table()), { query: "T", accept: "text/csv" });
  assert.equal(type, "text/csv");
  assert.equal(
    await reply.text(),
    'a,a,d,t\r\n1152921504606846976,"x,""y""\n","{""n"":12345678901234567890}",00:00:01\r\n' +
      "1,,,\r\n",
  );
});

test("Arrow's messages come one after the other, a limit ends them", async () => {
  const accept = "application/vnd.apache.arrow.stream";
  const { reply, type } = await ask(hubOf(table()), { query: "T", accept, limit: 1 });
  assert.equal(type, accept);
  const read = tableFromIPC(new Uint8Array(await reply.arrayBuffer()));
  assert.equal(read.numRows, 1);
  assert.equal(read.getChildAt(0)?.get(0), 2n ** 60n);
});

test("an NDJSON reply that cannot be finished ends with a line that says why", async () => {
  async function* broken() {
    yield [[1n, "", null, null]];
    await Promise.resolve();
    throw new Error("/secret/path");
  }
  const hub = hubOf({ columns: COLUMNS, chunks: broken() });
  const { reply } = await ask(hub, { query: "T", accept: "application/x-ndjson" });
  const lines = (await reply.text()).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.match(lines[1]!, /^\{"error":\{"code":"internal"/);
  assert.doesNotMatch(lines[1]!, /secret/);
  assert.equal(hub.records.at(-1)?.failure, "internal");
  assert.equal(hub.failures.length, 1);
});

test("rows are proved by the route that each names", async () => {
  const columns = [{ name: "_LedgerIndex", type: "long" }, { name: "_Row", type: "int" }] as const;
  const hub = hubOf({ columns, chunks: chunk([7n, 3], [null, null]) });
  const { reply } = await ask(hub, { query: "T", proof: true, accept: "text/csv" });
  assert.equal(
    await reply.text(),
    "_LedgerIndex,_Row,_Proof\r\n7,3,/proof/row?index=7&row=3\r\n,,\r\n",
  );
  const without = await ask(createFake((parts) => parts), { query: "Syslog", proof: true });
  assert.equal(without.status, 400);
  assert.match(await without.reply.text(), /must have the columns _LedgerIndex and _Row/);
});

test("a command is answered as a table, a wrong query with its place", async () => {
  const { reply } = await ask(createFake((parts) => parts), { query: ".show tables" });
  assert.match(await reply.text(), /"rows":\[\["Syslog"/);
  const wrong = await ask(createFake((parts) => parts), { query: "Nothing" });
  assert.equal(wrong.status, 400);
  assert.match(await wrong.reply.text(), /Cannot query:1:1: SEM0100.*expected a table/);
});

test("a reader that leaves ends the query, and that is recorded", async () => {
  async function* endless() {
    for (;;) {
      await Promise.resolve();
      yield [[1n, "", null, null]];
    }
  }
  const hub = hubOf({ columns: COLUMNS, chunks: endless() });
  const { reply } = await ask(hub, { query: "T", accept: "application/x-ndjson" });
  const reader = reply.body!.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(hub.records.at(-1)?.failure, "cancelled");
});
