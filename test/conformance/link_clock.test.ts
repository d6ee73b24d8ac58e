/**
 * How far an agent's clock is from the hub's: measured on the link with two virtual clocks.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openControl } from "../../hub/control.ts";
import { openDetect } from "../../hub/detect/detect.ts";
import { type ClockNote, readIngestNote } from "../../hub/ingest/entries.ts";
import { listAgents } from "../../hub/ingest/agents.ts";
import { decodeMessage, encodeMessage, type MessageOf } from "../../sdk/wire/link.ts";
import { Wire } from "./link_wire.ts";

const MINUTE = 60_000;

/** A hub and an agent whose clock is off; messages take as long as is said. */
class Clocks {
  readonly wire = new Wire();
  /** The agent's clock less the hub's. */
  offMs = 0;

  constructor() {
    this.wire.ingest.time = Date.UTC(2026, 0, 1);
    Object.assign(this.wire.context, { clock: () => this.wire.ingest.time + this.offMs });
  }

  /** A minute goes by, then the hub asks; gives its question. */
  asked(): MessageOf<"time"> | undefined {
    this.wire.ingest.time += MINUTE;
    this.wire.heard = [];
    this.wire.session.tick();
    const sent = this.wire.outbox.splice(0).map((bytes) => decodeMessage(bytes));
    return sent.find((message): message is MessageOf<"time"> => message.type === "time");
  }

  /** One measurement, with so long a way to the agent and back. */
  async measure(thereMs = 0, backMs = 0): Promise<this> {
    const question = this.asked();
    assert.ok(question !== undefined);
    this.wire.ingest.time += thereMs;
    const time = this.wire.ingest.time + this.offMs;
    this.wire.ingest.time += backMs;
    await this.wire.say(encodeMessage({ type: "timeok", id: question.id, time }));
    return this;
  }

  get notes(): readonly ClockNote[] {
    return this.wire.ingest.ledger.entries.flatMap(({ kind, payload }) => {
      const note = kind === "note" ? readIngestNote(payload) : undefined;
      return note?.note === "clock" ? [note] : [];
    });
  }

  get measured(): readonly (readonly [number, number])[] {
    return this.notes.map(({ offsetMs, boundMs }) => [offsetMs, boundMs]);
  }

  /** What the detectors find in the whole ledger. */
  async found(): Promise<readonly string[]> {
    await using control = openControl(":memory:");
    await using detect = openDetect({ control, rules: [] });
    await detect.take(
      this.wire.ingest.ledger.entries.filter(({ kind }) => kind !== "frame")
        .map(({ index, kind, payload }) => ({ index, kind, payload, hubTime: BigInt(index) })),
    );
    return detect.findings(0, 100).map(({ finding: { rule, kind } }) => `${rule} ${kind}`);
  }
}

async function connected(offMs: number): Promise<Clocks> {
  const clocks = new Clocks();
  clocks.offMs = offMs;
  await clocks.wire.connect();
  clocks.wire.session.tick();
  await clocks.wire.run();
  return clocks;
}

test("the agent answers; the first measurement is noted and shown with the agent", async () => {
  const clocks = await connected(-250);
  assert.deepEqual(clocks.measured, [[-250, 0]]);
  const [agent] = listAgents(clocks.wire.ingest);
  assert.deepEqual(agent?.clock, {
    offsetMs: -250,
    boundMs: 0,
    at: new Date(clocks.notes[0]!.at).toISOString(),
  });
});

test("the truth is within the bound, whichever way is the slow one", async () => {
  for (const [there, back] of [[0, 800], [800, 0], [400, 400], [1, 0]] as const) {
    for (const offMs of [-70_000, -900, 0, 900, 70_000]) {
      const clocks = await connected(0);
      clocks.offMs = offMs;
      // Wide enough apart to be noted.
      clocks.wire.ingest.index.clocks.clear();
      await clocks.measure(there, back);
      const { offsetMs, boundMs } = clocks.notes.at(-1)!;
      assert.ok(Math.abs(offsetMs - offMs) <= boundMs, `${there} ${back} ${offMs}`);
      assert.equal(boundMs, Math.ceil((there + back) / 2));
    }
  }
});

test("a clock beyond the limit is an alert, and its end is told", async () => {
  const clocks = await connected(0);
  assert.deepEqual(await clocks.found(), []);
  clocks.offMs = 1001;
  await clocks.measure();
  assert.deepEqual(await clocks.found(), ["agent-clock hit"]);
  clocks.offMs = 1000;
  await clocks.measure();
  assert.deepEqual(await clocks.found(), ["agent-clock hit", "agent-clock ended"]);
  clocks.offMs = -1001;
  await clocks.measure();
  assert.equal((await clocks.found()).at(-1), "agent-clock hit");
});

test("a slow link is no wrong clock", async () => {
  const clocks = await connected(0);
  await clocks.measure(4000, 0);
  assert.equal(clocks.notes.length, 1);
  clocks.offMs = 1500;
  await clocks.measure(600, 600);
  assert.deepEqual(await clocks.found(), []);
  // So slow that it says nothing.
  clocks.offMs = 90_000;
  await clocks.measure(10_001, 0);
  assert.deepEqual(await clocks.found(), []);
});

test("the limit is the config's, and stands in the note", async () => {
  const clocks = new Clocks();
  Object.assign(clocks.wire.ingest, { clockLimitMs: 50 });
  clocks.offMs = 51;
  await clocks.wire.connect();
  clocks.wire.session.tick();
  await clocks.wire.run();
  assert.equal(clocks.notes[0]?.limitMs, 50);
  assert.deepEqual(await clocks.found(), ["agent-clock hit"]);
});

test("what is no news is noted once an hour; a move of half the limit at once", async () => {
  const clocks = await connected(0);
  for (let minute = 1; minute < 60; minute++) await clocks.measure(1, 1);
  assert.equal(clocks.notes.length, 1);
  await clocks.measure(1, 1);
  assert.equal(clocks.notes.length, 2);
  clocks.offMs = 400;
  await clocks.measure();
  assert.equal(clocks.notes.length, 2);
  clocks.offMs = 502;
  await clocks.measure();
  assert.equal(clocks.notes.length, 3);
});

test("it is asked once a minute, also after the hub's clock was set back", async () => {
  const clocks = await connected(0);
  clocks.wire.ingest.time += MINUTE - 1;
  clocks.wire.session.tick();
  assert.equal(clocks.wire.outbox.length, 0);
  clocks.wire.ingest.time -= 3 * MINUTE;
  assert.ok(clocks.asked() !== undefined);
});

test("an answer that nobody asked for ends the connection", async () => {
  for (const wrong of ["twice", "another"]) {
    const clocks = await connected(0);
    const question = clocks.asked();
    const id = question!.id + (wrong === "another" ? 1 : 0);
    const answer = encodeMessage({ type: "timeok", id, time: 5 });
    await clocks.wire.say(answer);
    if (wrong === "twice") await clocks.wire.say(answer);
    assert.equal(clocks.wire.bye, "protocol", wrong);
  }
});

test("an agent of 0.1.0, which tells no clock, is not asked", async () => {
  const clocks = new Clocks();
  Object.assign(clocks.wire.context, { clock: undefined });
  await clocks.wire.connect();
  assert.equal(clocks.asked(), undefined);
});
