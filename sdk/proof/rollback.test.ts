import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  openRollback,
  type Operator,
  parseRollback,
  type Rollback,
  RollbackError,
  rollbackSigners,
  rollbackText,
  signRollback,
} from "./rollback.ts";
import { generateKeys, type Keys, signer } from "./sign.ts";

interface Person extends Operator {
  readonly keys: Keys;
}

function person(name: string): Person {
  const keys = generateKeys();
  return { name, publicKey: keys.publicKey, keys };
}

const ROLLBACK: Rollback = {
  oldLogId: new Uint8Array(8).fill(1),
  oldHead: { size: 120, root: new Uint8Array(32).fill(2) },
  newLogId: new Uint8Array(8).fill(3),
  newHead: { size: 100, root: new Uint8Array(32).fill(4) },
  lastEntryAt: "2026-11-01T10:00:00.000Z",
  madeAt: "2026-11-02T10:00:00.000Z",
  reason: "The disk of the hub was lost",
};

function signed(by: readonly Person[], rollback = ROLLBACK): string {
  return by.reduce(
    (note, one) => signRollback(note, one, signer(one.keys.privateKey)),
    rollbackText(rollback),
  );
}

test("openRollback() reads what two known operators have signed", () => {
  const [ann, bob, eve] = [person("ann"), person("bob"), person("eve")];
  const note = signed([ann, bob]);
  assert.deepEqual({ ...openRollback(note, [eve, ann, bob]), note: undefined }, {
    ...ROLLBACK,
    note: undefined,
  });
  assert.deepEqual(rollbackSigners(note, [eve, ann, bob]), ["ann", "bob"]);
});

const ann = person("ann");
const bob = person("bob");
const eve = person("eve");
const twin: Person = { ...ann, name: "twin" };
for (
  const [what, note, operators] of [
    ["nobody has signed", rollbackText(ROLLBACK), [ann, bob]],
    ["one operator has signed", signed([ann]), [ann, bob]],
    ["one operator has signed twice", signed([ann, ann]), [ann, bob]],
    ["one key has signed under two names", signed([ann, twin]), [ann, twin]],
    ["a stranger is the second", signed([ann, eve]), [ann, bob]],
    ["the key is another one's", signed([ann, { ...eve, name: "bob" }]), [ann, bob]],
    ["no operator is known", signed([ann, bob]), []],
  ] as const
) {
  test(`openRollback() refuses a statement where ${what}`, () => {
    assert.throws(() => openRollback(note, operators), { code: "unsigned" });
  });
}

test("openRollback() refuses a statement with any one character changed", () => {
  const note = signed([ann, bob]);
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.constantFrom("0", "a", "\n", "="), (at, other) => {
      fc.pre(note[at] !== other);
      const changed = note.slice(0, at) + other + note.slice(at + 1);
      assert.throws(() => openRollback(changed, [ann, bob]), RollbackError);
    }),
    { numRuns: 400 },
  );
});

test("rollbackText() refuses a reason that is not one line", () => {
  for (const reason of ["", "a\nb", "a\u0000b", "x".repeat(201)]) {
    assert.throws(() => rollbackText({ ...ROLLBACK, reason }), { code: "format" });
  }
});

for (
  const [what, from, to] of [
    ["another first line", "custos/rollback/v1", "custos/rollback/v2"],
    ["a missing line", "The disk of the hub was lost\n", ""],
    ["a size with a leading zero", "\n120\n", "\n0120\n"],
    ["a time of another form", "2026-11-01T10:00:00.000Z", "2026-11-01"],
    ["another kind of origin", "custos/0101010101010101", "custos/01"],
  ] as const
) {
  test(`parseRollback() refuses ${what}`, () => {
    const text = rollbackText(ROLLBACK).replace(from, to);
    assert.throws(() => parseRollback(text), { code: "format" });
  });
}
