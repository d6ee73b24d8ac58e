import assert from "node:assert/strict";
import { test } from "node:test";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { inclusionProof, leafHash, subtreesOf } from "../../sdk/proof/merkle.ts";
import { rowTreeOf } from "../../sdk/proof/row_tree.ts";
import { openVerifier } from "../../sdk/proof/verify.ts";
import {
  AGENT,
  batchOf,
  enrolment,
  ENTRY,
  entryOf,
  frameOf,
  type FrameWishes,
  headOf,
  HUB,
} from "../../sdk/testkit/bundle_room.ts";
import { ApiError } from "../api/refusal.ts";
import { decodeEntry } from "../ledger/entry.ts";
import { type Found, rowBundle, type RowSource } from "./row.ts";

const SEED = new Uint8Array(32).fill(6);
const batch = batchOf(5);
const good: FrameWishes = { batch, bodySeed: SEED, rowRoot: rowTreeOf(batch, SEED).root };

/** A hub whose ledger is an agent's enrolment and the frame; `taken` entries have been followed. */
async function bundle(wishes: FrameWishes, row = 3, taken = 2): Promise<Uint8Array> {
  const entries = [enrolment(), entryOf(ENTRY.frame, frameOf(wishes))];
  const read = (index: number) => ({ index, ...decodeEntry(entries[index]!) });
  const proof = inclusionProof(0, 2, subtreesOf(entries.map((entry) => leafHash(entry))));
  const source: RowSource = {
    ledger: {
      read: (index: number) => Promise.resolve([read(index)]),
      tiles: { inclusion: () => Promise.resolve(proof) },
    },
    places: { follower: { next: taken }, keysOf: () => [0] },
    hubKey: HUB.publicKey,
  };
  const found: Found = { entry: read(1), checkpoint: headOf(entries), witnesses: [] };
  return (await rowBundle(source, found, row)).bundle;
}

async function refusal(wishes: FrameWishes, row?: number, taken?: number): Promise<string> {
  try {
    await bundle(wishes, row, taken);
    return "none";
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return `${error.code}: ${error.message}`;
  }
}

test("rowBundle() refuses what its agent has signed and is no tree over the rows", async () => {
  const wrong = /^conflict: .*the tree in the header of entry 1 is not that of its rows$/;
  assert.match(await refusal({ ...good, rowRoot: new Uint8Array(32).fill(1) }), wrong);
  assert.match(await refusal({ ...good, bodySeed: new Uint8Array(32) }), wrong);
  const { bodySeed: _, ...bare } = good;
  assert.match(await refusal(bare), wrong);
  assert.match(await refusal({ ...good, rows: 4 }), /^conflict: .*the body of entry 1 cannot be/);
});

test("rowBundle() refuses a row that is not there, and one without a tree", async () => {
  assert.match(await refusal(good, 5), /^input: .*entry 1 has 5 rows, the row must be 0 to 4$/);
  assert.match(await refusal({ batch }), /^conflict: .*its source must have had row_proofs then$/);
});

test("rowBundle() gives no sealed value", async () => {
  const reveal = { ...batch, table: REVEAL_SCHEMA.name };
  const { root } = rowTreeOf(reveal, SEED);
  const told = await refusal({ batch: reveal, bodySeed: SEED, rowRoot: root });
  assert.match(told, /^forbidden: .*under a grant alone$/);
});

test("rowBundle() waits for its agent's keys, and then what it gives verifies", async () => {
  assert.match(await refusal(good, 3, 1), /^unavailable: .*try again$/);
  const trust = { hubs: [HUB.publicKey], witnesses: [], agents: [AGENT.publicKey] };
  const verifier = openVerifier(nativeProvider, trust);
  verifier.take(await bundle(good));
  const { broken, rows, entries } = verifier.end();
  assert.deepEqual([broken, rows[0]?.row, entries], [undefined, 3, 1]);
});
