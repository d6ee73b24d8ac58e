import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { portableVerifier } from "../proof/portable_sign.ts";
import { verifier } from "../proof/sign.ts";
import { HEADER_BYTES, parseHeader, verifyFrame } from "./frame.ts";
import { decodeZstd } from "./zstd/decode.ts";
import { contentOf, type Vector } from "./vectors/vector.ts";

const folders = new URL("./vectors/", import.meta.url);
const files = readdirSync(folders, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".json")).toSorted();
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

for (const [folder, least] of [["v1", 12], ["v2", 13]] as const) {
  test(`there are vectors of ${folder}`, () => {
    assert.ok(files.filter((path) => path.startsWith(folder)).length >= least);
  });
}

for (const path of files) {
  const vector = JSON.parse(readFileSync(new URL(path, folders), "utf8")) as Vector;
  const frame = bytesOf(vector.frame);

  test(`the frame of ${path} is read as it was when it was frozen`, () => {
    const { about: _about, publicKey, frame: _frame, ...content } = vector;
    verifyFrame(frame, parseHeader(frame), verifier(bytesOf(publicKey)));
    assert.deepEqual(JSON.parse(JSON.stringify(contentOf(frame))), content);
  });

  test(`the frame of ${path} is verified and unpacked by the portable readers`, () => {
    const header = parseHeader(frame);
    verifyFrame(frame, header, portableVerifier(bytesOf(vector.publicKey)));
    const packed = frame.subarray(HEADER_BYTES);
    const body = header.stored ? packed : decodeZstd(packed, header.rawBytes);
    assert.equal(Buffer.from(body).toString("hex"), vector.body);
  });
}
