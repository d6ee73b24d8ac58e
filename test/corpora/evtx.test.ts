import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { CHUNK_BYTES, type EvtxRecord, isUnused, readChunk } from "../../sdk/read/evtx_chunk.ts";
import { FILE_HEAD_BYTES } from "../../sdk/read/evtx_file.ts";
import { unequalFields } from "./evtx_expected.ts";

const corpus = new URL("../../../shared/corpora/evtx/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
/** Without a template, dirty, with bad checksums, with UserData, with arrays. */
const SAMPLE: ReadonlySet<string> = new Set([
  "d82f06d31bcfcca4",
  "58918c00cd618444",
  "663e175cff68ba5b",
  "5a2b42a8975ca824",
  "bf700b55dc45c810",
  "456d7645be38a8f7",
  "3e4fff1443d6b63f",
  "60e5fd8f10a3deec",
]);

function recordsOf(file: string): readonly EvtxRecord[] {
  const bytes = new Uint8Array(readFileSync(new URL(`${file}.evtx`, corpus)));
  const records: EvtxRecord[] = [];
  for (let at = FILE_HEAD_BYTES; at < bytes.length; at += CHUNK_BYTES) {
    const block = bytes.subarray(at, at + CHUNK_BYTES);
    if (!isUnused(block)) records.push(...readChunk(block).records);
  }
  return records;
}

test("readChunk() gives what another reader gives of real logs", { skip }, () => {
  const events = gunzipSync(readFileSync(new URL("EXPECTED_EVENTS.jsonl.gz", corpus))).toString();
  const expected = new Map<string, unknown>();
  for (const line of events.split("\n")) {
    if (!SAMPLE.has(line.slice(7, 23))) continue;
    const event = JSON.parse(line) as { readonly f: string; readonly rid: number };
    expected.set(`${event.f} ${event.rid}`, event);
  }
  assert.ok(expected.size > 1000);
  for (const file of SAMPLE) {
    for (const { number, event } of recordsOf(file)) {
      const wanted = expected.get(`${file} ${number}`);
      if (wanted === undefined) continue;
      assert.deepEqual(unequalFields(event, wanted), [], `${file} ${number}`);
      expected.delete(`${file} ${number}`);
    }
  }
  assert.deepEqual([...expected.keys()], []);
});
