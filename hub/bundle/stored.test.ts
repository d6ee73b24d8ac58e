import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { BundleRecord } from "../../sdk/proof/bundle.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { portableProvider } from "../../sdk/proof/portable_provider.ts";
import type { Provider } from "../../sdk/proof/provider.ts";
import type { Verdict } from "../../sdk/proof/verdict.ts";
import { openVerifier } from "../../sdk/proof/verify.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { column } from "../../sdk/table.ts";
import { bytesOf, HUB } from "../../sdk/testkit/bundle_room.ts";
import { bundleReader } from "../../sdk/proof/bundle_reader.ts";
import { openControl } from "../control.ts";
import { HUB_KEY_HASH } from "../ledger/entry.ts";
import { openFramePlaces } from "../prove/frame_places.ts";
import { storedRowBundle } from "../prove/stored.ts";
import { type LedgerRoom, openLedgerRoom } from "../store/ledger_room.ts";
import { localFiles } from "../store/target/cold_files.ts";
import { batchOf } from "../store/test_room.ts";
import { readAll } from "./select.ts";
import { findStored, storedBundle } from "./stored.ts";

const { signal } = new AbortController();
const columns = {
  TimeGenerated: column.time({ class: "public" }),
  Text: column.string({ class: "public", optional: true }),
  Real: column.real({ class: "public", optional: true }),
  Flag: column.bool({ class: "public", optional: true }),
  Tree: column.dynamic({ class: "public", optional: true }),
};
const AT = Date.UTC(2026, 7, 1, 10);
const ROW = { TimeGenerated: AT + 3, Text: "who: Zoë", Real: 0.25, Flag: false, Tree: { a: [1] } };
const rows = [
  { TimeGenerated: AT, Text: "a" },
  { TimeGenerated: AT + 1 },
  { TimeGenerated: AT + 2, Text: "c", Real: -0 },
  ROW,
];
/** Of the room's first frame. */
const FRAME = 3;
const PLACE = { index: FRAME, row: 3 };

/** A room whose first frame has been deleted by a tombstone, after its rows were sealed. */
async function deleted(): Promise<LedgerRoom & { readonly tombstone: number }> {
  const room = await openLedgerRoom();
  await room.take([batchOf("A", columns, rows), batchOf("A", columns, rows.slice(1))]);
  await room.compact();
  const { ledger } = room;
  const note = { note: "tombstone", what: "frames", frames: [FRAME] };
  const payload = new TextEncoder().encode(JSON.stringify(note));
  const tombstone = ledger.append("note", HUB_KEY_HASH, payload);
  ledger.closeSegment();
  await ledger.commit();
  await ledger.deleteFrames({ frames: new Map([[FRAME, tombstone]]), mayDelete: () => true });
  return { ...room, ledger, tombstone };
}

function filesOf({ manifest, folder }: LedgerRoom) {
  const cold = localFiles(join(folder, "store"));
  return { snapshot: manifest.snapshot, files: nodeFiles(), cold };
}

async function made(room: LedgerRoom & { readonly tombstone: number }): Promise<Uint8Array> {
  const found = await findStored(filesOf(room), PLACE, signal);
  const { ledger, tombstone } = room;
  const { checkpoint } = ledger;
  const source = { ledger, checkpoint, hubKey: HUB.publicKey, witnesses: [] };
  const bundle = await storedBundle(source, { found: found!, place: PLACE, tombstone });
  const pieces: Uint8Array[] = [];
  for await (const piece of bundle!.bytes()) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

function judged(bundle: Uint8Array, provider: Provider = nativeProvider): Verdict {
  const verifier = openVerifier(provider, { hubs: [HUB.publicKey], witnesses: [], agents: [] });
  for (let at = 0; at < bundle.length; at += 4_096) verifier.take(bundle.subarray(at, at + 4_096));
  return verifier.end();
}

function recordsOf(bundle: Uint8Array): readonly BundleRecord[] {
  return [...bundleReader(nativeProvider.sha256).push(bundle)];
}

for (
  const [name, provider] of [["native", nativeProvider], ["portable", portableProvider]] as const
) {
  test(`a row of a deleted frame is proved to its file, by the ${name} verifier`, async () => {
    await using room = await deleted();
    const { broken, stored, faith } = judged(await made(room), provider);
    assert.equal(broken, undefined);
    const [row] = stored;
    assert.deepEqual([row!.table, row!.index, row!.row], ["A", FRAME, 3]);
    assert.equal(row!.tombstone, room.tombstone);
    assert.ok(row!.leaf < room.tombstone);
    const values = Object.fromEntries(row!.fields.map(({ name: key, value }) => [key, value]));
    assert.deepEqual(
      [values["TimeGenerated"], values["Text"], values["Real"], values["Flag"], values["Tree"]],
      ["2026-08-01T10:00:00.003Z", "who: Zoë", "0.25", "false", '{"a":[1]}'],
    );
    assert.equal(values["_LedgerIndex"], String(FRAME));
    assert.match(faith.join(), /when it sealed the file in entry/);
  });
}

test("GET /proof/row gives the same proof, and refuses a row that no file has", async () => {
  await using room = await deleted();
  const { ledger } = room;
  const places = openFramePlaces(openControl(":memory:"), ledger);
  const items = [];
  for await (const entry of readAll(ledger, ledger.durable)) {
    if (entry.kind === "note") items.push(entry);
  }
  await places.follower.take(items);
  const source = {
    ledger,
    places,
    hubKey: HUB.publicKey,
    findStored: (place: typeof PLACE) => findStored(filesOf(room), place, signal),
  };
  const [entry] = await ledger.read(FRAME, { maxBytes: 1 });
  // What witnesses have signed is older than the leaf.
  const checkpoint = { ...ledger.checkpoint, size: FRAME + 1 };
  const found = { entry: entry!, checkpoint, witnesses: [] };
  const { bundle, table, shown } = await storedRowBundle(source, found, 3);
  assert.deepEqual([table, shown], ["A", 7]);
  assert.deepEqual(judged(bundle).stored, judged(await made(room)).stored);
  await assert.rejects(storedRowBundle(source, found, 4), {
    code: "missing",
    message: /was deleted by tombstone \d+, and no sealed file has its row 4/,
  });
});

const HOSTILE: readonly (readonly [
  string,
  string,
  (records: readonly BundleRecord[]) => readonly BundleRecord[],
])[] = [
  ["a byte of the file changed", "file hash", (records) =>
    records.map((record) => {
      if (record.kind !== "file") return record;
      const bytes = new Uint8Array(record.bytes);
      bytes[40]! ^= 1;
      return { ...record, bytes };
    })],
  [
    "the file cut",
    "file hash",
    (records) =>
      records.map((record) =>
        record.kind === "file" ? { ...record, bytes: record.bytes.subarray(0, -9) } : record
      ),
  ],
  [
    "a row that the file does not have",
    "file row",
    (records) => records.map((record) => record.kind === "stored" ? { ...record, row: 9 } : record),
  ],
  ["no leaf", "file leaf", (records) => records.filter(({ kind }) => kind !== "entry")],
  ["a leaf with another hash", "leaf inclusion", (records) =>
    records.map((record) => {
      if (record.kind !== "entry") return record;
      const entry = new Uint8Array(record.entry);
      const at = Buffer.from(entry).indexOf('"hash":"');
      if (at >= 0) entry[at + 8] = entry[at + 8] === 48 ? 49 : 48;
      return { ...record, entry };
    })],
  ["a row of no file", "bundle order", (records) => records.filter(({ kind }) => kind !== "file")],
  [
    "the file of another leaf",
    "file leaf",
    (records) =>
      records.map((record) =>
        record.kind === "file" || record.kind === "stored" ? { ...record, leaf: 1 } : record
      ),
  ],
];

for (const [what, expected, change] of HOSTILE) {
  test(`a bundle with ${what} breaks at ${expected}`, async () => {
    await using room = await deleted();
    const { broken, stored } = judged(bytesOf(change(recordsOf(await made(room)))));
    assert.deepEqual([`${broken?.link} ${broken?.code}`, stored], [expected, []]);
  });
}
