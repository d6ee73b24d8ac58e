import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  AGENT,
  batchOf,
  bytesOf,
  enrolment,
  ENTRY,
  entryOf,
  frameOf,
  HUB,
  keysOf,
  recordsOf,
  WITNESS,
} from "../testkit/bundle_room.ts";
import { HEADER_BYTES } from "../wire/header.ts";
import type { BundleRecord, ProvenRow } from "./bundle.ts";
import { nativeProvider } from "./native_provider.ts";
import { portableProvider } from "./portable_provider.ts";
import type { Provider } from "./provider.ts";
import { readRow } from "./read_row.ts";
import { rowTreeOf } from "./row_tree.ts";
import type { Verdict } from "./verdict.ts";
import { openVerifier } from "./verify.ts";
import type { Trust } from "./verify_head.ts";

const ALL: Trust = { hubs: [HUB.publicKey], witnesses: [WITNESS], agents: [AGENT.publicKey] };
const SEED = new Uint8Array(32).fill(6);
const batch = batchOf(5);
const tree = rowTreeOf(batch, SEED);
const frame = frameOf({ batch, bodySeed: SEED, rowRoot: tree.root });
const log = [enrolment(), entryOf(ENTRY.frame, frame)];
const ROW = 3;
const row: ProvenRow = {
  index: 1,
  row: ROW,
  header: frame.subarray(0, HEADER_BYTES),
  ...tree.prove(ROW),
};

/** The bundle of rows alone: the frame's entry is left out. */
function rowsOf(...rows: readonly ProvenRow[]): readonly BundleRecord[] {
  const kept = recordsOf(log).filter((r) =>
    r.kind !== "end" && (r.kind !== "entry" || r.index !== 1)
  );
  return [
    ...kept,
    ...rows.map((one): BundleRecord => ({ kind: "row", ...one })),
    { kind: "end" },
  ];
}

function verify(
  records: readonly BundleRecord[],
  trust = ALL,
  provider: Provider = nativeProvider,
): Verdict {
  const verifier = openVerifier(provider, trust);
  verifier.take(bytesOf(records));
  return verifier.end();
}

function brokenOf(changed: Partial<ProvenRow>, trust = ALL): string | undefined {
  const { broken } = verify(rowsOf({ ...row, ...changed }), trust);
  return broken && `${broken.link} ${broken.code}`;
}

test("a row is proved without its frame, and shown", () => {
  for (const provider of [nativeProvider, portableProvider]) {
    const { broken, rows, faith } = verify(rowsOf(row), ALL, provider);
    assert.equal(broken, undefined);
    const [seen] = rows;
    assert.equal(seen?.row, ROW);
    assert.equal(seen.table, "Syslog");
    assert.equal(seen.host, "web-1");
    const value = `Failed password 0 ${ROW * 7919}`;
    assert.deepEqual(seen.fields, [{ name: "SyslogMessage", value }]);
    assert.deepEqual(faith.length, 1);
    assert.match(faith[0]!, /entry 1 of the ledger is the frame of its rows/);
  }
});

test("the bundle of a row tells nothing of the others", () => {
  const text = Buffer.from(bytesOf(rowsOf(row))).toString("latin1");
  assert.ok(text.includes(`Failed password 0 ${ROW * 7919}`));
  for (const other of [0, 1, 2, 4]) assert.ok(!text.includes(`Failed password 0 ${other * 7919}`));
  assert.ok(!text.includes(Buffer.from(SEED).toString("latin1")));
});

/** Every bit of salt, bytes and hashes is flipped in the test of the tree. */
test("a flipped bit in each byte of the proof of a row is found, and its link named", () => {
  const expected = {
    header: /^(?:frame header|signature (?:key|signature))$/,
    salt: /^row proof$/,
    bytes: /^row proof$/,
  };
  for (const field of ["header", "salt", "bytes"] as const) {
    for (let at = 0; at < row[field].length; at++) {
      const changed = new Uint8Array(row[field]);
      changed[at]! ^= 1 << (at % 8);
      assert.match(brokenOf({ [field]: changed }) ?? "", expected[field], `${field}, byte ${at}`);
    }
  }
  for (const [i, hash] of row.hashes.entries()) {
    for (let at = 0; at < 32; at++) {
      const changed = new Uint8Array(hash);
      changed[at]! ^= 1 << (at % 8);
      assert.equal(brokenOf({ hashes: row.hashes.with(i, changed) }), "row proof");
    }
  }
});

test("a row in another's place, of another frame or of an unknown agent is found", () => {
  for (const other of [0, 1, 2, 4, 5, 70_000]) assert.equal(brokenOf({ row: other }), "row proof");
  assert.equal(brokenOf({ hashes: row.hashes.slice(1) }), "row proof");
  assert.equal(brokenOf({ hashes: [...row.hashes, SEED] }), "row proof");
  const off = frameOf({ batch }).subarray(0, HEADER_BYTES);
  assert.equal(brokenOf({ header: off }), "row proof");
  assert.equal(
    brokenOf({}, { ...ALL, agents: [keysOf(8).publicKey] }),
    "signature untrusted",
  );
  const alone = rowsOf(row).filter((record) => record.kind !== "entry");
  assert.equal(verify(alone, { ...ALL, agents: [] }).broken?.code, "key");
  assert.equal(verify(alone).broken, undefined);
});

test("rows that are not in their order are refused", () => {
  const other: ProvenRow = { ...row, row: 4, ...tree.prove(4) };
  assert.equal(verify(rowsOf(row, other)).rows.length, 2);
  assert.equal(verify(rowsOf(other, row)).broken?.code, "order");
  assert.equal(verify(rowsOf(row, row)).broken?.code, "order");
  const records = rowsOf(row);
  const swapped = [...records.slice(0, 3), records.at(-2)!, ...records.slice(3, -2), {
    kind: "end",
  }];
  assert.equal(verify(swapped as readonly BundleRecord[]).broken?.code, "order");
});

test("readRow() reads any bytes or none", () => {
  fc.assert(
    fc.property(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), (at, noise) => {
      const bytes = new Uint8Array(row.bytes);
      bytes.set(noise.subarray(0, bytes.length - at % bytes.length), at % bytes.length);
      const read = readRow(bytes);
      assert.ok(read === undefined || read.fields.length > 0);
    }),
    { numRuns: 300 },
  );
});
