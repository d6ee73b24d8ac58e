import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { openControl } from "../control.ts";
import { openTokens } from "./tokens.ts";

const key = (n: number) => new Uint8Array(32).fill(n);
const open = () => openTokens(openControl(":memory:"), randomBytes);

test("a token lets one agent in, and the same one again", () => {
  const tokens = open();
  const { secret } = tokens.create({ by: "key:1", now: 0, ttlMs: 1000 });
  assert.match(secret, /^[a-z2-7]{52}$/);
  assert.equal(tokens.use({ secret, keyHash: key(1), now: 999 }), true);
  assert.equal(tokens.use({ secret, keyHash: key(1), now: 5000 }), true);
  assert.equal(tokens.use({ secret, keyHash: key(2), now: 999 }), false);
});

test("a token that has expired, or was never made, lets nobody in", () => {
  const tokens = open();
  const { secret, expiresAt } = tokens.create({ by: "key:1", now: 0, ttlMs: 1000 });
  assert.equal(expiresAt, 1000);
  assert.equal(tokens.use({ secret, keyHash: key(1), now: 1000 }), false);
  assert.equal(tokens.use({ secret: "a".repeat(52), keyHash: key(1), now: 0 }), false);
});

test("the control file does not hold the secret", () => {
  const control = openControl(":memory:");
  const { secret } = openTokens(control, randomBytes).create({ by: "key:1", now: 0, ttlMs: 1 });
  const rows = control.all("select * from enroll_tokens").flatMap((row) => Object.values(row));
  assert.ok(rows.every((value) => !String(value).includes(secret)));
});
