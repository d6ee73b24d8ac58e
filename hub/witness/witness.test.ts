import assert from "node:assert/strict";
import { test } from "node:test";
import { signCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { cosignedAt } from "../../sdk/proof/cosignature.ts";
import {
  consistencyProof,
  EMPTY_RANGE,
  leafHash,
  rootOf,
  subtreesOf,
} from "../../sdk/proof/merkle.ts";
import { generateKeys, signer, verifier } from "../../sdk/proof/sign.ts";
import { formatAddCheckpoint } from "../../sdk/proof/witness_request.ts";
import { type Fault, type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { openWitness, type Witness, WitnessError } from "./witness.ts";

const NOW = 1_790_000_000_000;
const log = generateKeys();
const own = generateKeys();
const ORIGIN = "custos/0102030405060708";
const key = { name: "witness.example/w1", publicKey: own.publicKey };
const leavesOf = (seed: number) =>
  Array.from({ length: 64 }, (_, i) => leafHash(Uint8Array.of(i === 3 ? seed : 0, i)));
const tree = subtreesOf(leavesOf(1));
/** The same log, had its fourth entry been another. */
const otherTree = subtreesOf(leavesOf(2));
const LOGGED: string[] = [];
const silent = {
  error: (message: string) => void LOGGED.push(message),
  warning() {},
  info() {},
  debug() {},
};

interface Wrong {
  readonly from?: typeof tree;
  readonly keys?: typeof log;
  readonly origin?: string;
  readonly hashes?: readonly Uint8Array[];
}

function noteOf(size: number, { from = tree, keys = log, origin = ORIGIN }: Wrong = {}): string {
  const root = size === 0 ? rootOf(EMPTY_RANGE) : from(0, size);
  return signCheckpoint({ origin, size, root }, keys.publicKey, signer(keys.privateKey)).note;
}

function requestOf(oldSize: number, size: number, wrong: Wrong = {}): string {
  const isProvable = oldSize > 0 && oldSize <= size;
  const hashes = wrong.hashes ??
    (isProvable ? consistencyProof(oldSize, size, wrong.from ?? tree) : []);
  return formatAddCheckpoint({ oldSize, hashes, note: noteOf(size, wrong) });
}

function open(files: FaultyFiles): Promise<Witness> {
  return openWitness({
    folder: "/w",
    files,
    key,
    sign: signer(own.privateKey),
    now: () => NOW,
    logs: [{ name: ORIGIN, publicKey: log.publicKey }],
    log: silent,
  });
}

test("add() cosigns what continues what it cosigned, over a start too", async () => {
  const files = faultyFiles();
  let witness = await open(files);
  for (const [oldSize, size] of [[0, 5], [5, 5], [5, 8], [8, 64]] as const) {
    const { status, body } = await witness.add(requestOf(oldSize, size));
    assert.equal(status, 200);
    const time = cosignedAt(noteOf(size) + body, key, verifier(own.publicKey));
    assert.equal(time, NOW / 1000);
    files.crash();
    files.restart(() => 0);
    witness = await open(files);
  }
});

test("add() of a log without entries is cosigned, and the log may grow from there", async () => {
  const witness = await open(faultyFiles());
  assert.equal((await witness.add(requestOf(0, 0))).status, 200);
  assert.equal((await witness.add(requestOf(0, 3))).status, 200);
});

test("add() answers as tlog-witness says", async () => {
  const witness = await open(faultyFiles());
  assert.equal((await witness.add(requestOf(0, 8))).status, 200);
  const stranger = generateKeys();
  const proof = consistencyProof(8, 20, tree);
  const flipped = new Uint8Array(proof[0]!);
  flipped[0]! ^= 1;
  const table: readonly [string, number, string?][] = [
    ["", 400],
    ["old 8\n\nno note", 400],
    [requestOf(8, 20).replace("old 8", "old 08"), 400],
    [requestOf(8, 20).replace("old 8", "size 8"), 400],
    [requestOf(8, 20, { hashes: Array.from({ length: 64 }, () => proof[0]!) }), 400],
    [requestOf(30, 20), 400],
    [requestOf(8, 20, { origin: "custos/ffffffffffffffff" }), 404],
    [requestOf(8, 20, { keys: stranger }), 403],
    [requestOf(8, 20).replace("\n20\n", "\n21\n"), 403],
    [requestOf(0, 20), 409, "8\n"],
    [requestOf(5, 20), 409, "8\n"],
    [requestOf(9, 20), 409, "8\n"],
    [requestOf(5, 6), 409, "8\n"],
    [requestOf(8, 8, { from: otherTree, hashes: [] }), 409, "8\n"],
    [requestOf(8, 20, { from: otherTree }), 422],
    [requestOf(8, 20, { hashes: [] }), 422],
    [requestOf(8, 20, { hashes: [...proof, proof[0]!] }), 422],
    [requestOf(8, 20, { hashes: proof.with(0, flipped) }), 422],
    [requestOf(8, 8, { hashes: proof }), 422],
  ];
  for (const [i, [body, status, answer]] of table.entries()) {
    const reply = await witness.add(body);
    assert.equal(reply.status, status, `case ${i}: ${reply.body}`);
    if (answer === undefined) continue;
    assert.equal(reply.body, answer);
    assert.equal(reply.type, "text/x.tlog.size");
  }
  // None of them has moved it.
  assert.equal((await witness.add(requestOf(8, 20))).status, 200);
});

test("add() keeps two trees of one size as evidence, once", async () => {
  const files = faultyFiles();
  const witness = await open(files);
  await witness.add(requestOf(0, 8));
  await witness.add(requestOf(8, 8, { from: otherTree, hashes: [] }));
  const [file] = files.list("/w").filter((name) => name.endsWith(".fork"));
  const evidence: unknown = JSON.parse(new TextDecoder().decode(files.bytesOf(`/w/${file}`)));
  assert.deepEqual(evidence, { before: noteOf(8), after: noteOf(8, { from: otherTree }) });
  assert.ok(LOGGED.includes("A log has signed two trees of one size"));
});

test("add() of many at once cosigns one history: each continues the one before", async () => {
  const witness = await open(faultyFiles());
  await witness.add(requestOf(0, 8));
  const asked = Array.from({ length: 20 }, (_, i) => witness.add(requestOf(8, 10 + i)));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.deepEqual(statuses.filter((status) => status === 200), [200]);
  assert.deepEqual(new Set(statuses), new Set([200, 409]));
});

test("whatever fails or crashes, nothing is cosigned that was not remembered", async () => {
  const faults: readonly Fault[] = ["fail", "full", "short", "late", "crash"];
  for (let at = 0; at < 12; at++) {
    for (const fault of faults) {
      for (const luck of [0, 1]) await cosignOnce({ at, fault, luck });
    }
  }
});

/** One call fails while 8 → 20 is asked; then 8 → 30 of a forked log must never be cosigned. */
async function cosignOnce({ at, fault, luck }: {
  readonly at: number;
  readonly fault: Fault;
  readonly luck: number;
}): Promise<void> {
  const files = faultyFiles();
  let witness = await open(files);
  await witness.add(requestOf(0, 8));
  const start = files.calls;
  files.plan = ({ n }) => n === start + at ? fault : undefined;
  const first = await witness.add(requestOf(8, 20)).catch(() => undefined);
  files.plan = () => undefined;
  files.crash();
  files.restart((n) => luck % n);
  witness = await open(files);
  const fork = await witness.add(requestOf(8, 30, { from: otherTree }));
  assert.notEqual(fork.status, 200, `${fault} at ${at}`);
  const again = await witness.add(requestOf(8, 20));
  const isKept = again.status === 409 && again.body === "20\n";
  if (first?.status === 200) assert.ok(isKept, `${fault} at ${at}: cosigned and forgotten`);
  if (!isKept) assert.equal(again.status, 200);
  assert.equal((await witness.add(requestOf(20, 40))).status, 200);
}

test("a write that fails but was made costs nothing: the same is asked again", async () => {
  for (let at = 0; at < 10; at++) {
    const files = faultyFiles();
    const witness = await open(files);
    await witness.add(requestOf(0, 8));
    const start = files.calls;
    files.plan = ({ n }) => n === start + at ? "late" : undefined;
    const first = await witness.add(requestOf(8, 20));
    files.plan = () => undefined;
    const second = await witness.add(requestOf(8, 20));
    assert.equal(second.status, first.status === 200 ? 409 : 200, `late at ${at}`);
    assert.equal((await witness.add(requestOf(20, 40))).status, 200, `late at ${at}`);
  }
});

test("openWitness() does not start on a head that was changed: any bit of it", async () => {
  const files = faultyFiles();
  const witness = await open(files);
  await witness.add(requestOf(0, 8));
  const [file] = files.list("/w");
  const path = `/w/${file}`;
  for (let bit = 0; bit < files.bytesOf(path).length * 8; bit++) {
    files.flip(path, bit);
    await assert.rejects(open(files), WitnessError, `bit ${bit}`);
    files.flip(path, bit);
  }
  await open(files);
});
