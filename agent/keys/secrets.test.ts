import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { keysIn, newStore, revealKeysIn, rotated, tokensOf, withRevealKey } from "./holder.ts";
import { commandSecrets, plainSecrets } from "./secrets.ts";
import { readStore } from "./store.ts";

const work = mkdtempSync(join(tmpdir(), "custos-kms-"));
after(() => rmSync(work, { recursive: true }));
const KEY = new Uint8Array(32).fill(0xab);

/** A program in the place of one that asks a KMS. */
function program(name: string, script: string): string {
  const path = join(work, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Turns the base64 around and keeps what it was asked: no KMS, but no plain key either. */
const KMS = program(
  "kms",
  `read line
echo "$line" >> ${work}/asked
text=$(echo "$line" | sed 's/.*"\\(plain\\|wrapped\\)":"\\([^"]*\\)".*/\\2/' | rev)
case "$line" in
*'"op":"wrap"'*) echo "{\\"wrapped\\":\\"$text\\"}" ;;
*) echo "{\\"plain\\":\\"$text\\"}" ;;
esac`,
);

test("a command wraps and unwraps, and is told what the secret is", async () => {
  const secrets = commandSecrets(KMS);
  const wrapped = await secrets.wrap("token:1", KEY);
  assert.notEqual(wrapped, Buffer.from(KEY).toString("base64"));
  assert.deepEqual(await secrets.unwrap("token:1", wrapped), KEY);
  const base64 = Buffer.from(KEY).toString("base64");
  assert.deepEqual(readFileSync(join(work, "asked"), "utf8").trim().split("\n"), [
    JSON.stringify({ op: "wrap", name: "token:1", plain: base64 }),
    JSON.stringify({ op: "unwrap", name: "token:1", wrapped }),
  ]);
});

test("a holder with a KMS has no key in its file, and rotates and makes tokens all the same", async () => {
  const random = (n: number) => new Uint8Array(n).fill(0xcd);
  const first = await newStore({ kms: KMS, epoch: 1, key: KEY, reveal: true, random });
  const store = await rotated(first, { from: 5, overlapMs: 10, seen: 7, random });
  const text = JSON.stringify(store);
  for (const secret of [KEY, random(32)]) {
    assert.ok(!text.includes(Buffer.from(secret).toString("hex")));
    assert.ok(!text.includes(Buffer.from(secret).toString("base64")));
  }
  assert.deepEqual((await keysIn(store)).map(({ epoch, until, bytes }) => [epoch, until, bytes]), [
    [1, 15, KEY],
    [8, Number.MAX_SAFE_INTEGER, random(32)],
  ]);
  const tokens = await tokensOf(store, { kind: "user", value: "Ada" });
  assert.deepEqual(tokens.map((token) => token.slice(0, 7)), ["user:1:", "user:8:"]);
});

test("a holder that has no reveal key gets one, then another, and each opens its own", async () => {
  let last = 0;
  const random = (n: number) => new Uint8Array(n).fill(++last);
  rmSync(join(work, "asked"), { force: true });
  const none = await newStore({ kms: KMS, epoch: 1, key: KEY, reveal: false, random });
  await assert.rejects(revealKeysIn(none), { code: "reveal", message: /renew-reveal-key$/ });
  const one = await withRevealKey(none, random);
  const two = await withRevealKey(one, random);
  const [newest, before, ...more] = await revealKeysIn(two);
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  assert.equal(hexOf(newest.publicKey), two.reveal?.publicKey);
  assert.equal(hexOf(before!.publicKey), one.reveal?.publicKey);
  assert.deepEqual(more, []);
  // A KMS may bind a secret to its name.
  const names = readFileSync(join(work, "asked"), "utf8").match(/"op":"\w+","name":"reveal[^"]*"/g);
  assert.deepEqual(names?.map((asked) => asked.replace(/"op":"|","name":"|"$/g, " ").trim()), [
    "wrap reveal",
    "wrap reveal:2",
    "unwrap reveal",
    "unwrap reveal:2",
  ]);
});

test("a holder's file of before reveal keys were renewed is read as ever", async () => {
  const files = nodeFiles();
  const random = (n: number) => new Uint8Array(n).fill(1);
  const path = join(work, "holder.json");
  const made = await newStore({ kms: undefined, epoch: 1, key: KEY, reveal: true, random });
  const { revealBefore: _, ...old } = made;
  writeFileSync(path, JSON.stringify(old));
  assert.deepEqual(await readStore(files, path), made);
});

for (
  const [name, script, why] of [
    ["fails", "exit 3", /ended with 3, must end with 0/],
    ["says nothing", "cat > /dev/null", /answer is not the documented one/],
    ["tells the key in its words", "cat; exit 0", /answer is not the documented one/],
  ] as const
) {
  test(`a program that ${name} is told in words that hold no secret`, async () => {
    const path = program(name.replaceAll(" ", "_"), script);
    await assert.rejects(commandSecrets(path).wrap("token:1", KEY), (error: Error) => {
      assert.match(error.message, why);
      assert.ok(!error.message.includes(Buffer.from(KEY).toString("base64")));
      assert.equal(error.cause, undefined);
      return true;
    });
  });
}

test("a program that is not there is told", async () => {
  await assert.rejects(commandSecrets(join(work, "none")).wrap("x", KEY), { code: "command" });
});

test("a secret of another length is refused", async () => {
  await assert.rejects(plainSecrets.unwrap("token:1", "abcd"), { code: "form" });
});

test("an epoch must begin after the last one", async () => {
  const random = (n: number) => new Uint8Array(n).fill(1);
  const store = await newStore({ kms: undefined, epoch: 1, key: KEY, reveal: false, random });
  const next = await rotated(store, { from: 100, overlapMs: 0, seen: 1, random });
  await assert.rejects(rotated(next, { from: 100, overlapMs: 0, seen: 2, random }), {
    code: "epoch",
  });
});
