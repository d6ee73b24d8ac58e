/**
 * Connections in the ledger, and two agents with one identity, from the link to the finding.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openControl } from "../../hub/control.ts";
import { openDetect } from "../../hub/detect/detect.ts";
import { readIngestNote, type SessionNote } from "../../hub/ingest/entries.ts";
import { makeAgent, type TestIngest } from "./link_fakes.ts";
import { Wire } from "./link_wire.ts";

const T0 = 1_750_000_000_000;

/** One start of the agent, on its own spool. */
function startOf(wire: Wire, boot: number, instance: number): Wire {
  const { agent } = wire.spool;
  const start = new Wire(agent, wire.ingest);
  Object.assign(start.context, { boot: new Uint8Array(16).fill(boot), instance });
  return start;
}

function sessionsIn({ ledger }: TestIngest): readonly SessionNote[] {
  return ledger.entries.flatMap(({ kind, payload }) => {
    const note = kind === "note" ? readIngestNote(payload) : undefined;
    return note?.note === "session" ? [note] : [];
  });
}

async function rulesOf({ ledger }: TestIngest): Promise<readonly string[]> {
  await using control = openControl(":memory:");
  await using detect = openDetect({ control, rules: [] });
  const plain = ledger.entries.filter(({ kind }) => kind !== "frame");
  const items = plain.map(({ index, kind, payload }) => ({
    ...{ index, kind, payload, hubTime: BigInt(T0 + index) * 10_000n },
  }));
  await detect.take(items);
  return detect.findings(0, 100).map(({ finding }) => finding.rule);
}

test("a connection is noted before its frames when it differs from the last", async () => {
  const first = startOf(new Wire(), 1, 7);
  first.spool.open("a", 1);
  first.spool.add("a");
  await first.connect();
  await first.connect();
  const { ledger } = first.ingest;
  const kinds = ledger.entries.map(({ kind }) => kind);
  assert.ok(kinds.indexOf("note") < kinds.indexOf("frame"));
  assert.deepEqual(sessionsIn(first.ingest).map(({ instance }) => instance), [7]);
  await startOf(first, 2, 8).connect();
  const boots = sessionsIn(first.ingest).map(({ boot }) => boot.slice(0, 2));
  assert.deepEqual(boots, ["01", "02"]);
});

test("an agent that is shut out by another start waits; by itself it comes back at once", async () => {
  const a = await startOf(new Wire(), 1, 7).connect();
  const again = await startOf(a, 1, 7).connect();
  await a.run();
  assert.deepEqual([a.bye, a.of("bye")[0]?.retryMs], ["superseded", 0]);
  await startOf(a, 2, 7).connect();
  await again.run();
  assert.deepEqual([again.bye, again.of("bye")[0]?.retryMs], ["superseded", 30_000]);
});

test("a copied host is found; restarts, crashes and a hub that starts again are not", async () => {
  const agent = makeAgent();
  const a = await startOf(new Wire(agent), 1, 7).connect();
  const crashed = await startOf(a, 2, 8).connect();
  await crashed.connect();
  await startOf(a, 3, 9).connect();
  // The hub has started again: it knows of no connection.
  a.ingest.connected.clear();
  a.ingest.index.sessions.clear();
  await startOf(a, 3, 9).connect();
  assert.deepEqual(await rulesOf(a.ingest), []);
  await startOf(a, 4, 9).connect();
  assert.deepEqual(await rulesOf(a.ingest), []);
  await startOf(a, 3, 9).connect();
  assert.deepEqual(await rulesOf(a.ingest), ["agent-clone"]);
});
