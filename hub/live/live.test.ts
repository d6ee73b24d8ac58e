import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveMessage } from "../../sdk/api/live.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Item } from "../fanout/follower.ts";
import { createLive } from "./live.ts";
import { ROWS_PER_SECOND } from "./reader.ts";
import { batchOf, itemOf } from "./fakes.ts";

const numbers = (table: string, rows: number): ColumnBatch =>
  batchOf(table, { N: Array.from({ length: rows }, (_, i) => i) });

const item = (index: number, batch: ColumnBatch, source = "s"): Item =>
  itemOf({ index, batch, source });

type RowsMessage = Extract<LiveMessage, { kind: "rows" }>;

const rowsOf = (messages: readonly LiveMessage[]): readonly RowsMessage[] =>
  messages.filter((message) => message.kind === "rows");

test("createLive() shows a sample that is spread over the frame", async () => {
  const live = createLive(0, () => 0);
  const reader = live.open({ table: undefined, rows: true })!;
  await live.follower.take([item(0, numbers("Syslog", 500))]);
  const [message] = rowsOf(await reader.next());
  assert.equal(message!.rows.length, ROWS_PER_SECOND);
  assert.deepEqual(message!.rows.slice(0, 3), [{ N: 0 }, { N: 10 }, { N: 20 }]);
});

test("createLive() shows no more than its bound a second, and a share to each source", async () => {
  const live = createLive(0, () => 0);
  const loud = Array.from({ length: 60 }, (_, i) => item(i, numbers("Syslog", 100), "loud"));
  const quiet = item(60, numbers("Perf", 100), "quiet");
  await live.follower.take([...loud, quiet]);
  live.tick();
  const reader = live.open({ table: undefined, rows: true })!;
  await live.follower.take([...loud, quiet]);
  const shown = rowsOf(await reader.next()).map(({ source, rows }) => [source, rows.length]);
  assert.deepEqual(shown, [["loud", 25], ["quiet", 25]]);
  live.tick();
  const [rate] = await reader.next();
  assert.deepEqual(rate, {
    kind: "rate",
    at: "1970-01-01T00:00:00.000Z",
    eventsPerSecond: 6100,
    shown: ROWS_PER_SECOND,
    sources: [
      { agent: "a", source: "loud", eventsPerSecond: 6000 },
      { agent: "a", source: "quiet", eventsPerSecond: 100 },
    ],
  });
  await live.follower.take([quiet]);
  assert.equal(rowsOf(await reader.next()).length, 1);
});

test("createLive() shows no sealed value, also to who asks for that table", async () => {
  const live = createLive(0, () => 0);
  const readers = [undefined, "CustosReveal"].map((table) => live.open({ table, rows: true })!);
  await live.follower.take([item(0, numbers("CustosReveal", 5)), item(1, numbers("Perf", 1))]);
  live.tick();
  const shown = await Promise.all(readers.map(async (reader) => rowsOf(await reader.next())));
  assert.deepEqual(shown.map((rows) => rows.map(({ table }) => table)), [["Perf"], []]);
});

test("createLive() decodes nothing that nobody sees", async () => {
  const live = createLive(0, () => 0);
  live.open({ table: undefined, rows: false });
  const { frame, ...rest } = item(0, numbers("Syslog", 3));
  const batch = () => assert.fail("decoded");
  await live.follower.take([{ ...rest, frame: { ...frame!, batch } }]);
  assert.equal(live.follower.next, 1);
});

test("createLive() gives a reader of one table its rows alone", async () => {
  const live = createLive(0, () => 0);
  const reader = live.open({ table: "Perf", rows: true })!;
  await live.follower.take([item(0, numbers("Syslog", 3)), item(1, numbers("Perf", 2))]);
  const messages = await reader.next();
  assert.deepEqual(rowsOf(messages).map(({ table }) => table), ["Perf"]);
});

test("a slow reader loses messages, is told how many, and nobody waits for it", async () => {
  const live = createLive(0, () => 0);
  const reader = live.open({ table: undefined, rows: true })!;
  for (let i = 0; i < 300; i++) live.tick();
  const messages = await reader.next();
  assert.equal(messages.length, 257);
  assert.deepEqual(messages.at(-1), { kind: "dropped", messages: 44 });
});

test("a closed reader gets nothing and makes room for another one", async () => {
  const live = createLive(0, () => 0);
  const readers = Array.from({ length: 32 }, () => live.open({ table: undefined, rows: true })!);
  assert.equal(live.open({ table: undefined, rows: true }), undefined);
  const waiting = readers[0]!.next();
  readers[0]!.close();
  assert.deepEqual(await waiting, []);
  assert.notEqual(live.open({ table: undefined, rows: true }), undefined);
});

test("createLive() cuts long values", async () => {
  const live = createLive(0, () => 0);
  const reader = live.open({ table: undefined, rows: true })!;
  await live.follower.take([item(0, batchOf("T", { A: ["x".repeat(9000)] }))]);
  const [message] = rowsOf(await reader.next());
  assert.equal(String(message!.rows[0]!.A).length, 2049);
});
