import assert from "node:assert/strict";
import test from "node:test";
import { generateKeys, keyId, signer, verifier, type Verify } from "../../sdk/proof/sign.ts";
import { parseHeader, verifyFrame } from "../../sdk/wire/frame.ts";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { type Problem, verifySpool, walkSpool } from "./inspect.ts";
import { reseal } from "./reseal.ts";
import { append, group, keyOf, numberIn, ONE, open, TWO, VERIFY } from "./test_spool.ts";

async function filled(): Promise<FaultyFiles> {
  const files = faultyFiles();
  await using spool = await open(files);
  const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
  for (let n = 0; n < 8; n++) await append(one, ONE, [n]);
  await append(two, TWO, [20, 21]);
  spool.ack({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: 0 });
  return files;
}

async function problems(
  files: FaultyFiles,
  verify: Verify = VERIFY,
): Promise<readonly Problem[]> {
  const keyOf = () => Promise.resolve(verify);
  return await Array.fromAsync(verifySpool(files, "/spool", keyOf));
}

const segments = (files: FaultyFiles) =>
  files.list("/spool").filter((name) => name.endsWith(".seg")).map((name) => `/spool/${name}`);

test("walkSpool() gives each frame with its source, in the order of writing", async () => {
  const items = await Array.fromAsync(walkSpool(await filled(), "/spool"));
  const frames = items.flatMap((item) => item.kind === "frame" ? [item] : []);
  assert.equal(frames.length, items.length);
  assert.deepEqual(frames.map(({ bytes }) => numberIn(bytes)), [0, 1, 2, 3, 4, 5, 6, 7, 20, 21]);
  assert.deepEqual([frames[0]!.source, frames.at(-1)!.source], ["one", "two"]);
});

test("verifySpool() finds nothing wrong with a spool as it was written", async () => {
  assert.deepEqual(await problems(await filled()), []);
});

test("verifySpool() names file and offset of a flipped bit, and goes on behind it", async () => {
  const files = await filled();
  const path = segments(files)[0]!;
  files.flip(path, (files.bytesOf(path).length - 10) * 8);
  const found = await problems(files);
  assert.deepEqual(found.map((item) => [item.path, item.why]), [[path, "crc"]]);
  const frames = await Array.fromAsync(walkSpool(files, "/spool"));
  assert.equal(frames.filter(({ kind }) => kind === "frame").length, 9);
});

test("verifySpool() finds frames that another key has signed", async () => {
  const other = verifier(generateKeys().publicKey);
  const found = await problems(await filled(), other);
  assert.equal(found.length, 10);
  assert.match(found[0]!.why, /^signature/);
});

test("verifySpool() says of a frame whose key nobody knows that it has none", async () => {
  const found = verifySpool(await filled(), "/spool", () => Promise.resolve(undefined));
  const whys = (await Array.fromAsync(found)).map(({ why }) => why);
  assert.equal(whys.length, 10);
  assert.match(whys[0]!, /^key: /);
});

test("reseal() gives the same body at another place, signed anew", async () => {
  const keys = generateKeys();
  const [old] = group(ONE, { epoch: 1, seq: 4, tail: new Uint8Array(32) }, [9]);
  const place = { epoch: 2, seq: 0, tail: new Uint8Array(32), groupIndex: 0, groupLast: true };
  const { frame } = reseal(old!, place, {
    keyId: keyId(keys.publicKey),
    sign: signer(keys.privateKey),
  });
  assert.equal(numberIn(frame), 9);
  assert.notDeepEqual(frame, old);
  const header = parseHeader(frame);
  assert.deepEqual(header.keyId, keyId(keys.publicKey));
  verifyFrame(frame, header, verifier(keys.publicKey));
});
