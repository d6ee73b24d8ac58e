import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { ColumnBatch } from "../columns/column.ts";
import { frameHash, HEADER_BYTES, parseHeader } from "../wire/frame.ts";
import {
  AGENT,
  batchOf,
  bytesOf,
  chainOf,
  cosigned,
  enrolment,
  ENTRY,
  entryOf,
  frameOf,
  headOf,
  HUB,
  keysOf,
  logOf,
  opening,
  ORIGIN,
  recordsOf,
  SOURCE,
  WITNESS,
} from "../testkit/bundle_room.ts";
import type { BundleRecord, ProvenEntry } from "./bundle.ts";
import { nativeProvider } from "./native_provider.ts";
import { portableProvider as portable } from "./portable_provider.ts";
import { rowTreeOf } from "./row_tree.ts";
import type { Provider } from "./provider.ts";
import type { Verdict } from "./verdict.ts";
import { openVerifier } from "./verify.ts";
import type { Trust } from "./verify_head.ts";

const NOBODY: Trust = { hubs: [], witnesses: [], agents: [] };
const ALL: Trust = { hubs: [HUB.publicKey], witnesses: [WITNESS], agents: [AGENT.publicKey] };

function verify(bytes: Uint8Array, trust = ALL, provider: Provider = nativeProvider): Verdict {
  const verifier = openVerifier(provider, trust);
  verifier.take(bytes);
  return verifier.end();
}

/** The link that is named, and its code. */
function brokenOf(records: readonly BundleRecord[], trust = ALL): string | undefined {
  const { broken } = verify(bytesOf(records), trust);
  return broken && `${broken.link} ${broken.code}`;
}

const frames = chainOf(4);
const log = logOf(frames);
const good = recordsOf(log);
/** Ledger index of the first frame. */
const FIRST = 2;

/** The bundle in which the log has `frame` in the place of frame `seq`. */
function withFrame(seq: number, frame: Uint8Array): readonly BundleRecord[] {
  return recordsOf(log.with(FIRST + seq, entryOf(ENTRY.frame, frame)));
}

/** The bundle whose entry of frame `seq` is another than the log's. */
function withEntry(seq: number, change: (entry: ProvenEntry) => Partial<ProvenEntry>) {
  return good.map((record) =>
    record.kind === "entry" && record.index === FIRST + seq
      ? { ...record, ...change(record) }
      : record
  );
}

/** `bytes` with one bit of byte `at` flipped. */
function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
}

test("a good bundle verifies, and the verdict says what it holds", () => {
  const verdict = verify(bytesOf(good));
  assert.equal(verdict.broken, undefined);
  assert.deepEqual(verdict.faith, []);
  assert.deepEqual(verdict.witnesses, [
    { name: WITNESS.name, time: 1_790_000_000, isTrusted: true },
  ]);
  assert.equal(verdict.log?.origin, ORIGIN);
  assert.equal(verdict.log?.size, log.length);
  assert.equal(verdict.entries, log.length);
  const [span, ...others] = verdict.streams;
  assert.equal(others.length, 0);
  assert.equal(span?.source, SOURCE);
  assert.equal(span?.host, "web-1");
  assert.deepEqual([span?.first, span?.last], [{ epoch: 1, seq: 0 }, { epoch: 1, seq: 3 }]);
  assert.deepEqual([span?.frames, span?.events, span?.gaps], [4, 12, 0]);
});

test("without keys it says what was taken on faith", () => {
  const { broken, faith, witnesses } = verify(bytesOf(good), NOBODY);
  assert.equal(broken, undefined);
  assert.equal(witnesses[0]?.isTrusted, false);
  assert.equal(faith.length, 3);
  assert.match(faith[0]!, /key of hub custos\/0707070707070707/);
  assert.match(faith[1]!, /key of witness witness\.example\/w1/);
  assert.match(faith[2]!, /is host "web-1"/);
});

test("a bundle may come in pieces of any size", () => {
  const bytes = bytesOf(good);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4000 }), (size) => {
      const verifier = openVerifier(nativeProvider, ALL);
      for (let at = 0; at < bytes.length; at += size) verifier.take(bytes.subarray(at, at + size));
      assert.equal(verifier.end().broken, undefined);
    }),
    { numRuns: 20 },
  );
});

const changed = frameOf({ seq: 1, previous: frameHash(frames[0]!), batch: batchOf(3, 99) });
const SEED = new Uint8Array(32).fill(6);
/** Frame 3 whose header has the root of the rows of `batch`. */
function rooted(batch: ColumnBatch): Uint8Array {
  const { root: rowRoot } = rowTreeOf(batch, SEED);
  return frameOf({ seq: 3, previous: frameHash(frames[2]!), rowRoot, bodySeed: SEED });
}
const other = keysOf(8);
/** Frame 1 with the body of another, in its own header or in none that fits. */
const otherBody = new Uint8Array(frames[1]!);
otherBody.set(frames[2]!.subarray(HEADER_BYTES), HEADER_BYTES);

/** The note with another time in its last signature. */
function redated(note: string): string {
  const at = note.lastIndexOf(" ") + 1;
  const bytes = flipped(Buffer.from(note.slice(at), "base64"), 11);
  return `${note.slice(0, at)}${Buffer.from(bytes).toString("base64")}\n`;
}

const TAMPERED: readonly (readonly [string, string, readonly BundleRecord[], Trust?])[] = [
  ["the body of one frame is another's", "frame body", withFrame(1, otherBody)],
  [
    "a row is changed and the agent's own key signs it again",
    "chain previous",
    withFrame(1, changed),
  ],
  [
    "a row is changed in the bundle alone",
    "leaf inclusion",
    withEntry(3, () => ({
      entry: entryOf(
        ENTRY.frame,
        frameOf({ seq: 3, previous: frameHash(frames[2]!), batch: batchOf(3, 99) }),
      ),
    })),
  ],
  [
    "the body holds fewer rows than the signed header counts",
    "row body",
    withFrame(3, frameOf({ seq: 3, previous: frameHash(frames[2]!), rows: 4 })),
  ],
  [
    "the rows are not those of the tree whose root the agent has signed",
    "row root",
    withFrame(3, rooted(batchOf(3, 99))),
  ],
  [
    "a root of rows is signed and the body has no seed",
    "row root",
    withFrame(3, frameOf({ seq: 3, previous: frameHash(frames[2]!), rowRoot: SEED })),
  ],
  [
    "a frame has no header",
    "frame header",
    withFrame(1, frames[1]!.subarray(0, HEADER_BYTES - 1)),
  ],
  [
    "another key signs in the agent's name",
    "signature signature",
    withFrame(1, frameOf({ seq: 1, previous: frameHash(frames[0]!), by: other })),
  ],
  [
    "a frame names a key that the agent never had",
    "signature key",
    withFrame(1, frameOf({ seq: 1, previous: frameHash(frames[0]!), keyId: new Uint8Array(8) })),
  ],
  ["the enrolment is left out", "signature key", recordsOf(log.slice(1)), NOBODY],
  [
    "the enrolment has another agent's key",
    "signature agent",
    recordsOf([
      entryOf(
        ENTRY.agent,
        new TextEncoder().encode(
          new TextDecoder().decode(enrolment().subarray(42)).replace(
            Buffer.from(AGENT.publicKey).toString("hex"),
            Buffer.from(other.publicKey).toString("hex"),
          ),
        ),
      ),
      ...log.slice(1),
    ]),
  ],
  [
    "the agent is none of those that are trusted",
    "signature untrusted",
    good,
    { ...ALL, agents: [other.publicKey] },
  ],
  [
    "two frames change places in the log",
    "chain previous",
    recordsOf(log.with(FIRST + 1, log[FIRST + 2]!).with(FIRST + 2, log[FIRST + 1]!)),
  ],
  ["a frame is left out of the log", "chain previous", recordsOf(log.toSpliced(FIRST + 1, 1))],
  [
    "a frame is left out of the bundle",
    "chain previous",
    good.filter((r) => r.kind !== "entry" || r.index !== FIRST + 1),
  ],
  [
    "the end of an epoch is left out",
    "chain epoch",
    recordsOf([
      ...log.slice(0, -1),
      opening(2, { epoch: 1, next: 4, tail: frameHash(frames[3]!) }),
    ]),
  ],
  [
    "an epoch opens without the ledger's word",
    "chain previous",
    recordsOf([...log, entryOf(ENTRY.frame, frameOf({ epoch: 2 }))]),
  ],
  [
    "an entry has another's proof",
    "leaf inclusion",
    withEntry(1, () => ({ proof: good.findLast((r) => r.kind === "entry")!.proof })),
  ],
  ["a proof is left out", "leaf inclusion", withEntry(1, () => ({ proof: [] }))],
  [
    "a proof has a hash too many",
    "leaf inclusion",
    withEntry(1, ({ proof }) => ({ proof: [...proof, new Uint8Array(32)] })),
  ],
  [
    "the hub time of an entry is changed",
    "leaf inclusion",
    withEntry(1, ({ entry }) => ({ entry: flipped(entry, 9) })),
  ],
  [
    "the checkpoint is a younger one of the same log",
    "leaf inclusion",
    good.with(0, { kind: "checkpoint", note: cosigned(headOf([...log, log[0]!]).note) }),
  ],
  [
    "the checkpoint is of the same tree, by another key",
    "checkpoint signature",
    good.with(0, { kind: "checkpoint", note: cosigned(headOf(log, other).note) }),
  ],
  [
    "checkpoint and hub's key are another's",
    "checkpoint key",
    good.with(0, { kind: "checkpoint", note: cosigned(headOf(log, other).note) })
      .with(1, { kind: "key", role: "hub", name: ORIGIN, publicKey: other.publicKey }),
  ],
  [
    "the checkpoint is no note",
    "checkpoint format",
    good.with(0, { kind: "checkpoint", note: "custos/0707070707070707\n1\n" }),
  ],
  [
    "the witness's line is removed",
    "witness missing",
    good.with(0, { kind: "checkpoint", note: headOf(log).note }),
    NOBODY,
  ],
  [
    "the witness is removed with its key",
    "witness missing",
    good.with(0, { kind: "checkpoint", note: headOf(log).note }).toSpliced(2, 1),
  ],
  [
    "the witness has signed another second",
    "witness missing",
    good.with(0, { kind: "checkpoint", note: redated(cosigned(headOf(log).note)) }),
  ],
  [
    "two entries change places in the bundle",
    "bundle order",
    good.with(4, good[5]!).with(5, good[4]!),
  ],
  ["the end is left out", "bundle cut", good.slice(0, -1)],
  ["the hub's key is left out", "bundle order", good.toSpliced(1, 1)],
];

for (const [what, link, records, trust] of TAMPERED) {
  test(`where ${what}, the verdict is: ${link}`, () => {
    assert.equal(brokenOf(records, trust), link);
    assert.deepEqual(
      verify(bytesOf(records), trust, portable),
      verify(bytesOf(records), trust),
      "both providers must say the same",
    );
  });
}

test("a stream goes on in a new epoch where the ledger says so", () => {
  const next = [
    opening(2, { epoch: 1, next: 4, tail: frameHash(frames[3]!) }),
    entryOf(ENTRY.frame, frameOf({ epoch: 2 })),
  ];
  const { broken, streams } = verify(bytesOf(recordsOf([...log, ...next])));
  assert.equal(broken, undefined);
  assert.deepEqual(streams[0]?.last, { epoch: 2, seq: 0 });
});

test("a range may begin anywhere in a stream", () => {
  const records = good.filter((r) => r.kind !== "entry" || r.index < FIRST || r.index > FIRST + 1);
  const { broken, streams } = verify(bytesOf(records));
  assert.equal(broken, undefined);
  assert.deepEqual(streams[0]?.first, { epoch: 1, seq: 2 });
});

test("a frame with a tree over its rows holds", () => {
  const bytes = bytesOf(withFrame(3, rooted(batchOf(3))));
  assert.equal(verify(bytes).broken, undefined);
  assert.equal(verify(bytes, ALL, portable).broken, undefined);
});

test("the place of what is broken is named", () => {
  const { broken } = verify(bytesOf(withFrame(1, otherBody)));
  const { agent, stream } = parseHeader(frames[1]!);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  assert.equal(broken?.index, FIRST + 1);
  assert.deepEqual(broken?.frame, { agent: hex(agent), stream: hex(stream), epoch: 1, seq: 1 });
});

const small = bytesOf(recordsOf([enrolment(), entryOf(ENTRY.frame, chainOf(1, 1)[0]!)]));

test("every flipped bit of a small bundle is found", () => {
  assert.equal(verify(small, NOBODY).broken, undefined);
  for (let at = 0; at < small.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      assert.ok(verify(flipped(small, at, bit), NOBODY).broken, `bit ${bit} of byte ${at}`);
    }
  }
});

test("every cut of a bundle is found", () => {
  const whole = bytesOf(good);
  for (let length = 0; length < whole.length; length++) {
    assert.ok(verify(whole.subarray(0, length)).broken, `cut at ${length}`);
  }
});

test("bytes after the end are found", () => {
  assert.equal(verify(Uint8Array.from([...small, 0])).broken?.code, "order");
});

test("both providers give the same verdict on damaged bundles", () => {
  const whole = bytesOf(good);
  const damage = fc.record({
    at: fc.nat({ max: whole.length - 1 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(damage, ({ at, bytes, cut }) => {
      const damaged = new Uint8Array(whole);
      damaged.set(bytes.subarray(0, whole.length - at), at);
      const given = cut ? damaged.subarray(0, at) : damaged;
      const verdict = verify(given, NOBODY);
      assert.deepEqual(verify(given, NOBODY, portable), verdict);
      if (Buffer.compare(given, whole) !== 0) assert.ok(verdict.broken);
    }),
    { numRuns: 60 },
  );
});

test("a hostile bundle gets a verdict, whatever its bytes", () => {
  const start = small.subarray(0, 8);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, begins) => {
      const given = begins ? Uint8Array.from([...start, ...bytes]) : bytes;
      assert.equal(verify(given, NOBODY).broken?.link, "bundle");
    }),
  );
});
