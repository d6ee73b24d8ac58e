import assert from "node:assert/strict";
import { test } from "node:test";
import { announce, openLink } from "../../agent/send/link_state.ts";
import { nextFrames } from "../../agent/send/next_frames.ts";
import { readEpochEntry } from "../../hub/ingest/entries.ts";
import { openSession } from "../../hub/ingest/session.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import { schemaHash, schemaJson } from "../../sdk/table.ts";
import {
  decodeMessage,
  encodeMessage,
  HEAD_EVERY_MS,
  isFrame,
  type Message,
  streamIdOf,
} from "../../sdk/wire/link.ts";
import { FakeLedger, makeAgent, SCHEMA, seal } from "./link_fakes.ts";
import { Wire, wired } from "./link_wire.ts";

test("frames that are wrong are refused by code", async () => {
  const flip = (at: number) => (bytes: Uint8Array): Uint8Array => {
    bytes[at]! ^= 1;
    return bytes;
  };
  const at = { name: "a", epoch: 1, seq: 0 };
  const same = (bytes: Uint8Array): Uint8Array => bytes;
  const stranger = makeAgent();
  const unknown = schemaHash({ ...SCHEMA, name: "Other" });
  type Row = [string, Parameters<typeof seal>[2], (bytes: Uint8Array) => Uint8Array, string];
  const table: readonly Row[] = [
    ["signature", {}, flip(330), "signature"],
    ["a signed byte", {}, flip(150), "chain"],
    ["body", {}, (bytes) => flip(bytes.length - 1)(bytes), "hash"],
    ["previous", { fields: { previous: new Uint8Array(32).fill(1) } }, same, "chain"],
    ["epoch", { fields: { epoch: 3 } }, same, "epoch"],
    ["seq", { fields: { seq: 5, dictionarySeq: 5 } }, same, "sequence"],
    ["key", { fields: { keyId: new Uint8Array(8) } }, same, "signature"],
    ["schema", { fields: { schema: unknown } }, same, "schema-unknown"],
    ["stream", { fields: { stream: new Uint8Array(8) } }, same, "epoch"],
    ["agent", { fields: { agent: stranger.id } }, same, "bye agent"],
    ["magic", {}, flip(4), "bye frame-version"],
    ["length", {}, (bytes) => bytes.subarray(0, bytes.length - 1), "bye frame"],
  ];
  for (const [name, wrong, change, code] of table) {
    const wire = await wired(0);
    await wire.say(change(seal(wire.spool.agent, at, wrong)));
    assert.equal(wire.codes[0] ?? `bye ${wire.bye}`, code, name);
    assert.equal(wire.ingest.ledger.framesOf("a").length, 0, name);
  }
});

test("after a frame in the wrong place, those behind it are dropped without a word", async () => {
  const wire = await wired(1);
  const ahead = (seq: number) =>
    seal(wire.spool.agent, { name: "a", epoch: 1, seq }, { fields: { dictionarySeq: seq } });
  for (const seq of [3, 4, 5]) wire.session.receive(ahead(seq));
  for (let i = 0; i < 20; i++) await Promise.resolve();
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.codes.length, 1);
});

test("the handshake refuses by code", async () => {
  const known = makeAgent();
  const hello = (wire: Wire) => openLink(wire.context, new Uint8Array(32).fill(3)).link.helloBytes;
  const fresh = (agent = known) => {
    const wire = new Wire(agent);
    const sent: Message[] = [];
    const session = openSession(wire.ingest, {
      send: (bytes) => sent.push(decodeMessage(bytes)),
      end: () => {},
    });
    return { wire, sent, session };
  };
  const auth = encodeMessage({ type: "auth", signature: new Uint8Array(64).fill(1) });
  const code = (sent: Message[]) => sent.map((m) => m.type === "bye" ? m.code : m.type);

  const early = fresh();
  early.session.receive(auth);
  assert.deepEqual(code(early.sent), ["protocol"]);

  const frameFirst = fresh();
  frameFirst.session.receive(seal(known, { name: "a", epoch: 1, seq: 0 }));
  assert.deepEqual(code(frameFirst.sent), ["protocol"]);

  const wrong = fresh();
  wrong.session.receive(hello(wrong.wire));
  wrong.session.receive(auth);
  assert.deepEqual(code(wrong.sent), ["challenge", "auth"]);

  const unknown = fresh();
  unknown.wire.ingest.index.agents.clear();
  unknown.session.receive(hello(unknown.wire));
  unknown.session.receive(auth);
  assert.deepEqual(code(unknown.sent), ["challenge", "agent"]);

  const rubbish = fresh();
  rubbish.session.receive(new Uint8Array([1, 2, 3]));
  assert.deepEqual(code(rubbish.sent), ["message-msgpack"]);
});

test("a recorded handshake does not work a second time", async () => {
  const wire = await wired(0);
  const said = wire.did("send").map((a) => a.bytes);
  const sent: Message[] = [];
  const replay = openSession(wire.ingest, {
    send: (bytes) => sent.push(decodeMessage(bytes)),
    end: () => {},
  });
  replay.receive(said[0]!);
  replay.receive(said[1]!);
  assert.equal(sent.at(-1)?.type, "bye");
  assert.equal(replay.agent, undefined);
});

test("a second connection of an agent ends the first, which then can record nothing", async () => {
  const wire = await wired(0);
  const [first, ended] = [wire.session, wire.ended];
  await wire.connect();
  assert.deepEqual(ended, ["superseded"]);
  first.receive(seal(wire.spool.agent, { name: "a", epoch: 1, seq: 0 }));
  assert.equal(wire.ingest.ledger.framesOf("a").length, 0);
  assert.equal(wire.ingest.connected.size, 1);
  first.closed();
  assert.equal(wire.ingest.connected.size, 1);
});

test("a full disk pauses the stream, and the same frame goes out again", async () => {
  const wire = await wired(1);
  wire.ingest.ledger.failure.append = Object.assign(new Error("full"), { code: "full" });
  wire.spool.add("a");
  await wire.run();
  assert.deepEqual(wire.codes, ["full"]);
  delete wire.ingest.ledger.failure.append;
  await wire.run();
  assert.equal(wire.ingest.ledger.framesOf("a").length, 1);
  wire.ingest.time += 5000;
  await wire.run();
  assert.equal(wire.ingest.ledger.framesOf("a").length, 2);
  assert.equal(wire.ingest.fatal.length, 0);
});

test("an agent that sends nothing but rubbish is sent away for a minute", async () => {
  const wire = await wired(0);
  wire.replacesRefused = false;
  const at = { name: "a", epoch: 1, seq: 0 };
  for (let i = 0; i < 40; i++) {
    wire.session.receive(seal(wire.spool.agent, at, { raw: new Uint8Array([1, 2, i]) }));
  }
  await wire.run();
  assert.equal(wire.bye, "refused");
  assert.equal(wire.did("close")[0]?.retryMs, 60_000);
  assert.equal(wire.ingest.refused.length, 32);
});

test("a checkpoint that the hub's key has not signed closes the link", async () => {
  const wire = await wired(0);
  const [welcome] = wire.of("welcome");
  const stranger = new FakeLedger();
  wire.hear({ type: "ack", streams: [], checkpoint: stranger.checkpoint.note, credit: 0 });
  assert.equal(wire.did("doubt")[0]?.doubt.code, "checkpoint");
  assert.equal(wire.link.phase, "closed");
  assert.ok(welcome);
});

test("a checkpoint with fewer entries than one before is a fork", async () => {
  const wire = await wired(0);
  const early = wire.ingest.ledger.checkpoint.note;
  wire.spool.add("a");
  await wire.run();
  wire.hear({ type: "ack", streams: [], checkpoint: early, credit: 0 });
  assert.equal(wire.did("doubt")[0]?.doubt.code, "fork");
});

test("an ack for what was never sent closes the link and trims nothing", async () => {
  const wire = await wired(1);
  wire.spool.add("a");
  const acked = { stream: streamIdOf("a"), epoch: 1, seq: 7 };
  const checkpoint = wire.ingest.ledger.checkpoint.note;
  wire.hear({ type: "ack", streams: [acked], checkpoint, credit: 0 });
  assert.equal(wire.did("close")[0]?.code, "protocol");
  assert.equal(wire.spool.heldFrames, 1);
});

test("a schema of a known name with another type is refused, and so are its frames", async () => {
  const wire = await wired(1);
  const other = { ...SCHEMA.columns, Line: { ...SCHEMA.columns["Line"]!, type: "long" as const } };
  const schema = { ...SCHEMA, columns: other };
  const hash = schemaHash(schema);
  await wire.say(encodeMessage({ type: "schema", hash, json: schemaJson(schema) }));
  wire.spool.add("a", { fields: { schema: hash } });
  await wire.run();
  assert.deepEqual(wire.codes, ["schema-conflict"]);
  assert.equal(wire.ingest.ledger.entries.filter((e) => e.kind === "schema").length, 1);
});

test("a schema whose hash is not its own is refused", async () => {
  const wire = await wired(0);
  const hash = new Uint8Array(32).fill(1);
  await wire.say(encodeMessage({ type: "schema", hash, json: '["A","T","normal",[]]' }));
  wire.spool.add("a", { fields: { schema: hash } });
  await wire.run();
  assert.deepEqual(wire.codes, ["schema-form"]);
});

test("an epoch under a name that is not the stream's ends the connection", async () => {
  const wire = await wired(0);
  const asked = { stream: streamIdOf("b"), name: "c", plugin: "test", reason: "test", epoch: 1 };
  await wire.say(encodeMessage({ type: "epoch", ...asked }));
  assert.equal(wire.bye, "stream");
  assert.equal(wire.ingest.index.streams.size, 1);
});

test("an epoch entry tells what was announced before, so that a cut tail shows", async () => {
  const wire = await wired(1);
  wire.ingest.limit = { windowBytes: 0, bytesPerSecond: 1e9 };
  wire.session.end("test");
  await wire.connect();
  wire.spool.add("a");
  wire.spool.add("a");
  wire.ingest.time += HEAD_EVERY_MS;
  wire.act(announce(wire.link));
  const asked = { stream: streamIdOf("a"), name: "a", plugin: "test", reason: "spool cut" };
  await wire.say(encodeMessage({ type: "epoch", ...asked, epoch: 2 }));
  const entry = wire.ingest.ledger.entries.findLast((e) => e.kind === "epoch");
  const fence = readEpochEntry(entry?.payload ?? new Uint8Array());
  assert.equal(fence?.before?.next, 1);
  assert.equal(fence?.announced?.next, 3);
});

test("streams take turns: audit first, bulk not starved", async () => {
  const wire = await wired(0);
  wire.ingest.limit = { windowBytes: 0, bytesPerSecond: 1e9 };
  wire.session.end("test");
  for (const name of ["a", "b", "c"]) {
    if (name !== "a") wire.spool.open(name, 1, name === "b" ? "bulk" : "audit");
    for (let i = 0; i < 20; i++) wire.spool.add(name);
  }
  await wire.connect();
  wire.link.credit = 1e9;
  const bytes =
    wire.spool.frame({ stream: hexOf(streamIdOf("a")), epoch: 1, seq: 0 })!.bytes.length;
  const names = nextFrames(wire.link, 0, 14 * bytes).filter(isFrame)
    .map((b) => ["a", "b", "c"].find((n) => hexOf(streamIdOf(n)) === hexOf(b.subarray(40, 48))));
  assert.equal(names.join(""), "ccccaabccccaab");
});
