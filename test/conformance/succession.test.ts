import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { announce } from "../../agent/send/link_state.ts";
import { CUT_DETECTOR, STATE_DETECTOR, SUCCESSION_DETECTOR } from "../../hub/detect/history.ts";
import { readEpochEntry } from "../../hub/ingest/entries.ts";
import { snapshotOf } from "../../hub/ingest/index_snapshot.ts";
import { loadIndex } from "../../hub/ingest/load_index.ts";
import { hexOf, streamKey } from "../../hub/ingest/stream_index.ts";
import { generateKeys, keyId, signer } from "../../sdk/proof/sign.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { encodeMessage, HEAD_EVERY_MS, streamIdOf } from "../../sdk/wire/link.ts";
import { encodeStatement } from "../../sdk/wire/succession.ts";
import { LOG_ID, makeIngest, seal } from "./link_fakes.ts";
import { newHost, type TestHost } from "./test_host.ts";

/** A host whose hub gives no credit; the hub has its first statement. */
async function heldBack(): Promise<TestHost> {
  const host = await newHost();
  await host.change();
  host.wire.ingest.limit = { windowBytes: 0, bytesPerSecond: 1e9 };
  await host.wire.connect();
  return host;
}

/** The hub takes frames again. */
async function flow({ wire }: TestHost): Promise<void> {
  wire.ingest.limit = { windowBytes: 1e9, bytesPerSecond: 1e9 };
  wire.session.end("test");
  await wire.connect();
}

/** What the built-in rules say of the whole ledger. */
function findings({ wire }: Pick<TestHost, "wire">): readonly string[] {
  const rules = { cut: CUT_DETECTOR, state: STATE_DETECTOR, keys: SUCCESSION_DETECTOR };
  return wire.ingest.ledger.entries.flatMap(({ index, kind, payload }) =>
    Object.entries(rules).flatMap(([name, detector]) =>
      detector.entry!({ kind, payload }, { entry: index, hubMs: 0, aliveMs: 0 }).hits
        .map(() => name)
    )
  );
}

/** Seals the frames of `a` from `from` on again, chained to what is before them. */
function rewrite({ wire }: TestHost, from: number, signing: ReturnType<typeof byKey>): void {
  const { frames } = wire.spool.newest("a");
  wire.spool.agent.signing = signing;
  for (let seq = from; seq < frames.length; seq++) {
    const before = frames[seq - 1];
    const previous = before === undefined ? new Uint8Array(32) : frameHash(before);
    const fields = { previous, monotonic: 99n };
    frames[seq] = seal(wire.spool.agent, { name: "a", epoch: 1, seq }, { fields });
  }
}

function byKey({ publicKey, privateKey }: ReturnType<typeof generateKeys>) {
  return { keyId: keyId(publicKey), sign: signer(privateKey) };
}

test("frames of many keys come in order, each statement before the frames of its key", async () => {
  const host = await newHost();
  for (let key = 0; key < 5; key++) {
    host.seal(3);
    await host.change();
  }
  host.seal(2);
  await host.wire.connect();
  assert.equal(host.wire.ingest.ledger.framesOf("a").length, 17);
  host.seal(1);
  await host.change();
  host.seal(1);
  await host.wire.run();
  const { ledger, refused } = host.wire.ingest;
  assert.equal(ledger.framesOf("a").length, 19);
  assert.equal(ledger.entries.filter(({ kind }) => kind === "succession").length, 6);
  assert.deepEqual(refused, []);
  assert.deepEqual(findings(host), []);
  // A connection later, nothing is told twice.
  host.wire.session.end("test");
  await host.wire.connect();
  assert.equal(ledger.entries.filter(({ kind }) => kind === "succession").length, 6);
});

test("an agent of 0.1.0 goes on without statements, and may begin with them at any time", async () => {
  const host = await newHost();
  const { statements } = host.wire.context;
  host.wire.context.statements = undefined;
  host.seal(3);
  await host.wire.connect();
  assert.equal(host.wire.ingest.ledger.framesOf("a").length, 3);
  host.wire.context.statements = statements;
  host.seal(2);
  await host.change();
  host.seal(2);
  host.wire.session.end("test");
  await host.wire.connect();
  assert.equal(host.wire.ingest.ledger.framesOf("a").length, 7);
  assert.deepEqual(findings(host), []);
});

test("a hub of 0.1.0 is sent nothing: it would refuse what a later key has signed", async () => {
  const host = await newHost();
  await host.change();
  host.seal(1);
  const { hear } = host.wire;
  host.wire.hear = (message) =>
    hear.call(
      host.wire,
      message.type === "welcome" ? { ...message, succession: undefined } : message,
    );
  await host.wire.connect();
  assert.equal(host.wire.did("close")[0]?.code, "hub-release");
  assert.equal(host.wire.ingest.ledger.framesOf("a").length, 0);
});

test("attack a: what was sealed under an older key cannot be sealed again by a later one", async () => {
  for (const by of ["the key in force", "the enrolled key"] as const) {
    const host = await heldBack();
    host.seal(3);
    await host.change();
    host.seal(2);
    const signing = by === "the key in force" ? host.keys : byKey(host.wire.spool.agent.keys);
    rewrite(host, 1, signing);
    host.wire.replacesRefused = false;
    await flow(host);
    assert.deepEqual(host.wire.ingest.refused.map(({ seq, code }) => [seq, code]), [[1, "key"]]);
    assert.equal(host.wire.ingest.ledger.framesOf("a").length, 1);
  }
});

test("attack a: nor what was announced, although its key is still in force", async () => {
  const host = await heldBack();
  host.seal(3);
  host.wire.ingest.time += HEAD_EVERY_MS;
  host.wire.act(announce(host.wire.link));
  await host.wire.run();
  rewrite(host, 1, host.keys);
  host.wire.replacesRefused = false;
  await flow(host);
  assert.deepEqual(host.wire.ingest.refused.map(({ seq, code }) => [seq, code]), [[2, "head"]]);
  // To go on in a new epoch is an alert.
  const epoch = { type: "epoch", stream: streamIdOf("a"), name: "a", plugin: "test" } as const;
  await host.wire.say(encodeMessage({ ...epoch, epoch: 2, reason: "refused" }));
  assert.deepEqual(findings(host), ["cut"]);
});

test("attack b: a spool trimmed below its last statement is an alert, after a hub's restart too", async () => {
  for (const restarts of [false, true]) {
    const host = await heldBack();
    host.seal(5);
    await host.change();
    await host.wire.run();
    const { ledger } = host.wire.ingest;
    const index = restarts
      ? await loadIndex(ledger, hexOf(LOG_ID), undefined)
      : host.wire.ingest.index;
    const after = await newHost(host.wire.spool.agent, makeIngest(ledger, index), host.files);
    for (const frame of host.wire.spool.newest("a").frames.slice(0, 3)) {
      after.wire.spool.newest("a").frames.push(frame);
      after.wire.spool.newest("a").wrong.push({});
    }
    after.wire.spool.open("a", 2);
    after.seal(2);
    await after.wire.connect();
    assert.deepEqual(findings(after), ["cut"]);
    const entry = ledger.entries.findLast(({ kind }) => kind === "epoch");
    const opened = readEpochEntry(entry!.payload);
    assert.equal(opened?.statement, 2);
    assert.deepEqual([opened?.before?.next, opened?.announced?.next], [3, 5]);
  }
});

test("attack b: nor below what was announced on the link since", async () => {
  const host = await heldBack();
  host.seal(4);
  host.wire.ingest.time += HEAD_EVERY_MS;
  host.wire.act(announce(host.wire.link));
  // The hub stops and knows only what is in its ledger.
  const { ledger } = host.wire.ingest;
  const index = await loadIndex(ledger, hexOf(LOG_ID), undefined);
  const after = await newHost(host.wire.spool.agent, makeIngest(ledger, index), host.files);
  after.wire.spool.newest("a").frames.push(host.wire.spool.newest("a").frames[0]!);
  after.wire.spool.newest("a").wrong.push({});
  after.wire.spool.open("a", 2);
  await after.wire.connect();
  assert.deepEqual(findings(after), ["cut"]);
});

test("attack c: a spool that is gone is an alert, with all or nothing of it at the hub", async () => {
  for (const unsent of [2, 0]) {
    const host = await heldBack();
    host.seal(3);
    await flow(host);
    host.wire.ingest.limit = { windowBytes: 0, bytesPerSecond: 1e9 };
    host.wire.session.end("test");
    host.seal(unsent);
    await host.change();
    await host.wire.connect();
    const after = await newHost(host.wire.spool.agent, host.wire.ingest, host.files);
    after.wire.spool.newest("a").frames.splice(0);
    await after.change();
    await after.wire.connect();
    assert.deepEqual(findings(after), [unsent > 0 ? "cut" : "state"]);
  }
});

test("attacks c and e: with the enrolled key alone nobody begins a second succession", async () => {
  const host = await heldBack();
  host.seal(2);
  await flow(host);
  const anew = await newHost(host.wire.spool.agent, host.wire.ingest);
  await anew.change();
  anew.wire.spool.open("a", 9);
  anew.seal(1);
  await anew.wire.connect();
  assert.equal(anew.wire.did("close")[0]?.code, "succession");
  assert.equal(anew.wire.ingest.ledger.framesOf("a").length, 2);
  assert.deepEqual(findings(anew), ["keys"]);
  // An alert, not one each minute.
  await anew.wire.connect();
  assert.deepEqual(findings(anew), ["keys"]);
});

test("attack c: an agent whose keys are gone is an alert, once, although it has none to tell of", async () => {
  const host = await heldBack();
  host.seal(2);
  await flow(host);
  const anew = await newHost(host.wire.spool.agent, host.wire.ingest);
  for (let i = 0; i < 2; i++) {
    await anew.wire.connect();
    assert.equal(anew.wire.did("close")[0]?.code, "succession");
    assert.deepEqual(findings(anew), ["keys"]);
  }
  assert.deepEqual(anew.notes("succession").map(({ code, number, held }) => [code, number, held]), [
    ["behind", 0, 1],
  ]);
});

test("attack d: of two successors of one key the ledger keeps the first, and tells of the other", async () => {
  const host = await heldBack();
  const copy = host.copy();
  await host.change();
  host.seal(1);
  await flow(host);
  const fork = await newHost(host.wire.spool.agent, host.wire.ingest, copy);
  await fork.change();
  fork.wire.spool.open("a", 7);
  fork.seal(1);
  await fork.wire.connect();
  assert.equal(fork.wire.did("close")[0]?.code, "succession");
  assert.deepEqual(host.notes("succession").map(({ code }) => code), ["number"]);
  assert.deepEqual(findings(host), ["keys"]);
  assert.equal(host.wire.ingest.ledger.framesOf("a").length, 1);
});

test("attack d: a statement that comes twice is taken once; one that leaves others out is refused", async () => {
  const host = await heldBack();
  for (let i = 0; i < 2; i++) await host.change();
  const [, last] = host.keys.statementsAfter(1)!;
  await host.wire.say(encodeMessage({ type: "statement", bytes: last! }));
  assert.equal(host.wire.bye, "succession");
  assert.deepEqual(host.notes("succession").map(({ code }) => code), ["number"]);
  await host.wire.connect();
  const count = () =>
    host.wire.ingest.ledger.entries.filter(({ kind }) => kind === "succession").length;
  assert.equal(count(), 3);
  await host.wire.say(encodeMessage({ type: "statement", bytes: last! }));
  assert.equal(count(), 3);
  assert.equal(host.notes("succession").length, 1);
});

test("attack d: an older copy of the keys is refused, whether it says a word of them or not", async () => {
  const host = await heldBack();
  const copy = host.copy();
  await host.change();
  host.seal(2);
  await flow(host);
  const old = await newHost(host.wire.spool.agent, host.wire.ingest, copy);
  const frames = host.wire.spool.newest("a").frames;
  old.wire.spool.newest("a").frames.push(...frames);
  old.wire.spool.newest("a").wrong.push({}, {});
  old.seal(1);
  await old.wire.connect();
  assert.deepEqual(findings(old), ["keys"]);
  old.wire.context.statements = undefined;
  old.wire.replacesRefused = false;
  await old.wire.connect();
  assert.deepEqual(old.wire.ingest.refused.map(({ code }) => code), ["key"]);
  assert.equal(old.wire.ingest.ledger.framesOf("a").length, 2);
});

test("attack e: a statement by another key than the one in force is refused and noted once", async () => {
  const host = await heldBack();
  const { agent } = host.wire.spool;
  const before = host.keys.succession;
  const fields = { time: 0n, publicKey: generateKeys().publicKey, heads: [] };
  const bytes = encodeStatement(before, fields, signer(agent.keys.privateKey));
  for (let i = 0; i < 3; i++) {
    await host.wire.say(encodeMessage({ type: "statement", bytes }));
    assert.equal(host.wire.bye, "succession");
    await host.wire.connect();
  }
  assert.deepEqual(host.notes("succession").map(({ code, held }) => [code, held]), [[
    "signature",
    1,
  ]]);
});

test("a statement that is kept back until its epoch is over does not hide the cut", async () => {
  const host = await heldBack();
  host.seal(4);
  await host.change();
  const [late] = host.keys.statementsAfter(1)!;
  // Root sends two of the four, goes on in a new epoch, and only then shows the statement.
  host.wire.context.statements = undefined;
  host.wire.spool.newest("a").frames.splice(2);
  await flow(host);
  host.wire.spool.open("a", 2);
  await host.wire.run();
  assert.deepEqual(findings(host), []);
  await host.wire.say(encodeMessage({ type: "statement", bytes: late! }));
  assert.deepEqual(findings(host), ["cut"]);
  const [note] = host.notes("cut");
  assert.deepEqual([note?.stated.next, note?.held?.next], [4, 2]);
});

test("heads are recorded when they are new, and not at each announcement", async () => {
  const host = await heldBack();
  host.seal(2);
  for (let i = 0; i < 5; i++) {
    host.wire.ingest.time += HEAD_EVERY_MS;
    host.wire.act(announce(host.wire.link));
  }
  assert.equal(host.notes("heads").length, 1);
  await flow(host);
  host.wire.ingest.time += HEAD_EVERY_MS;
  host.wire.act(announce(host.wire.link));
  assert.equal(host.notes("heads").length, 1);
});

test("the keys and heads that are read from the ledger, or a snapshot, are those built live", async () => {
  const host = await heldBack();
  host.seal(3);
  await host.change();
  host.seal(2);
  host.wire.ingest.time += HEAD_EVERY_MS;
  host.wire.act(announce(host.wire.link));
  await host.wire.run();
  const { ledger, index } = host.wire.ingest;
  const live = snapshotOf(index, hexOf(LOG_ID));
  const strip = (text: string) => text.replace(/"(lastTime|announcedAt)":"\d+"/g, "");
  const read = await loadIndex(ledger, hexOf(LOG_ID), undefined);
  assert.equal(strip(snapshotOf(read, hexOf(LOG_ID))), strip(live));
  const restored = await loadIndex(ledger, hexOf(LOG_ID), live);
  assert.equal(snapshotOf(restored, hexOf(LOG_ID)), live);
  const ring = restored.agents.get(hexOf(host.wire.context.agent))!.ring;
  assert.deepEqual(
    [...ring.due.values()].flat().map(({ next, statement }) => [next, statement]),
    [[5, 0], [3, 2]],
  );
});

test("honest sealing, changes of keys, crashes of both ends and new epochs are never an alert", async () => {
  const step = fc.constantFrom("seal", "change", "send", "cut", "hub", "epoch", "announce");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const host = await heldBack();
      for (const what of steps) {
        const { wire } = host;
        if (what === "seal") host.seal(1);
        if (what === "change") await host.change();
        if (what === "send") await flow(host);
        if (what === "epoch") wire.spool.open("a", wire.spool.newest("a").epoch + 1);
        if (what === "announce") wire.act(announce(wire.link));
        wire.ingest.time += HEAD_EVERY_MS;
        if (what === "cut") {
          wire.session.end("test");
          await wire.connect();
        }
        if (what === "hub") {
          const index = await loadIndex(wire.ingest.ledger, hexOf(LOG_ID), undefined);
          Object.assign(wire.ingest.index, index);
          wire.session.end("test");
          await wire.connect();
        }
        await wire.run();
      }
      await flow(host);
      assert.deepEqual(findings(host), []);
      assert.deepEqual(host.wire.ingest.refused, []);
      assert.equal(host.wire.spool.heldFrames, 0);
      const key = streamKey(hexOf(host.wire.context.agent), hexOf(streamIdOf("a")));
      assert.deepEqual(host.wire.ingest.index.agents.values().next().value?.ring.due.size, 0, key);
    }),
    { numRuns: 150 },
  );
});
