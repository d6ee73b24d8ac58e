import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AGENT,
  bytesOf,
  enrolment,
  ENTRY,
  entryOf,
  frameOf,
  keysOf,
  opening,
  recordsOf,
  streamId,
} from "../testkit/bundle_room.ts";
import { frameHash } from "../wire/frame.ts";
import { encodeStatement, enrolled, verifyStatement } from "../wire/succession.ts";
import { nativeProvider } from "./native_provider.ts";
import { portableProvider } from "./portable_provider.ts";
import type { Provider } from "./provider.ts";
import { keyId, type Keys, signer } from "./sign.ts";
import { openVerifier } from "./verify.ts";

const KEYS = [AGENT, keysOf(11), keysOf(12)] as const;
const FOREIGN = keysOf(13);

/** Frames of one epoch, each signed by the key that stands for it. */
function framesBy(signers: readonly Keys[]): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const [seq, by] of signers.entries()) {
    const before = frames.at(-1);
    const previous = before && { previous: frameHash(before) };
    frames.push(frameOf({ seq, by, keyId: keyId(by.publicKey), ...previous }));
  }
  return frames;
}

/** Statements 1 and 2: the first covers frame 0, the second frames 0 to 2. */
function statementsBy([zero, one, two]: readonly [Keys, Keys, Keys]): readonly Uint8Array[] {
  const stated: Uint8Array[] = [];
  let before = enrolled(AGENT.publicKey);
  for (
    const [next, publicKey, by] of [[1, one.publicKey, zero], [3, two.publicKey, one]] as const
  ) {
    const heads = [{ stream: streamId, epoch: 1, next, tail: new Uint8Array(32).fill(next) }];
    const fields = { time: 7n, publicKey, heads };
    const bytes = encodeStatement(before, fields, signer(by.privateKey));
    stated.push(bytes);
    const { number, hash } = before;
    before = by === FOREIGN
      ? { ...before, number: number + 1, publicKey, hash }
      : verifyStatement(bytes, before).after;
  }
  return stated;
}

/** The ledger gets statement 2 before frame 2, which it covers. */
function logOf(frames: readonly Uint8Array[], statements: readonly Uint8Array[]) {
  const [f0, f1, f2, f3] = frames.map((frame) => entryOf(ENTRY.frame, frame));
  const [s1, s2] = statements.map((bytes) => entryOf(ENTRY.succession, bytes));
  return [enrolment(), opening(1), f0!, s1!, f1!, s2!, f2!, f3!];
}

const [ZERO, ONE, TWO] = KEYS;
const SIGNERS = [ZERO, ONE, ONE, TWO] as const;
const STATEMENTS = statementsBy(KEYS);
const good = logOf(framesBy(SIGNERS), STATEMENTS);

function linkOf(entries: readonly Uint8Array[], provider: Provider = nativeProvider) {
  const trust = { hubs: [], witnesses: [], agents: [AGENT.publicKey] };
  const verifier = openVerifier(provider, trust);
  verifier.take(bytesOf(recordsOf(entries)));
  const { broken } = verifier.end();
  return broken && `${broken.link} ${broken.code}: ${broken.why}`;
}

test("frames of several keys verify, each by the key of its place, without the runtime's help too", () => {
  assert.equal(linkOf(good), undefined);
  assert.equal(linkOf(good, portableProvider), undefined);
});

const signedBy = (...signers: readonly Keys[]) => logOf(framesBy(signers), STATEMENTS);
const BROKEN: readonly (readonly [string, readonly Uint8Array[], RegExp])[] = [
  ["a later key has signed", signedBy(ZERO, ONE, TWO, TWO), /^signature key: .*not in force/],
  ["the enrolled key has signed on", signedBy(ZERO, ZERO, ONE, TWO), /^signature key: .*not in/],
  ["an older key has signed on", signedBy(ZERO, ONE, ONE, ONE), /^signature key: .*not in force/],
  ["a key that nobody stated has signed", signedBy(FOREIGN, ONE, ONE, TWO), /key: .*never had/],
  ["all statements are left out", good.filter((_, i) => i !== 3 && i !== 5), /key: .*never had/],
  ["a statement is left out", good.toSpliced(3, 1), /^signature key: /],
  ["statements change places", good.with(3, good[5]!).with(5, good[3]!), /^signature statement: /],
  ["a statement stands twice", good.toSpliced(4, 0, good[3]!), /^signature statement: .*number/],
  [
    "another key has signed a statement",
    logOf(framesBy(SIGNERS), statementsBy([FOREIGN, ONE, TWO])),
    /^signature statement: .*not signed by key 0/,
  ],
  [
    "a statement is cut",
    good.with(3, good[3]!.subarray(0, 150)),
    /^signature statement: Cannot read/,
  ],
];

for (const [what, entries, wanted] of BROKEN) {
  test(`where ${what}, the verdict says so`, () => {
    assert.match(linkOf(entries) ?? "", wanted);
    assert.equal(linkOf(entries, portableProvider), linkOf(entries));
  });
}
