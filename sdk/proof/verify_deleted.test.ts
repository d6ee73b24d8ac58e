import assert from "node:assert/strict";
import { test } from "node:test";
import { type BundleRecord, bundleWriter, type DeletedEntry } from "./bundle.ts";
import { inclusionProof, leafHash, subtreesOf } from "./merkle.ts";
import { nativeProvider } from "./native_provider.ts";
import type { Verdict } from "./verdict.ts";
import { openVerifier } from "./verify.ts";
import {
  AGENT,
  chainOf,
  enrolment,
  ENTRY,
  entryOf,
  headOf,
  HUB,
  jsonOf,
} from "../testkit/bundle_room.ts";
import { HEADER_BYTES } from "../wire/header.ts";

const NOTE = 7;
const chain = chainOf(4);
const note = (frames: readonly number[]) =>
  entryOf(NOTE, jsonOf({ note: "tombstone", what: "frames", table: "Syslog", frames }));
/** Frames 1 and 2 are deleted: entries 2 and 3; the tombstone is entry 5. */
const ENTRIES = [enrolment(), ...chain.map((frame) => entryOf(ENTRY.frame, frame)), note([2, 1])];

/** A bundle of `entries`, of which those in `deleted` are shown by their headers. */
function verdictOf(
  entries: readonly Uint8Array[] = ENTRIES,
  change: (record: DeletedEntry) => DeletedEntry = (record) => record,
  shown: readonly number[] = entries.keys().toArray(),
): Verdict {
  const tree = subtreesOf(entries.map((entry) => leafHash(entry)));
  const writer = bundleWriter(nativeProvider.sha256);
  const { origin, note: head } = headOf(entries);
  const records: BundleRecord[] = [
    { kind: "checkpoint", note: head },
    { kind: "key", role: "hub", name: origin, publicKey: HUB.publicKey },
    ...shown.map((index): BundleRecord => {
      const entry = entries[index]!;
      const proof = inclusionProof(index, entries.length, tree);
      if (index !== 2 && index !== 3) return { kind: "entry", index, proof, entry };
      const header = entry.subarray(42, 42 + HEADER_BYTES);
      const plain = { index, proof, leaf: leafHash(entry), tombstone: 5, header };
      return { kind: "deleted", ...change(plain) };
    }),
    { kind: "end" },
  ];
  const trust = { hubs: [HUB.publicKey], witnesses: [], agents: [AGENT.publicKey] };
  const verifier = openVerifier(nativeProvider, trust);
  verifier.take(writer.start());
  for (const record of records) if (!verifier.take(writer.record(record))) break;
  return verifier.end();
}

test("a bundle shows deleted frames by their headers, in their chain, under their tombstone", () => {
  const verdict = verdictOf();
  assert.equal(verdict.broken, undefined);
  assert.deepEqual(verdict.deletions, [{ tombstone: 5, table: "Syslog", frames: 2, events: 6 }]);
  assert.deepEqual(verdict.streams.map(({ frames, events }) => [frames, events]), [[4, 12]]);
  assert.match(verdict.faith.join("\n"), /the headers of 2 frames whose bytes were deleted/);
});

test("a frame that is left out as deleted needs a tombstone in the tree that names it", () => {
  const cases: readonly (readonly [string, readonly Uint8Array[], (readonly number[])?])[] = [
    ["its note is not there", ENTRIES, [0, 1, 2, 3, 4]],
    ["its note names the other alone", [...ENTRIES.slice(0, 5), note([2])]],
    ["its note names others", [...ENTRIES.slice(0, 5), note([7, 1])]],
    ["its note is none", [...ENTRIES.slice(0, 5), entryOf(NOTE, jsonOf({ note: "look" }))]],
    ["its note is of another kind", [
      ...ENTRIES.slice(0, 5),
      entryOf(ENTRY.tick, note([2, 1]).subarray(42)),
    ]],
  ];
  for (const [what, entries, shown] of cases) {
    const { broken } = verdictOf(entries, undefined, shown);
    assert.equal(`${broken?.link} ${broken?.code}`, "leaf tombstone", what);
  }
});

test("a deleted frame's leaf, place, header and signature are judged", () => {
  const changed = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, i) => i === at ? byte ^ 1 : byte);
  const cases: readonly (readonly [string, (record: DeletedEntry) => DeletedEntry])[] = [
    ["leaf inclusion", (record) => ({ ...record, leaf: changed(record.leaf, 3) })],
    ["leaf inclusion", (record) => ({ ...record, proof: record.proof.slice(1) })],
    ["signature signature", (record) => ({ ...record, header: changed(record.header, 180) })],
    ["frame header", (record) => ({ ...record, header: changed(record.header, 0) })],
    ["leaf tombstone", (record) => ({ ...record, tombstone: 6 })],
    ["bundle record", (record) => ({ ...record, tombstone: record.index })],
  ];
  for (const [expected, change] of cases) {
    const { broken } = verdictOf(ENTRIES, change);
    assert.equal(`${broken?.link} ${broken?.code}`, expected);
  }
});
