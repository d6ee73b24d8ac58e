import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENT_SCHEMA, AGENT_SCHEMA_WITHOUT_POLICIES } from "../../sdk/gap.ts";
import { schemaHash } from "../../sdk/table.ts";
import { openControl } from "../control.ts";
import type { Item } from "../fanout/follower.ts";
import { batchOf, itemOf } from "./fakes.ts";
import { conservationOf, sourceOf } from "./source_status.ts";
import { openSources, type Sources } from "./sources.ts";

const boot = (n: number): Uint8Array => new Uint8Array(16).fill(n);

function frame(index: number, rows: number, run = 1): Item {
  const batch = batchOf("Syslog", { N: Array.from({ length: rows }, (_, i) => i) });
  const header = { boot: boot(run), lastTime: 50_000_000n, sealedAt: 40_000_000n };
  return itemOf({ index, batch, source: "syslog", header, hubMs: 4500 });
}

function counters(index: number, values: Readonly<Record<string, number | string>>, run = 1): Item {
  const columns = Object.entries(values).map(([name, value]) => [name, [value]] as const);
  const batch = batchOf("CustosAgent", {
    Source: ["syslog"],
    Plugin: ["syslog"],
    ...Object.fromEntries<readonly (number | string)[]>(columns),
  });
  const header = { boot: boot(run), schema: schemaHash(AGENT_SCHEMA) };
  return itemOf({ index, batch, source: "custos", header });
}

const syslog = (sources: Sources) => sources.list().find(({ source }) => source === "syslog")!;

test("openSources() counts events, gaps and where the stream stands", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  const gap = itemOf({
    index: 2,
    batch: batchOf("Gap", { Count: [1] }),
    source: "syslog",
    header: { kind: "gap", sealedAt: 40_000_000n },
    hubMs: 4500,
  });
  await sources.follower.take([frame(0, 5), frame(1, 7), gap]);
  const { plugin: _, ...status } = sourceOf(syslog(sources), { eventsPerSecond: 3, host: "h" });
  assert.deepEqual(status, {
    agent: "a",
    source: "syslog",
    host: "h",
    tables: ["Syslog", "Gap"],
    events: 12,
    eventsPerSecond: 3,
    lastEvent: "1970-01-01T00:00:05.000Z",
    lastSeen: "1970-01-01T00:00:04.500Z",
    lagMs: 500,
    epoch: 1,
    lastSeq: 2,
    gaps: 1,
    conservation: null,
  });
});

test("openSources() counts on after a restart, from the entry that was saved, each event once", async () => {
  const control = openControl(":memory:");
  const first = openSources(control, () => 0);
  await first.follower.take([frame(0, 5)]);
  first.save();
  await first.follower.take([frame(1, 100)]);
  const second = openSources(control, () => 0);
  assert.equal(second.follower.next, 1);
  assert.equal(syslog(second).events, 5);
  await second.follower.take([frame(1, 100)]);
  assert.equal(syslog(second).events, 105);
});

test("conservationOf() accounts for every event read, ahead of the ledger or behind it", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  const filtered = { Filtered: 1, FilteredBy: "owned_channels=1" };
  const values = { Read: 30, Sealed: 20, InFlight: 4, Shed: 3, Quarantined: 2, ...filtered };
  await sources.follower.take([frame(0, 12), counters(1, values)]);
  const behind = conservationOf(syslog(sources))!;
  assert.deepEqual({ ...behind, at: "" }, {
    at: "",
    read: 30,
    stored: 12,
    inFlight: 12,
    shed: 3,
    quarantined: 2,
    filtered: 1,
    filteredBy: { owned_channels: 1 },
    unknown: 0,
    holds: true,
  });
  await sources.follower.take([frame(2, 100)]);
  const ahead = conservationOf(syslog(sources))!;
  assert.deepEqual([ahead.stored, ahead.inFlight, ahead.holds], [20, 4, true]);
});

test("openSources() counts what agents of 0.2.0 tell, which name no policy", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  const { frame: told, ...item } = counters(0, { Read: 3, Sealed: 2, Filtered: 1 });
  assert.ok(told !== undefined);
  const header = { ...told.header, schema: schemaHash(AGENT_SCHEMA_WITHOUT_POLICIES) };
  await sources.follower.take([{ ...item, frame: { ...told, header } }]);
  const { read, filtered, filteredBy } = conservationOf(syslog(sources))!;
  assert.deepEqual([read, filtered, filteredBy], [3, 1, {}]);
});

test("conservationOf() says when events are missing or appear from nowhere", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  await sources.follower.take([frame(0, 10), counters(1, { Read: 12, Sealed: 10 })]);
  const missing = conservationOf(syslog(sources))!;
  assert.deepEqual([missing.unknown, missing.holds], [2, false]);
  await sources.follower.take([counters(2, { Read: 9, Sealed: 10 })]);
  assert.equal(conservationOf(syslog(sources))!.holds, false);
});

test("conservationOf() counts the agent's newest run alone", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  await sources.follower.take([
    frame(0, 10, 1),
    frame(1, 3, 2),
    counters(2, { Read: 5, Sealed: 5 }, 2),
  ]);
  const { stored, inFlight, holds } = conservationOf(syslog(sources))!;
  assert.deepEqual([stored, inFlight, holds], [3, 2, true]);
});

test("conservationOf() takes no restart of an agent for a loss, whichever comes first", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  const values = { Read: 10, Sealed: 10, Acked: 10 };
  await sources.follower.take([frame(0, 10, 1), counters(1, values, 1)]);
  // Frames of the new run before its counters: the old run is still whole.
  await sources.follower.take([frame(2, 4, 2)]);
  const before = conservationOf(syslog(sources))!;
  assert.deepEqual([before.read, before.stored, before.inFlight, before.holds], [10, 10, 0, true]);
  await sources.follower.take([counters(3, { Read: 9, Sealed: 6, InFlight: 3, Acked: 4 }, 2)]);
  const after = conservationOf(syslog(sources))!;
  assert.deepEqual([after.read, after.stored, after.inFlight, after.holds], [9, 4, 5, true]);
  // Counters of a third run before any of its frames.
  await sources.follower.take([counters(4, { Read: 2, Sealed: 2 }, 3)]);
  const third = conservationOf(syslog(sources))!;
  assert.deepEqual([third.read, third.stored, third.inFlight, third.holds], [2, 0, 2, true]);
  assert.equal(syslog(sources).events, 14);
});

test("conservationOf() says when the ledger lacks what it has acknowledged", async () => {
  const sources = openSources(openControl(":memory:"), () => 0);
  await sources.follower.take([
    frame(0, 6),
    counters(1, { Read: 12, Sealed: 10, InFlight: 2, Acked: 9 }),
  ]);
  const { stored, inFlight, unknown, holds } = conservationOf(syslog(sources))!;
  assert.deepEqual([stored, inFlight, unknown, holds], [6, 3, 3, false]);
});
