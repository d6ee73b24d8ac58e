import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { openLink, receive } from "../../agent/send/link_state.ts";
import { nextFrames } from "../../agent/send/next_frames.ts";
import { snapshotOf } from "../../hub/ingest/index_snapshot.ts";
import { loadIndex } from "../../hub/ingest/load_index.ts";
import { hexOf, RECENT_FRAMES } from "../../hub/ingest/stream_index.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { encodeMessage, isFrame, streamIdOf } from "../../sdk/wire/link.ts";
import { FakeLedger, LOG_ID, makeContext, makeIngest, seal } from "./link_fakes.ts";
import { Wire, wired } from "./link_wire.ts";

const stateOf = (wire: Wire, name = "a") =>
  wire.ingest.index.streams.get(`${hexOf(wire.context.agent)}/${hexOf(streamIdOf(name))}`);

test("frames go from the spool into the ledger, in order, and are trimmed", async () => {
  const wire = await wired(5);
  const frames = wire.ingest.ledger.framesOf("a");
  assert.equal(frames.length, 5);
  assert.equal(wire.spool.heldFrames, 0);
  assert.deepEqual(wire.ingest.recorded.map((r) => r.header.seq), [0, 1, 2, 3, 4]);
  assert.equal(wire.ingest.recorded[0]?.batch.rows, 1);
  assert.equal(wire.ingest.recorded[0]?.source, "a");
  assert.equal(wire.context.seen?.size, wire.ingest.ledger.size);
});

test("rule 1: nothing is acknowledged before the ledger is durable", async () => {
  const wire = await wired(0);
  wire.ingest.ledger.hold();
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.ingest.ledger.framesOf("a").length, 1);
  assert.equal(wire.of("ack").length, 0);
  wire.ingest.ledger.release();
  await wire.run();
  assert.equal(wire.of("ack").at(-1)?.streams[0]?.seq, 0);
});

test("rule 1: a commit that fails acknowledges nothing and stops the hub", async () => {
  const wire = await wired(0);
  wire.ingest.ledger.failure.commit = new Error("EIO");
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.of("ack").length, 0);
  assert.equal(wire.ingest.fatal.length, 1);
  assert.equal(wire.bye, "hub");
});

test("rule 1: one commit acknowledges many frames in one message", async () => {
  const wire = await wired(0);
  wire.ingest.ledger.hold();
  for (let i = 0; i < 10; i++) wire.spool.add("a");
  await wire.run();
  wire.ingest.ledger.release();
  await wire.run();
  // The first frame starts a commit, the other nine gather for the next.
  assert.deepEqual(wire.of("ack").map((m) => m.streams[0]?.seq), [0, 9]);
});

test("rule 2: an agent that has lost frames opens a higher epoch", async () => {
  const wire = await wired(3);
  const reborn = new Wire(wire.spool.agent, wire.ingest);
  reborn.spool.open("a", 1);
  reborn.spool.add("a");
  await reborn.connect();
  assert.equal(reborn.did("epoch")[0]?.needed.reason, "agent-behind");
  assert.equal(reborn.did("epoch")[0]?.needed.above, 1);
  assert.deepEqual(reborn.did("epoch")[0]?.needed.held, { epoch: 1, next: 1 });
  reborn.spool.add("a");
  await reborn.run();
  assert.equal(stateOf(reborn)?.epoch, 2);
  assert.equal(reborn.ingest.ledger.framesOf("a").length, 4);
});

test("rule 3: after an epoch is opened, frames of older ones are refused", async () => {
  const wire = await wired(2);
  wire.spool.open("a", 2);
  await wire.run();
  assert.equal(stateOf(wire)?.epoch, 2);
  const previous = frameHash(wire.ingest.ledger.framesOf("a")[1]!);
  const late = seal(wire.spool.agent, { name: "a", epoch: 1, seq: 2 }, { fields: { previous } });
  await wire.say(late);
  assert.deepEqual(wire.codes, ["epoch"]);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 2);
});

test("rule 3: an epoch is not opened while frames of the one before are not acknowledged", async () => {
  const wire = await wired(0);
  wire.ingest.ledger.hold();
  wire.spool.add("a");
  wire.spool.open("a", 2);
  wire.spool.add("a");
  await wire.run();
  assert.equal(stateOf(wire)?.epoch, 1);
  wire.ingest.ledger.release();
  await wire.run();
  assert.equal(stateOf(wire)?.epoch, 2);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 2);
});

test("rule 3: an epoch that is not above the hub's is refused, and names the lowest", async () => {
  const wire = await wired(1);
  const asked = { stream: streamIdOf("a"), name: "a", plugin: "test", reason: "test" };
  await wire.say(encodeMessage({ type: "epoch", ...asked, epoch: 1 }));
  assert.equal(wire.of("nack")[0]?.code, "epoch");
  assert.equal(wire.of("nack")[0]?.expect, 2);
});

test("rule 3: an epoch whose answer was lost is answered again, without a second fence", async () => {
  const wire = await wired(0);
  const asked = { stream: streamIdOf("a"), name: "a", plugin: "test", reason: "test" };
  await wire.say(encodeMessage({ type: "epoch", ...asked, epoch: 1 }));
  assert.equal(wire.of("epochok").length, 2);
  assert.equal(wire.ingest.ledger.entries.filter((e) => e.kind === "epoch").length, 1);
});

test("rule 4: no frame goes out before the welcome and the epoch's answer", async () => {
  const wire = new Wire();
  wire.spool.open("a", 1);
  wire.spool.add("a");
  const { link } = openLink(wire.context, new Uint8Array(32));
  assert.equal(nextFrames(link, 0, 1e9).length, 0);
  wire.ingest.ledger.hold();
  await wire.connect();
  assert.equal(nextFrames(wire.link, 0, 1e9).length, 0);
  wire.ingest.ledger.release();
});

test("rule 4: a welcome for another hello is ignored", async () => {
  const wire = await wired(0);
  const [welcome] = wire.of("welcome");
  const { link } = openLink(wire.context, new Uint8Array(32).fill(99));
  const challenge = { hello: new Uint8Array(32).fill(99), nonce: new Uint8Array(32), time: 0 };
  receive(link, { type: "challenge", ...challenge }, 0);
  assert.equal(link.phase, "auth");
  assert.deepEqual(receive(link, welcome!, 0), []);
  assert.equal(link.credit, 0);
});

test("rule 4: credit is bytes of frames, and the hub ends a connection that exceeds it", async () => {
  const wire = await wired(0);
  const frame = wire.spool.add("a");
  wire.ingest.limit = { windowBytes: 0, bytesPerSecond: 1e9 };
  wire.session.end("test");
  await wire.connect();
  assert.equal(wire.ingest.ledger.framesOf("a").length, 0);
  assert.equal(nextFrames(wire.link, 0, 1e9).length, 0);
  await wire.say(frame);
  assert.equal(wire.bye, "credit");
});

test("rule 4: a frame that the credit does not cover waits, whole, and lets no other pass", async () => {
  const wire = await wired(0);
  wire.spool.open("b", 1);
  await wire.run();
  const raw = new Uint8Array(randomBytes(2000));
  wire.link.credit = wire.link.sentBytes + 1000;
  wire.spool.add("a", { raw });
  wire.spool.add("b");
  wire.link.served.set(hexOf(streamIdOf("b")), 1);
  assert.equal(nextFrames(wire.link, 0, 1e9).filter(isFrame).length, 0);
  wire.link.credit = wire.link.sentBytes + 5000;
  assert.equal(nextFrames(wire.link, 0, 1e9).filter(isFrame).length, 2);
});

test("rule 4: the quota lets bytes go as time passes", async () => {
  const wire = await wired(0);
  const bytes = wire.spool.add("a").length;
  for (let i = 0; i < 4; i++) wire.spool.add("a");
  wire.ingest.limit = { windowBytes: bytes, bytesPerSecond: bytes };
  wire.session.end("test");
  await wire.connect();
  assert.equal(wire.ingest.ledger.framesOf("a").length, 1);
  for (let second = 2; second <= 5; second++) {
    wire.ingest.time += 1000;
    wire.session.tick();
    await wire.run();
    assert.equal(wire.ingest.ledger.framesOf("a").length, second);
  }
});

test("rule 5: after a lost ack the welcome's tail trims the spool", async () => {
  const wire = await wired(0);
  wire.ingest.ledger.hold();
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.spool.heldFrames, 1);
  wire.ingest.ledger.release();
  await wire.connect();
  assert.equal(wire.spool.heldFrames, 0);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 1);
  assert.equal(wire.did("epoch").length, 0);
});

test("rule 5: a tail that is not ours trims nothing and calls for a new epoch", async () => {
  const wire = await wired(2);
  const other = new Wire(wire.spool.agent, wire.ingest);
  other.spool.open("a", 1);
  other.spool.add("a", { fields: { monotonic: 5n } });
  other.spool.add("a");
  other.spool.add("a");
  await other.connect();
  assert.equal(other.did("epoch")[0]?.needed.reason, "tail");
  assert.equal(other.did("epoch")[0]?.needed.held, undefined);
  assert.equal(stateOf(other)?.epoch, 2);
  assert.equal(other.ingest.ledger.framesOf("a").length, 5);
});

test("rule 5: a hub that has lost acknowledged frames is not sent a hole", async () => {
  const wire = await wired(3);
  const ingest = makeIngest();
  const after = new Wire(wire.spool.agent, ingest);
  const context = makeContext(wire.spool.agent, wire.spool, ingest.ledger);
  Object.assign(after, { spool: wire.spool, context });
  wire.spool.add("a");
  await after.connect();
  assert.equal(after.did("epoch")[0]?.needed.reason, "hub-lost");
});

test("rule 6: a repeated frame is acknowledged again and recorded once", async () => {
  const wire = await wired(2);
  const frames = wire.ingest.ledger.framesOf("a");
  await wire.say(frames[0]!);
  await wire.say(frames[1]!);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 2);
  assert.equal(wire.codes.length, 0);
  assert.equal(wire.of("ack").at(-1)?.streams[0]?.seq, 1);
});

test("rule 6: a second signed frame for one place is refused, noted and told", async () => {
  const wire = await wired(2);
  const second = seal(wire.spool.agent, { name: "a", epoch: 1, seq: 0 }, {
    fields: { monotonic: 9n },
  });
  await wire.say(second);
  assert.deepEqual(wire.codes, ["equivocation"]);
  assert.equal(wire.ingest.equivocations[0]?.hash, hexOf(frameHash(second)));
  assert.equal(wire.ingest.ledger.entries.at(-1)?.kind, "epoch");
  assert.equal(wire.did("epoch")[0]?.needed.reason, "equivocation");
});

test("rule 6: a repeated frame that is too old to compare is not acknowledged", async () => {
  const wire = await wired(RECENT_FRAMES + 1);
  await wire.say(wire.ingest.ledger.framesOf("a")[0]!);
  assert.deepEqual(wire.codes, ["sequence"]);
  assert.equal(wire.of("nack")[0]?.expect, RECENT_FRAMES + 1);
});

test("rule 6: a second frame without a good signature proves nothing", async () => {
  const wire = await wired(2);
  const forged = seal(wire.spool.agent, { name: "a", epoch: 1, seq: 0 }, {
    fields: { monotonic: 9n },
  });
  forged[330]! ^= 1;
  await wire.say(forged);
  assert.deepEqual(wire.codes, ["sequence"]);
  assert.equal(wire.ingest.equivocations.length, 0);
});

test("rule 6: the index that is read from the ledger is the one that was built live", async () => {
  const wire = await wired(4);
  wire.spool.open("a", 2);
  wire.spool.open("b", 1, "audit");
  wire.spool.add("b");
  wire.spool.add("a", { raw: new Uint8Array([1, 2, 3]) });
  wire.spool.add("a");
  await wire.run();
  const live = snapshotOf(wire.ingest.index, hexOf(LOG_ID));
  const strip = (text: string) => text.replace(/"(lastTime|announcedAt)":"\d+"/g, "");
  const read = await loadIndex(wire.ingest.ledger, hexOf(LOG_ID), undefined);
  assert.equal(strip(snapshotOf(read, hexOf(LOG_ID))), strip(live));
  const restored = await loadIndex(wire.ingest.ledger, hexOf(LOG_ID), live);
  assert.equal(snapshotOf(restored, hexOf(LOG_ID)), live);
});

test("a snapshot of another log, ahead of the ledger or damaged is not used", async () => {
  const wire = await wired(2);
  const good = snapshotOf(wire.ingest.index, hexOf(LOG_ID));
  const empty = new FakeLedger();
  for (const text of [snapshotOf(wire.ingest.index, "00"), good.slice(1), "{}", good]) {
    const index = await loadIndex(empty, hexOf(LOG_ID), text);
    assert.equal(index.agents.size, 0);
  }
});

test("rule 7: a frame that never will be taken is noted, and nothing behind it is", async () => {
  const wire = await wired(1);
  wire.replacesRefused = false;
  wire.ingest.ledger.hold();
  const bad = wire.spool.add("a", { raw: new Uint8Array([1, 2, 3]) });
  wire.spool.add("a");
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.did("refused").length, 0);
  wire.ingest.ledger.release();
  await wire.run();
  const [refused] = wire.did("refused");
  assert.ok(refused);
  assert.equal(refused.refused.seq, 1);
  assert.equal(refused.refused.code, "body");
  assert.equal(hexOf(refused.refused.hash), hexOf(frameHash(bad)));
  assert.equal(wire.ingest.refused[0]?.rows, 1);
  assert.deepEqual(wire.codes, ["body"]);
  assert.equal(nextFrames(wire.link, 0, 1e9).length, 0);
  wire.spool.add("a");
  assert.equal(nextFrames(wire.link, 0, 1e9).length, 0);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 1);
  assert.equal(wire.spool.heldFrames, 4);
});

test("rule 7: replaced in a new epoch, the stream goes on: nothing is lost or doubled", async () => {
  const wire = await wired(1);
  for (const wrong of [{}, { raw: new Uint8Array([1, 2, 3]) }, {}, {}]) wire.spool.add("a", wrong);
  await wire.run();
  assert.equal(wire.spool.heldFrames, 0);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 5);
  assert.equal(stateOf(wire)?.epoch, 2);
  assert.equal(stateOf(wire)?.next, 3);
  assert.equal(wire.ingest.refused.length, 1);
});

test("rule 7: what was told first arrives first: ack, then refusal", async () => {
  const wire = await wired(1);
  wire.replacesRefused = false;
  wire.spool.open("b", 1);
  await wire.run();
  wire.ingest.ledger.hold();
  wire.spool.add("b");
  await wire.run();
  wire.heard = [];
  wire.spool.add("a");
  wire.spool.add("a", { raw: new Uint8Array([1, 2, 3]) });
  await wire.run();
  wire.ingest.ledger.release();
  await wire.run();
  const told = wire.heard.map((m) => m.type === "ack" ? `ack ${m.streams[0]?.seq}` : m.type);
  assert.deepEqual(told, ["ack 0", "ack 1", "nack"]);
});

test("rule 7: an agent that died before it could replace a frame is told again, noted once", async () => {
  const wire = await wired(1);
  wire.replacesRefused = false;
  wire.spool.add("a", { raw: new Uint8Array([1, 2, 3]) });
  await wire.run();
  wire.replacesRefused = true;
  await wire.connect();
  assert.equal(wire.did("refused").length, 1);
  assert.equal(wire.ingest.refused.length, 1);
  assert.equal(wire.spool.heldFrames, 0);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 2);
});

test("rule 8: a hub that gives no window gets nothing, and goes on when it does", async () => {
  const wire = await wired(0);
  wire.ingest.limit = { windowBytes: 0, bytesPerSecond: 1e9 };
  wire.session.end("test");
  await wire.connect();
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.spool.heldFrames, 1);
  wire.ingest.limit = { windowBytes: 1e6, bytesPerSecond: 1e9 };
  wire.session.tick();
  await wire.run();
  assert.equal(wire.spool.heldFrames, 0);
});
