import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bytesOf, chainOf, HUB, logOf, recordsOf, WITNESS } from "../../sdk/testkit/bundle_room.ts";
import { EXIT, parseCall } from "./command.ts";
import { verify } from "./verify.ts";

const work = mkdtempSync(join(tmpdir(), "custos-verify-"));
after(() => rmSync(work, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(work, name), bytes);
  return join(work, name);
};
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const whole = bytesOf(recordsOf(logOf(chainOf(2))));
const bundle = put("bundle", whole);
const missing = join(work, "missing");

async function run(...words: readonly string[]) {
  let out = "";
  const code = await verify.run({
    ...parseCall(verify, words),
    signal: new AbortController().signal,
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: () => undefined,
  });
  return { code, out };
}

const HUB_KEY = ["--hub-key", hexOf(HUB.publicKey)] as const;
const REFUSED: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [[], /^no bundle is named$/],
  [[bundle, "more"], /^"more" is too much$/],
  [[missing], /missing: there is no such file or folder, name one that is there$/],
  [[work], /: it is a folder, name a file$/],
  [[bundle, "--entry", bundle], /^--hub-key is missing: a proof brings no key$/],
  [[bundle, "--entry", missing, ...HUB_KEY], /^Cannot read [^ ]*missing: there is no such file/],
  [[missing, "--entry", bundle, ...HUB_KEY], /^Cannot read [^ ]*missing: there is no such file/],
  [[bundle, "--hub-key", "12"], /^--hub-key is "12", must be 64 hex digits or a verifier key/],
  [[bundle, "--agent-key", "12"], /^--agent-key is "12", must be 64 hex digits or a verifier key/],
  [[bundle, "--witness-key", "w"], /^--witness-key is "w", must be NAME=KEY/],
  [[bundle, "--witness-key", hexOf(WITNESS.publicKey)], /must be NAME=KEY.*names no witness/],
  [[bundle, "--trust", missing], /^--trust [^ ]*missing cannot be read: there is no such file/],
  [[bundle, "--trust", put("trust", "hub 12\n")], /^--trust [^ ]*trust .*line 1 has no key/],
];

for (const [words, message] of REFUSED) {
  test(`verify ${words.map((word) => word.replace(work, "").slice(0, 20)).join(" ")} is refused`, async () => {
    await assert.rejects(run(...words), { message });
  });
}

const BROKEN: readonly (readonly [name: string, bytes: Uint8Array | string, told: RegExp])[] = [
  ["of no bytes", "", /BROKEN at bundle: .*ends too early, get the whole file \(cut\)/],
  [
    "of something else",
    "PAR1....",
    /must be a file that custos-hub export or GET \/proof\/row made/,
  ],
  ["that was cut", whole.subarray(0, -1), /BROKEN at bundle: .*get the whole file \(cut\)/],
];

for (const [name, bytes, told] of BROKEN) {
  test(`a file ${name} is no bundle: exit code 5`, async () => {
    const { code, out } = await run(put("broken", bytes));
    assert.equal(code, EXIT.integrity);
    assert.match(out, told);
  });
}

test("keys of several options are all demanded", async () => {
  const witness = `${WITNESS.name}=${hexOf(WITNESS.publicKey)}`;
  const { code, out } = await run(bundle, ...HUB_KEY, "--witness-key", witness);
  assert.equal(code, EXIT.ok, out);
  assert.match(out, /every link holds/);
});
