import assert from "node:assert/strict";
import { test } from "node:test";
import { nextFrames } from "../../agent/send/next_frames.ts";
import { frameHash, HEADER_BYTES } from "../../sdk/wire/frame.ts";
import { type Wire, wired } from "./link_wire.ts";

const PLACES = { header: 330, body: HEADER_BYTES + 3 };

/** The agent sends frames 0 to 2; of frame 1 a bit changes on its way. */
async function changed(at: number): Promise<Wire> {
  const wire = await wired();
  const frames = [0, 1, 2].map(() => wire.spool.add("a"));
  const sent = nextFrames(wire.link, wire.ingest.time, 1e9).map((bytes) => {
    if (Buffer.compare(bytes, frames[1]!) !== 0) return bytes;
    const copy = new Uint8Array(bytes);
    copy[at]! ^= 1;
    return copy;
  });
  for (const bytes of sent) wire.session.receive(bytes);
  return await wire.run();
}

for (const [where, at] of Object.entries(PLACES)) {
  test(`a frame of which a bit of the ${where} changed on its way is sent again`, async () => {
    const wire = await changed(at);
    assert.equal(wire.codes.length, 1);
    assert.deepEqual(wire.did("refused"), []);
    // Not at once: whatever changes them may change all.
    assert.equal(wire.ingest.ledger.framesOf("a").length, 1);
    wire.ingest.time += 1_000;
    await wire.run();
    const seqs = wire.ingest.recorded.map(({ header }) => `${header.epoch}/${header.seq}`);
    assert.deepEqual(seqs, ["1/0", "1/1", "1/2"]);
    assert.equal(wire.spool.heldFrames, 0);
  });

  test(`a frame of which a bit of the ${where} changed in the spool is refused for good`, async () => {
    const wire = await wired(1);
    wire.replacesRefused = false;
    const bytes = wire.spool.add("a");
    bytes[at]! ^= 1;
    await wire.run();
    const [refused] = wire.did("refused");
    assert.deepEqual(new Uint8Array(refused!.refused.hash), new Uint8Array(frameHash(bytes)));
  });
}

test("a frame that came through after all, behind its refusal, is not given up", async () => {
  const wire = await wired();
  const [frame] = [0, 1].map(() => wire.spool.add("a"));
  const bad = new Uint8Array(frame!);
  bad[PLACES.header]! ^= 1;
  const [schema, ...frames] = nextFrames(wire.link, wire.ingest.time, 1e9);
  for (const bytes of [schema!, bad, ...frames]) wire.session.receive(bytes);
  await wire.run();
  wire.ingest.time += 1_000;
  await wire.run();
  assert.deepEqual(wire.did("refused"), []);
  assert.equal(wire.ingest.ledger.framesOf("a").length, 2);
  wire.spool.add("a");
  await wire.run();
  assert.equal(wire.ingest.ledger.framesOf("a").length, 3);
  assert.equal(wire.spool.heldFrames, 0);
});
