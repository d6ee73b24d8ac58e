import assert from "node:assert/strict";
import { test } from "node:test";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { Wire, wired } from "./link_wire.ts";

/** A frame of no rows that has this cursor, or none and is not the last of its group. */
function frameOf(cursor: Uint8Array | undefined) {
  const raw = new BodyEncoder().encode({ batch: { table: "Test", rows: 0, columns: [] }, cursor });
  return { raw, fields: { rows: 0, groupLast: cursor !== undefined } };
}

/** An agent that has lost all but the first frame, and knows it. */
function reborn(wire: Wire): Wire {
  const agent = new Wire(wire.spool.agent, wire.ingest);
  agent.spool.open("a", 1);
  agent.spool.add("a", frameOf(Uint8Array.of(0)));
  agent.spool.cut.add("a");
  return agent;
}

async function wireOf(...cursors: readonly (Uint8Array | undefined)[]): Promise<Wire> {
  const wire = await wired();
  for (const cursor of cursors) wire.spool.add("a", frameOf(cursor));
  return await wire.run();
}

test("an agent that has lost frames is told the cursor of the last whole group", async () => {
  const wire = await wireOf(Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2), undefined);
  const agent = await reborn(wire).connect();
  const [needed] = agent.did("epoch").map(({ needed: one }) => one);
  assert.equal(needed?.reason, "agent-behind");
  assert.deepEqual(needed?.cursor, Uint8Array.of(2));
  assert.deepEqual(agent.did("agreed"), []);
});

test("the cursor is told also where the last epoch has no group yet", async () => {
  const wire = await wireOf(Uint8Array.of(0), Uint8Array.of(1));
  wire.spool.open("a", 2);
  await wire.run();
  const agent = await reborn(wire).connect();
  assert.deepEqual(agent.did("epoch")[0]?.needed.cursor, Uint8Array.of(1));
});

test("who has lost nothing is told no cursor, and goes on", async () => {
  const wire = await wireOf(Uint8Array.of(0));
  const agent = await reborn(wire).connect();
  assert.deepEqual(agent.did("agreed").length, 1);
  assert.deepEqual(agent.did("epoch"), []);
  const other = new Wire(wire.spool.agent, wire.ingest);
  other.spool.open("a", 1);
  await other.connect();
  assert.equal(other.of("welcome")[0]?.streams[0]?.cursor, undefined);
  assert.equal(other.did("epoch")[0]?.needed.cursor, undefined);
});
