import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf } from "../../sdk/proof/checkpoint.ts";
import {
  type Operator,
  type Rollback,
  rollbackText,
  signRollback,
} from "../../sdk/proof/rollback.ts";
import { generateKeys, type Keys, signer } from "../../sdk/proof/sign.ts";
import { follow, type Trust } from "./follow.ts";

const id = (byte: number) => new Uint8Array(8).fill(byte);
const root = (byte: number) => new Uint8Array(32).fill(byte);
const people = new Map(["ann", "bob", "eve"].map((name) => [name, generateKeys()]));
const operatorOf = (name: string): Operator => ({
  name,
  publicKey: people.get(name)!.publicKey,
});
const operators = [operatorOf("ann"), operatorOf("bob")];
const trust = (more: Partial<Trust> = {}): Trust => ({
  logId: id(1),
  operators,
  witnessed: undefined,
  ...more,
});

function statement(signers: Readonly<Record<string, Keys>>, more: Partial<Rollback> = {}): string {
  const text = rollbackText({
    oldLogId: id(1),
    oldHead: { size: 10, root: root(10) },
    newLogId: id(2),
    newHead: { size: 5, root: root(5) },
    lastEntryAt: "2026-08-01T00:00:00.000Z",
    madeAt: "2026-08-02T00:00:00.000Z",
    reason: "The disk was lost",
    ...more,
  });
  return Object.entries(signers).reduce(
    (note, [name, { publicKey, privateKey }]) =>
      signRollback(note, { name, publicKey }, signer(privateKey)),
    text,
  );
}

const both = { ann: people.get("ann")!, bob: people.get("bob")! };

test("follow() goes on with the new log where two known operators have signed", () => {
  const note = statement(both);
  const followed = follow(trust(), { rollbacks: [note] });
  assert.ok(followed.kind === "new");
  assert.deepEqual([followed.trust.logId, followed.notes], [id(2), [note]]);
  const { witnessed } = followed.trust;
  assert.deepEqual([witnessed?.size, witnessed?.root, witnessed?.origin], [
    5,
    root(5),
    originOf(id(2)),
  ]);
});

test("follow() goes on over several restores, and not over a missing one", () => {
  const one = statement(both);
  const two = statement(both, { oldLogId: id(2), newLogId: id(3) });
  const followed = follow(trust(), { rollbacks: [one, two] });
  assert.ok(followed.kind === "new");
  assert.deepEqual(followed.trust.logId, id(3));
  const skipped = follow(trust(), { rollbacks: [two] });
  assert.deepEqual(skipped, { kind: "refuse", code: "rollback-foreign" });
});

test("follow() lets nobody change what was seen and is kept", () => {
  const seen = (size: number) => ({ size, root: root(99), origin: originOf(id(1)), note: "old" });
  const keeps = follow(trust({ witnessed: seen(4) }), { rollbacks: [statement(both)] });
  assert.ok(keeps.kind === "new");
  assert.deepEqual(keeps.trust.witnessed, { ...seen(4), origin: originOf(id(2)) });
  const loses = follow(trust({ witnessed: seen(7) }), { rollbacks: [statement(both)] });
  assert.ok(loses.kind === "new");
  assert.deepEqual([loses.trust.witnessed?.size, loses.trust.witnessed?.root], [5, root(5)]);
});

test("follow() refuses a statement that too few known operators have signed", () => {
  const refusals: readonly (readonly [string, Trust, string])[] = [
    ["nobody", trust(), statement({})],
    ["one of two", trust(), statement({ ann: both.ann })],
    ["a stranger", trust(), statement({ ann: both.ann, eve: people.get("eve")! })],
    ["a stranger by a known name", trust(), statement({ ann: both.ann, bob: generateKeys() })],
    ["one twice", trust(), statement({ ann: both.ann, bob: both.ann })],
    ["two, of whom one is known", trust({ operators: [operatorOf("ann")] }), statement(both)],
    ["two, and none is known", trust({ operators: [] }), statement(both)],
  ];
  for (const [name, known, note] of refusals) {
    // What the same welcome says of operators counts for later ones only.
    const followed = follow(known, { rollbacks: [note], operators: [...operators] });
    assert.deepEqual(followed, { kind: "refuse", code: "rollback-unsigned" }, name);
  }
  const text = follow(trust(), { rollbacks: ["no statement"] });
  assert.deepEqual(text, { kind: "refuse", code: "rollback-foreign" });
});

test("follow() learns operators until it knows two, and then no others", () => {
  const [ann, bob, eve] = [operatorOf("ann"), operatorOf("bob"), operatorOf("eve")];
  const learnt = follow(trust({ operators: [] }), { operators: [ann, bob] });
  assert.ok(learnt.kind === "new");
  assert.deepEqual(learnt.trust.operators, [ann, bob]);
  const more = follow(trust({ operators: [ann] }), { operators: [eve, bob] });
  assert.deepEqual(more.kind === "new" && more.trust.operators, [eve, bob]);
  assert.deepEqual(follow(trust({ operators: [ann] }), { operators: [ann] }), { kind: "same" });
  assert.deepEqual(follow(trust(), { operators: [ann, eve] }), { kind: "same" });
  assert.deepEqual(follow(trust(), {}), { kind: "same" });
});
