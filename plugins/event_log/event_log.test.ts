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
  const query = "*[System[Level <= 3]]";
  await assert.rejects(
    runPlugin(eventLog, { config: { files: ["/a"], query } }),
    /without "channels"/,
  );
  await assert.rejects(
    runPlugin(eventLog, { config: { channels: ["S"], query: "Level <= 3" } }),
    /must be XPath that begins with \*/,
  );
  const config = { files: ["/a"], table: "SecurityEvent" };
  await assert.rejects(runPlugin(eventLog, { config }), /must be "WindowsEvent" or "Event"/);
});

const event = (channel: string, id: number) =>
  "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>" +
  `<Provider Name='P'/><EventID>${id}</EventID><Channel>${channel}</Channel></System></Event>`;

test("event_log leaves events of the Security channel out by name, and gives them to who reads ad hoc", async () => {
  const file = [event("System", 1), event("Security", 2), event("security", 3), event("S", 4)];
  const options = { config: { files: ["/log"] }, files: { "/log": file.join("\n") } };
  const ids = (run: Awaited<ReturnType<typeof runPlugin>>) =>
    run.rows["WindowsEvent"]?.map(({ EventID }) => EventID);
  const run = await runPlugin(eventLog, options);
  assert.deepEqual([ids(run), run.filtered], [[1, 4], { owned_channels: 2 }]);
  const hunted = await runPlugin(eventLog, { ...options, adHoc: true });
  assert.deepEqual(ids(hunted), [1, 2, 3, 4]);
});

test("event_log keeps what is no event in the table that it writes", async () => {
  const files = { "/log": "<Event><System>" };
  const one = await runPlugin(eventLog, { config: { files: ["/log"] }, files });
  assert.deepEqual(one.rows, {
    WindowsEvent: [{ RawEventData: "<Event><System>", _ParseError: "XML not complete" }],
  });
  const other = await runPlugin(eventLog, { config: { files: ["/log"], table: "Event" }, files });
  assert.deepEqual(other.rows, {
    Event: [{ _Raw: "<Event><System>", _ParseError: "XML not complete" }],
  });
});

test("event_log refuses to follow a channel that another plugin owns", async () => {
  await assert.rejects(
    runPlugin(eventLog, { config: { channels: ["System", "SECURITY"] } }),
    /must not have "SECURITY", which is read by the plugin security_audit/,
  );
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
    const run = await runPlugin(eventLog, { config: { files: ["/log"] }, files, adHoc: true });
    assert.deepEqual(run.rejected, {});
    assert.equal(run.rows["WindowsEvent"]?.length, events);
    assert.equal(run.gaps.length, gaps);
  });
}

test("event_log keeps what Execution says besides process and thread", async () => {
  const text = event("S", 1).replace(
    "<Channel>",
    "<Execution ProcessID='4' ThreadID='8' ProcessorID='2' KernelTime='61'/><Channel>",
  );
  const { rows } = await runPlugin(eventLog, { config: { files: ["/a"] }, files: { "/a": text } });
  const [row] = rows["WindowsEvent"] ?? [];
  assert.deepEqual([row?.["SystemProcessId"], row?.["AdditionalFields"]], [
    4,
    { ProcessorID: "2", KernelTime: "61" },
  ]);
});
