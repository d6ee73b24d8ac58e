/**
 * What an agent makes of a hub whose log does not continue the one that it has seen.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { announce } from "../../agent/send/link_state.ts";
import { signCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { verifyConsistency } from "../../sdk/proof/merkle.ts";
import { signer } from "../../sdk/proof/sign.ts";
import { type Wire, wired } from "./link_wire.ts";

/** The hub rewrites its first entry; later checkpoints are of the new tree. */
function rewrite({ ingest }: Wire): void {
  const { entries } = ingest.ledger;
  entries[0] = { ...entries[0]!, payload: new TextEncoder().encode("never happened") };
}

async function announced(wire: Wire): Promise<void> {
  wire.act(announce(wire.link));
  await wire.run();
}

async function grow(wire: Wire, frames: number): Promise<void> {
  for (let i = 0; i < frames; i++) wire.spool.add("a");
  await wire.run();
}

test("a log that grew is proved: on the open link at the next announcement, and at the next link", async () => {
  const wire = await wired(3);
  const first = wire.context.witnessed;
  await grow(wire, 5);
  assert.equal(wire.context.witnessed, first);
  await announced(wire);
  assert.equal(wire.context.witnessed?.size, wire.ingest.ledger.checkpoint.size);
  assert.equal(wire.did("witnessed").length, 2);
  await grow(wire, 5);
  await wire.connect();
  assert.equal(wire.context.witnessed?.size, wire.ingest.ledger.checkpoint.size);
  assert.equal(wire.of("proof").length, 1);
  assert.equal(wire.link.phase, "ready");
});

test("a hub that rewrites an entry and grows is refused on the open link, with the evidence", async () => {
  const wire = await wired(3);
  const before = wire.context.witnessed;
  rewrite(wire);
  await grow(wire, 2);
  await announced(wire);
  const [told] = wire.did("doubt");
  assert.equal(told?.doubt.code, "fork");
  assert.equal(told.doubt.last?.note, before?.note);
  assert.equal(told.doubt.note, wire.ingest.ledger.checkpoint.note);
  const { size, root } = wire.ingest.ledger.checkpoint;
  const claim = { before: before!.size, beforeRoot: before!.root, size, root };
  assert.equal(verifyConsistency(claim, told.doubt.hashes ?? []), false);
  assert.equal(wire.link.phase, "closed");
  // What was verified stays what it was.
  assert.equal(wire.context.witnessed, before);
});

test("a hub that has rewritten an entry gets nothing on the next link, not even a stream", async () => {
  const wire = await wired(3);
  await announced(wire);
  wire.context.seen = undefined;
  rewrite(wire);
  wire.ingest.ledger.append("note", new Uint8Array(32), new Uint8Array(1));
  wire.spool.add("a");
  const { entries } = wire.ingest.ledger;
  const held = entries.length;
  await wire.connect();
  assert.equal(wire.did("doubt")[0]?.doubt.code, "fork");
  assert.deepEqual(wire.did("close").map(({ code }) => code), ["fork"]);
  assert.equal(wire.of("epochok").length, 0);
  assert.equal(entries.slice(held).filter(({ kind }) => kind === "frame").length, 0);
  assert.equal(wire.spool.heldFrames, 1);
});

test("what was signed and not proved on one link must be proved on the next", async () => {
  const wire = await wired(3);
  await grow(wire, 2);
  const before = wire.context.seen;
  assert.notEqual(wire.context.witnessed, before);
  // What the agent has a proof of stays; what it has the hub's word for is rewritten.
  const { entries } = wire.ingest.ledger;
  const last = entries.length - 1;
  entries[last] = { ...entries[last]!, payload: new TextEncoder().encode("never happened") };
  wire.ingest.ledger.append("note", new Uint8Array(32), new Uint8Array(1));
  await wire.connect();
  assert.equal(wire.did("doubt")[0]?.doubt.code, "fork");
  assert.equal(wire.link.phase, "closed");
});

test("a hub that went back behind what it proved is a fork, after a start of the agent too", async () => {
  const wire = await wired(3);
  await announced(wire);
  const { witnessed } = wire.context;
  const { keys } = wire.ingest.ledger;
  wire.context.seen = undefined;
  wire.context.witnessed = signCheckpoint(
    { ...witnessed!, size: witnessed!.size + 100 },
    keys.publicKey,
    signer(keys.privateKey),
  );
  await wire.connect();
  assert.match(wire.did("doubt")[0]?.doubt.detail ?? "", /signed before/);
});

test("a hub that does not prove is left after six announcements", async () => {
  const wire = await wired(3);
  wire.ingest.ledger.proves = new Promise(() => {});
  await grow(wire, 1);
  for (let i = 0; i < 6; i++) await announced(wire);
  assert.equal(wire.link.phase, "ready");
  await announced(wire);
  assert.deepEqual(wire.did("close").map(({ code }) => code), ["proof-late"]);
});

test("a hub that cannot prove ends the link and says so", async () => {
  const wire = await wired(3);
  const failed = Promise.reject(new Error("tiles"));
  const told: unknown[] = [];
  Object.assign(wire.ingest.events, { unproven: (error: unknown) => told.push(error) });
  failed.catch(() => {});
  wire.ingest.ledger.proves = failed;
  await grow(wire, 1);
  await announced(wire);
  assert.equal(wire.bye, "unproven");
  assert.match(String(told[0]), /tiles/);
  assert.equal(wire.did("doubt").length, 0);
});

test("a proof that nobody asked for, or of other sizes, closes the link", async () => {
  for (const isAsked of [false, true]) {
    const wire = await wired(3);
    wire.ingest.ledger.proves = new Promise(() => {});
    await grow(wire, 1);
    if (isAsked) await announced(wire);
    const { size } = wire.context.witnessed!;
    wire.hear({ type: "proof", from: size, to: size, hashes: [] });
    assert.deepEqual(wire.did("close").map(({ code }) => code), ["protocol"]);
  }
});
