import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import type { TailChunk, TailCursor } from "../../sdk/mod.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { ipAddress } from "./cucm.ts";
import callDetail from "./mod.ts";
import { endText, makeCallFile, readText, type Sink } from "./reader.ts";

goldenCases(callDetail, new URL("./cases/", import.meta.url));
readmeTables(callDetail, new URL("./README.md", import.meta.url));

function collector(): Sink & { readonly out: string[] } {
  const out: string[] = [];
  return {
    out,
    emit: (row) => void out.push(row.CallId),
    reject: (text, why) => void out.push(`${why}: ${text}`),
    timezone: "UTC",
    template: undefined,
    maxRecord: 1 << 20,
  };
}

const asterisk = readFileSync(new URL("./cases/asterisk/input", import.meta.url), "utf8");
const cucm = readFileSync(new URL("./cases/cucm_malformed/input", import.meta.url), "utf8");
const graph = readFileSync(new URL("./cases/graph_malformed/input", import.meta.url), "utf8");
const fragments = fc.array(
  fc.oneof(
    fc.constantFrom(...`${asterisk}${cucm}${graph}`.split(/(?<=[\n,])/)),
    fc.constantFrom("{", "}", "[", "]", '"', "\\", "\n", ",", '{"id":"a"}\n'),
    fc.string({ unit: "binary", maxLength: 10 }),
  ),
  { maxLength: 60 },
);

test("readText() throws on no text, and ends with nothing left to wait for", () => {
  fc.assert(
    fc.property(fragments, (parts) => {
      const file = makeCallFile(undefined);
      const sink = collector();
      for (const part of parts) readText(file, part, sink);
      endText(file, sink);
      assert.equal(file.pending, "");
    }),
    { numRuns: 500 },
  );
});

for (const [name, text] of Object.entries({ asterisk, cucm, graph })) {
  test(`readText() gives the same for ${name} wherever its lines are cut`, () => {
    const whole = collector();
    const file = makeCallFile(undefined);
    readText(file, text, whole);
    endText(file, whole);
    const cut = collector();
    const lines = makeCallFile(undefined);
    for (const line of text.split(/(?<=\n)/)) readText(lines, line, cut);
    endText(lines, cut);
    assert.deepEqual(cut.out, whole.out);
    assert.ok(whole.out.length > 0);
  });
}

test("call_detail learns the header again when it goes on in the middle of a file", async () => {
  const input = readFileSync(new URL("./cases/cucm/input", import.meta.url), "utf8");
  const config = { files: ["/cdr"] };
  const head = input.split("\r\n").slice(0, 3).join("\r\n") + "\r\n";
  const first = await runPlugin(callDetail, { config, files: { "/cdr": head } });
  const second = await runPlugin(callDetail, {
    config,
    files: { "/cdr": input },
    cursor: first.cursor!,
  });
  assert.deepEqual(second.rejected, {});
  assert.equal(first.rows["CallDetail"]?.length, 1);
  assert.equal(second.rows["CallDetail"]?.length, 2);
});

test("readText() gives up a record that grows over the limit", () => {
  const file = makeCallFile("graph");
  const sink = { ...collector(), maxRecord: 20 };
  readText(file, '{"id":\n', sink);
  readText(file, '"0123456789abcdef"\n', sink);
  assert.deepEqual(sink.out, ['record over limit, cut: {"id":\n"0123456789abcdef"\n']);
  assert.equal(file.pending, "");
});

/** The cursors that call_detail yields for chunks of one file. */
async function cursorsOf(chunks: readonly string[], secondsApart: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  let now = 0;
  const watched = {
    ...callDetail,
    async *stream(context: Parameters<typeof callDetail.stream>[0], cursor: TailCursor) {
      const clock = { ...context.clock, now: () => now };
      for await (const next of callDetail.stream({ ...context, clock }, { ...cursor })) {
        seen.push(next["n"]);
        yield next;
      }
    },
  };
  async function* tail(): AsyncIterable<TailChunk> {
    for (const [n, text] of chunks.entries()) {
      const bytes = new TextEncoder().encode(text);
      await Promise.resolve();
      now = n * secondsApart * 1000;
      yield { file: "/a", fileId: "a", offset: 0, bytes, cursor: { n } };
    }
  }
  const io = { ...memoryIo(new Map()), tail };
  await runPlugin(watched, { config: { files: ["/a"] }, io });
  return seen;
}

test("call_detail yields no cursor past a record that is not whole", async () => {
  assert.deepEqual(await cursorsOf(['{"id":\n', '"a",\n', '"x":1}\n', "{}\n"], 1), [2, 3, 3]);
});

test("call_detail gives a record that is not whole a minute", async () => {
  assert.deepEqual(await cursorsOf(['{"id":\n', '"a",\n', '"b",\n', '"c",\n'], 30), [1, 2, 3, 3]);
});

test("ipAddress() reads CUCM's signed number with its lowest byte first", () => {
  assert.equal(ipAddress("-939524086"), "10.0.0.200");
  assert.equal(ipAddress("0"), undefined);
  assert.equal(ipAddress("10.0.0.5"), "10.0.0.5");
});

test("call_detail refuses a zone that does not exist", async () => {
  const config = { files: ["/a"], timezone: "Mars/Olympus" };
  await assert.rejects(runPlugin(callDetail, { config }), /must be a zone such as/);
});

for (const template of ["", "no variables", "${uuid}"]) {
  test(`call_detail refuses the template "${template}"`, async () => {
    const config = { files: ["/a"], format: "freeswitch", template };
    await assert.rejects(runPlugin(callDetail, { config }), /must be "example", "snom"/);
  });
}

const corpus = new URL("../../../shared/corpora/samples/call-detail-records/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
for (const name of ["cisco_cucm_cdr.csv", "graph_callRecord_expanded.json"]) {
  test(`call_detail reads the real sample ${name}`, { skip }, async () => {
    const files = { "/in": new Uint8Array(readFileSync(new URL(name, corpus))) };
    const run = await runPlugin(callDetail, { config: { files: ["/in"] }, files });
    assert.deepEqual(run.rejected, {});
    const row = run.rows["CallDetail"]?.[0];
    assert.equal(run.rows["CallDetail"]?.length, 1);
    assert.equal(row?.["OrigIp"], name.startsWith("cisco") ? "10.0.0.5" : "10.150.0.2");
    assert.equal(row?.["DurationSeconds"], name.startsWith("cisco") ? 15 : 25.5470124);
  });
}
