import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import eventLog from "./mod.ts";

goldenCases(eventLog, new URL("./cases/", import.meta.url));
readmeTables(eventLog, new URL("./README.md", import.meta.url));

test("event_log refuses a config without files or channels, with both, or with another table", async () => {
  await assert.rejects(runPlugin(eventLog, { config: { files: [] } }), /at least one file/);
  const neither = /must have "files" or "channels", one of them/;
  await assert.rejects(runPlugin(eventLog, { config: {} }), neither);
  await assert.rejects(
    runPlugin(eventLog, { config: { files: ["/a"], channels: ["S"] } }),
    neither,
  );
  const config = { files: ["/a"], table: "SecurityEvent" };
  await assert.rejects(runPlugin(eventLog, { config }), /must be "WindowsEvent" or "Event"/);
});

const corpus = new URL("../../../shared/corpora/samples/event-logs/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
/** With a bad checksum, values of a size_t, a record of no size, chunks without a head. */
const SAMPLES: readonly (readonly [file: string, events: number, gaps: number])[] = [
  ["Application_no_crc32.evtx", 17, 0],
  ["Security_with_size_t.evtx", 636, 0],
  ["sample-with-zero-data-size-event.evtx", 449, 1],
  ["sample_with_a_bad_chunk_magic.evtx", 301, 6],
  ["issue_201.evtx", 1, 0],
];
for (const [name, events, gaps] of SAMPLES) {
  test(`event_log reads the real log ${name}`, { skip }, async () => {
    const files = { "/log": new Uint8Array(readFileSync(new URL(name, corpus))) };
    const run = await runPlugin(eventLog, { config: { files: ["/log"] }, files });
    assert.deepEqual(run.rejected, {});
    assert.equal(run.rows["WindowsEvent"]?.length, events);
    assert.equal(run.gaps.length, gaps);
  });
}
