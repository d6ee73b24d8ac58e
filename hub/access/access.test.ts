import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scope } from "../../sdk/api/scope.ts";
import { type Control, openControl } from "../control.ts";
import { openKeys } from "./keys.ts";
import { LOGIN_MS, openSessions, SESSION_MS } from "./sessions.ts";

const READ: readonly Scope[] = ["status:read", "events:read"];

function setting() {
  const clock = { now: 1_000_000 };
  let next = 0;
  const random = (bytes: number) => new Uint8Array(bytes).fill(++next);
  const control = openControl(":memory:");
  const env = { now: () => clock.now, random };
  return { clock, control, keys: openKeys(control, env), sessions: openSessions(control, env) };
}

function everyByte(control: Control): string {
  return ["api_key", "login_code", "session"]
    .flatMap((name) => control.all(`select * from ${name}`))
    .flatMap((row) => Object.values(row))
    .map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value)
    )
    .join("\n");
}

test("openKeys() finds a key by its secret, with its scopes", async () => {
  const { keys, control } = setting();
  const { secret } = keys.create({ name: "grafana", scopes: READ });
  assert.match(secret, /^custos_[a-z2-7]{52}$/);
  const caller = keys.find(secret);
  assert.equal(caller?.name, "grafana");
  assert.deepEqual([...caller.scopes], READ);
  await control[Symbol.asyncDispose]();
});

test("openKeys() finds no key for another secret, an empty one or a very long one", async () => {
  const { keys, control } = setting();
  const { secret } = keys.create({ name: "grafana", scopes: READ });
  for (
    const wrong of [
      "",
      "custos_",
      `${secret.slice(0, -1)}b`,
      secret.slice(7),
      `${secret} `,
      `custos_${"a".repeat(5000)}`,
    ]
  ) {
    assert.equal(keys.find(wrong), undefined);
  }
  await control[Symbol.asyncDispose]();
});

test("openKeys() finds no key from the moment it expires, nor after it was removed", async () => {
  const { keys, clock, control } = setting();
  const { secret, key } = keys.create({ name: "a", scopes: READ, expiresAt: clock.now + 10 });
  clock.now += 9;
  assert.equal(keys.find(secret)?.id, `key:${key.id}`);
  clock.now += 1;
  assert.equal(keys.find(secret), undefined);
  clock.now -= 5;
  assert.equal(keys.remove(key.id), true);
  assert.equal(keys.find(secret), undefined);
  assert.equal(keys.remove(key.id), false);
  await control[Symbol.asyncDispose]();
});

test("openKeys() notes when a key was used", async () => {
  const { keys, clock, control } = setting();
  const { secret } = keys.create({ name: "a", scopes: READ });
  assert.equal(keys.list()[0]?.usedAt, undefined);
  clock.now += 5;
  keys.find(secret);
  assert.equal(keys.list()[0]?.usedAt, clock.now);
  await control[Symbol.asyncDispose]();
});

test("openSessions() exchanges a login code once", async () => {
  const { sessions, control } = setting();
  const code = sessions.createLogin({ name: "owner", scopes: READ });
  const first = sessions.exchange(code);
  assert.equal(first?.caller.name, "owner");
  assert.deepEqual(sessions.find(first.secret)?.scopes, new Set(READ));
  assert.equal(sessions.exchange(code), undefined);
  await control[Symbol.asyncDispose]();
});

test("openSessions() refuses a login code after five minutes", async () => {
  const { sessions, clock, control } = setting();
  const code = sessions.createLogin({ name: "owner", scopes: READ });
  clock.now += LOGIN_MS;
  assert.equal(sessions.exchange(code), undefined);
  await control[Symbol.asyncDispose]();
});

test("openSessions() finds no session after its end, by time or by hand", async () => {
  const { sessions, clock, control } = setting();
  const open = () => sessions.exchange(sessions.createLogin({ name: "o", scopes: READ }))!.secret;
  const [late, closed] = [open(), open()];
  sessions.close(closed);
  assert.equal(sessions.find(closed), undefined);
  clock.now += SESSION_MS - 1;
  assert.notEqual(sessions.find(late), undefined);
  clock.now += 1;
  assert.equal(sessions.find(late), undefined);
  await control[Symbol.asyncDispose]();
});

test("a login code is no session and a session is no key", async () => {
  const { sessions, keys, control } = setting();
  const code = sessions.createLogin({ name: "o", scopes: READ });
  assert.equal(sessions.find(code), undefined);
  const { secret } = sessions.exchange(code)!;
  assert.equal(keys.find(secret), undefined);
  assert.equal(sessions.exchange(secret), undefined);
  await control[Symbol.asyncDispose]();
});

test("the control file holds no secret", async () => {
  const { sessions, keys, control } = setting();
  const { secret } = keys.create({ name: "canary-name", scopes: READ });
  const code = sessions.createLogin({ name: "o", scopes: READ });
  const waiting = sessions.createLogin({ name: "o", scopes: READ });
  const session = sessions.exchange(code)!.secret;
  const bytes = everyByte(control);
  assert.ok(bytes.includes("canary-name"));
  for (const text of [secret, waiting, session]) {
    assert.ok(!bytes.includes(text.slice(-20)));
  }
  await control[Symbol.asyncDispose]();
});
