import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { boxer, makeBoxKeys } from "../../sdk/keys/box.ts";
import { pairOf } from "../../sdk/keys/reveal_box.ts";
import { tokenOf } from "../../sdk/keys/token_of.ts";
import { openedBox } from "./reveal_verbs.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const box = makeBoxKeys(random);
const key = { epoch: 1, from: 0, until: 1, bytes: new Uint8Array(32).fill(3) };
const older = makeBoxKeys(random);
const holder = { reveal: [box, older], keys: [key] } as const;
const seal = boxer(box.publicKey, random);

function sealed(token: string, value: string, by = seal) {
  const bytes = by(pairOf(token, Buffer.from(value)));
  return { token, box: Buffer.from(bytes).toString("base64") };
}

for (const [kind, value] of [["user", "Ada Lovelace"], ["ip", "10.1.2.3"]] as const) {
  test(`a box tells what the token of kind ${kind} stands for`, () => {
    const token = tokenOf(key, kind, value);
    assert.deepEqual(openedBox(sealed(token, value), holder), { token, value, trust: "ok" });
  });
}

test("what was sealed to a reveal key of before is opened with that", () => {
  const token = tokenOf(key, "user", "Ada");
  const before = sealed(token, "Ada", boxer(older.publicKey, random));
  assert.deepEqual(openedBox(before, holder), { token, value: "Ada", trust: "ok" });
  const other = sealed(token, "Ada", boxer(makeBoxKeys(random).publicKey, random));
  assert.equal(openedBox(other, holder).trust, "forged");
});

test("a value that a host has made up for a token is not shown", () => {
  const token = tokenOf(key, "user", "Ada");
  const told = openedBox(sealed(token, "Grace"), holder);
  assert.deepEqual(told, { token, value: null, trust: "forged" });
});

test("a box of another token, put there by the hub, is not shown", () => {
  const token = tokenOf(key, "user", "Ada");
  const other = sealed(tokenOf(key, "user", "Grace"), "Grace");
  assert.equal(openedBox({ token, box: other.box }, holder).trust, "forged");
  assert.equal(openedBox({ token, box: "bm8gYm94" }, holder).trust, "forged");
});

test("a value of an epoch that the holder has lost is shown, and said to be unchecked", () => {
  const token = tokenOf({ ...key, epoch: 9 }, "user", "Ada");
  const told = openedBox(sealed(token, "Ada"), holder);
  assert.deepEqual(told, { token, value: "Ada", trust: "unknown-epoch" });
});
