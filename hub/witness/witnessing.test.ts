import assert from "node:assert/strict";
import { test } from "node:test";
import { type Checkpoint, type NoteKey, signCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { cosignatureLine, cosignedAt } from "../../sdk/proof/cosignature.ts";
import { consistencyProof, leafHash, subtreesOf } from "../../sdk/proof/merkle.ts";
import { generateKeys, type Keys, signer, verifier } from "../../sdk/proof/sign.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { LedgerError } from "../ledger/ledger_error.ts";
import type { AskWitness, WitnessAnswer } from "./ask.ts";
import { openWitness, type Witness } from "./witness.ts";
import { openWitnessing, readWitnessed, type Witnessing } from "./witnessing.ts";

const ORIGIN = "custos/0102030405060708";
const hub = generateKeys();
const leavesOf = (seed: number) =>
  Array.from({ length: 99 }, (_, i) => leafHash(Uint8Array.of(i === 3 ? seed : 0, i)));
const silent = { error() {}, warning() {}, info() {}, debug() {} };

/** A hub's log that grows when told to, and the world around it. */
function world() {
  let subtree = subtreesOf(leavesOf(1));
  let size = 5;
  const files = faultyFiles();
  const own = {
    now: 1_790_000_000_000,
    told: [] as string[],
    isBehind: false,
    files,
    grow: (to: number) => void (size = to),
    rewrite: () => void (subtree = subtreesOf(leavesOf(2))),
    ledger: {
      get checkpoint(): Checkpoint {
        const head = { origin: ORIGIN, size, root: subtree(0, size) };
        return signCheckpoint(head, hub.publicKey, signer(hub.privateKey));
      },
      tiles: {
        consistency: (before: number, to: number) =>
          own.isBehind
            ? Promise.reject(new LedgerError("behind", "Cannot prove"))
            : Promise.resolve(consistencyProof(before, to, subtree)),
      },
    },
    env: {
      now: () => own.now,
      after: () => () => {},
      random: (n: number) => new Uint8Array(n).fill(255),
      files,
      log: () => ({
        ...silent,
        error: (message: string, facts?: object) =>
          void own.told.push(`${message} ${JSON.stringify(facts)}`),
      }),
    },
    open: (places: readonly TestWitness[], ask?: AskWitness): Promise<Witnessing> =>
      openWitnessing({
        env: own.env,
        folder: "/hub",
        ledger: own.ledger as never,
        publicKey: hub.publicKey,
        witnesses: places.map(({ key }) => ({ url: `https://${key.name}/`, key })),
        ask: ask ?? ((url, body) => {
          const place = places.find(({ key }) => url.href === `https://${key.name}/add-checkpoint`);
          return place!.ask(url, body, new AbortController().signal);
        }),
      }),
  };
  files.makeFolder("/hub");
  return own;
}

interface TestWitness {
  readonly key: NoteKey;
  readonly keys: Keys;
  readonly real: Witness;
  /** Requests so far. */
  asked: number;
  ask: AskWitness;
}

async function witnessOf(name: string): Promise<TestWitness> {
  const keys = generateKeys();
  const key = { name, publicKey: keys.publicKey };
  const real = await openWitness({
    folder: "/w",
    files: faultyFiles(),
    key,
    sign: signer(keys.privateKey),
    now: () => 1_790_000_000_000,
    logs: [{ name: ORIGIN, publicKey: hub.publicKey }],
    log: silent,
  });
  const own: TestWitness = {
    ...{ key, keys, real },
    asked: 0,
    async ask(_url, body) {
      own.asked++;
      const { status, body: answer } = await real.add(body);
      return { status, body: answer, retryAfter: undefined };
    },
  };
  return own;
}

const isCosigned = (note: string | undefined, { key }: TestWitness): boolean =>
  note !== undefined && cosignedAt(note, key, verifier(key.publicKey)) !== undefined;

test("each round all witnesses cosign one checkpoint, and it is kept over a start", async () => {
  const { open, grow, ledger, files } = world();
  const both = [await witnessOf("witness.example/w1"), await witnessOf("witness.example/w2")];
  const witnessing = await open(both);
  for (const size of [5, 5, 9, 64]) {
    grow(size);
    await witnessing.round();
    assert.equal(witnessing.newest?.checkpoint.size, size);
    assert.ok(witnessing.newest.checkpoint.note.startsWith(ledger.checkpoint.note));
    for (const one of both) assert.ok(isCosigned(witnessing.newest.checkpoint.note, one));
  }
  assert.deepEqual(witnessing.states.map(({ trouble }) => trouble), [null, null]);
  const again = await open(both);
  assert.equal(again.newest?.checkpoint.note, witnessing.newest?.checkpoint.note);
  // The first request after a start does not know the size: it is told, and asks again.
  const before = both[0]!.asked;
  grow(70);
  await again.round();
  assert.equal(both[0]!.asked - before, 2);
  assert.equal(again.newest?.checkpoint.size, 70);
  const key = { name: ORIGIN, publicKey: hub.publicKey };
  assert.deepEqual((await readWitnessed(files, "/hub", key))?.witnesses.map(({ name }) => name), [
    "witness.example/w1",
    "witness.example/w2",
  ]);
});

test("a log that was rewritten is cosigned no more, and that is an error in the log", async () => {
  const { open, grow, rewrite, told } = world();
  const one = await witnessOf("witness.example/w1");
  const witnessing = await open([one]);
  await witnessing.round();
  rewrite();
  grow(30);
  await witnessing.round();
  assert.equal(witnessing.states[0]?.trouble, "inconsistent");
  assert.match(told[0] ?? "", /another log of us.*inconsistent/);
  assert.equal(witnessing.newest?.checkpoint.size, 5);
});

const answer = (status: number, body = "", retryAfter?: string): WitnessAnswer => ({
  status,
  body,
  retryAfter,
});
const FAULTS: readonly [string, () => WitnessAnswer, string][] = [
  ["400", () => answer(400), "status-400"],
  ["403", () => answer(403), "status-403"],
  ["404", () => answer(404), "status-404"],
  ["422", () => answer(422), "inconsistent"],
  ["409 without a size", () => answer(409, "no"), "status-409"],
  ["409 with the size that was sent", () => answer(409, "0\n"), "status-409"],
  ["409 above ours", () => answer(409, "1000\n"), "ahead"],
  ["500", () => answer(500), "status-500"],
  ["a redirect", () => answer(302), "status-302"],
  ["200 and nothing", () => answer(200), "cosignature"],
  ["200 and rubbish", () => answer(200, "\u2014 a b\n\n\u2014\n"), "cosignature"],
  ["no answer", () => {
    throw Object.assign(new Error("x"), { code: "ECONNREFUSED" });
  }, "ECONNREFUSED"],
  ["no answer in time", () => {
    throw new DOMException("x", "TimeoutError");
  }, "timeout"],
];

for (const [name, fault, trouble] of FAULTS) {
  test(`a witness that answers with ${name} is "${trouble}", and keeps no other from cosigning`, async () => {
    const own = world();
    const [good, bad] = [await witnessOf("good.example"), await witnessOf("bad.example")];
    let asked = 0;
    const ask: AskWitness = (url, body, signal) => {
      if (url.hostname === "good.example") return good.ask(url, body, signal);
      asked++;
      return Promise.resolve().then(fault);
    };
    const witnessing = await own.open([good, bad], ask);
    await witnessing.round();
    assert.deepEqual(witnessing.states.map((state) => state.trouble), [null, trouble]);
    assert.ok(isCosigned(witnessing.newest?.checkpoint.note, good));
    // It is left alone for a time that doubles.
    const first = asked;
    await witnessing.round();
    assert.equal(asked, first);
    own.now += 10_000;
    await witnessing.round();
    assert.ok(asked > first);
    const second = asked;
    own.now += 10_000;
    await witnessing.round();
    assert.equal(asked, second);
  });
}

test("Retry-After is heeded, within ten minutes", async () => {
  const own = world();
  const one = await witnessOf("w.example");
  let asked = 0;
  const ask: AskWitness = () => {
    asked++;
    return Promise.resolve(answer(503, "", "999999"));
  };
  const witnessing = await own.open([one], ask);
  await witnessing.round();
  own.now += 599_000;
  await witnessing.round();
  assert.equal(asked, 1);
  own.now += 2_000;
  await witnessing.round();
  assert.equal(asked, 2);
});

test("a cosignature of another key, log or second counts for nothing", async () => {
  const own = world();
  const one = await witnessOf("w.example");
  const stranger = generateKeys();
  const { note } = own.ledger.checkpoint;
  const sign = signer(one.keys.privateKey);
  const good = cosignatureLine(note, { key: one.key, sign }, 1_790_000_000);
  const bytes = Buffer.from(good.trimEnd().split(" ").at(-1)!, "base64");
  bytes[11]! ^= 1;
  const wrong = [
    cosignatureLine(note, { key: one.key, sign: signer(stranger.privateKey) }, 1),
    cosignatureLine(note, { key: { ...one.key, name: "x.example" }, sign }, 1),
    cosignatureLine(note.replace("\n5\n", "\n6\n"), { key: one.key, sign }, 1),
    `\u2014 w.example ${bytes.toString("base64")}\n`,
    good.trimEnd(),
  ];
  for (const body of wrong) {
    const witnessing = await own.open([one], () => Promise.resolve(answer(200, body)));
    await witnessing.round();
    assert.equal(witnessing.states[0]?.trouble, "cosignature");
    assert.equal(witnessing.newest, undefined);
  }
  // Lines of others beside it are left out.
  const witnessing = await own.open([one], () => Promise.resolve(answer(200, wrong[1]! + good)));
  await witnessing.round();
  assert.equal(witnessing.newest?.checkpoint.note, note + good);
});

test("while tiles are filled in, no proof can be made: the round says so and goes on later", async () => {
  const own = world();
  const one = await witnessOf("w.example");
  const witnessing = await own.open([one]);
  await witnessing.round();
  own.grow(9);
  own.isBehind = true;
  await witnessing.round();
  assert.equal(witnessing.states[0]?.trouble, "behind");
  own.isBehind = false;
  own.now += 10_000;
  await witnessing.round();
  assert.equal(witnessing.newest?.checkpoint.size, 9);
});

test("a checkpoint of more witnesses is shown for ten minutes before one of fewer", async () => {
  const own = world();
  const both = [await witnessOf("w1.example"), await witnessOf("w2.example")];
  const witnessing = await own.open(both);
  await witnessing.round();
  both[1]!.ask = () => Promise.resolve(answer(500));
  for (const [ms, size, shown] of [[10_000, 21, 5], [580_000, 22, 5], [20_000, 23, 23]] as const) {
    own.grow(size);
    own.now += ms;
    await witnessing.round();
    assert.equal(witnessing.newest?.checkpoint.size, shown);
  }
});

test("what was kept is not believed if it was changed, nor if it is of another log", async () => {
  const own = world();
  const one = await witnessOf("w.example");
  await (await own.open([one])).round();
  const path = "/hub/witnessed.json";
  const key = { name: ORIGIN, publicKey: hub.publicKey };
  assert.ok(await readWitnessed(own.files, "/hub", key));
  const other = { name: "custos/ffffffffffffffff", publicKey: hub.publicKey };
  assert.equal(await readWitnessed(own.files, "/hub", other), undefined);
  const text = new TextDecoder().decode(own.files.bytesOf(path));
  const from = text.indexOf("w.example ");
  for (let at = from; at < text.indexOf('"', from) - 4; at++) {
    own.files.flip(path, at * 8 + 1);
    const found = await readWitnessed(own.files, "/hub", key);
    assert.equal(found, undefined, `byte ${at}`);
    own.files.flip(path, at * 8 + 1);
  }
});
