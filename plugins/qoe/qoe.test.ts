import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { durationMs } from "./graph.ts";
import { count, int, mosOf, percent, real } from "./measure.ts";
import qoe from "./mod.ts";
import { nameAddress } from "./name_address.ts";
import { openReader, type Sink } from "./reader.ts";

goldenCases(qoe, new URL("./cases/", import.meta.url));
readmeTables(qoe, new URL("./README.md", import.meta.url));

function collector(): Sink & { readonly out: string[] } {
  const out: string[] = [];
  return {
    out,
    emit: (row) => void out.push(`${row.CallId}/${row.StreamId}/${row.Side}`),
    reject: (text, why) => void out.push(`${why}: ${text}`),
    now: () => 0,
    maxRecord: 1 << 20,
  };
}

const input = (path: string): string =>
  readFileSync(new URL(`./cases/${path}`, import.meta.url), "utf8");
const samples = {
  rfc6035: input("rfc6035/input"),
  cisco_cmr: input("cisco_cmr/input"),
  ms_qoe: input("ms_qoe/input/UccApi-0.log"),
  graph: input("graph/input/lines.ndjson"),
};

for (const [name, text] of Object.entries(samples)) {
  test(`openReader() gives the same for ${name} wherever its lines are cut`, () => {
    const format = name === "ms_qoe" ? name : undefined;
    const whole = collector();
    const file = openReader(format, whole);
    file.read(text);
    file.end();
    const cut = collector();
    const lines = openReader(format, cut);
    for (const line of text.split(/(?<=\n)/)) lines.read(line);
    lines.end();
    assert.deepEqual(cut.out, whole.out);
    assert.ok(whole.out.length > 0);
  });
}

const fragments = fc.array(
  fc.oneof(
    fc.constantFrom(...Object.values(samples).join("").split(/(?<=[\n,=>])/)),
    fc.constantFrom("{", "}", "[", "]", '"', "<", ">", "\n", ",", "=", " ", "VQSessionReport"),
    fc.string({ unit: "binary", maxLength: 10 }),
  ),
  { maxLength: 60 },
);

test("openReader() throws on no text, and ends with nothing left to wait for", () => {
  const formats = fc.constantFrom(undefined, "rfc6035", "cisco_cmr", "ms_qoe", "graph");
  fc.assert(
    fc.property(fragments, formats, (parts, format) => {
      const file = openReader(format, collector());
      for (const part of parts) file.read(part);
      file.end();
      assert.equal(file.isWaiting, false);
    }),
    { numRuns: 500 },
  );
});

test("openReader() gives up a report that grows over the limit", () => {
  const sink = { ...collector(), maxRecord: 20 };
  const file = openReader("rfc6035", sink);
  file.read("VQSessionReport\nCallID: long\n");
  assert.deepEqual(sink.out, ["report over limit, cut: VQSessionReport\nCallID: long\n"]);
  assert.equal(file.isWaiting, false);
});

test("qoe learns the header of a CMR file again when it goes on in its middle", async () => {
  const config = { files: ["/cmr"] };
  const head = samples.cisco_cmr.split("\r\n").slice(0, 3).join("\r\n") + "\r\n";
  const first = await runPlugin(qoe, { config, files: { "/cmr": head } });
  const files = { "/cmr": samples.cisco_cmr };
  const second = await runPlugin(qoe, { config, files, cursor: first.cursor! });
  assert.deepEqual(second.rejected, {});
  assert.equal(second.rows["QualityReport"]?.length, 2);
});

test("numbers that are none, or not in range, are absent and not 0", () => {
  for (const text of [undefined, "", "-", "0x1", "1e999", "NaN", "Infinity", "1.2.3"]) {
    assert.equal(real(text), undefined);
  }
  assert.equal(real("-21,5"), -21.5);
  assert.equal(int("2147483648"), undefined);
  assert.equal(int("1.5"), undefined);
  assert.equal(count("-1"), undefined);
  assert.equal(count("9007199254740992"), undefined);
  assert.equal(percent("0.7"), 0.007);
  assert.deepEqual(["0", "0.9", "5.1", "12.7", "127"].map(mosOf), Array(5).fill(undefined));
  assert.deepEqual(["1", "5"].map(mosOf), [1, 5]);
});

test("durationMs() reads durations of time", () => {
  assert.equal(durationMs("PT0.0163S"), 16.3);
  assert.equal(durationMs("P1DT1H1M1S"), 90_061_000);
  assert.equal(durationMs("-PT1S"), -1000);
  for (const text of ["P", "PT", "P1M", "PT1.S", "1S"]) assert.equal(durationMs(text), undefined);
});

test("nameAddress() reads names and URIs", () => {
  assert.deepEqual(nameAddress("<>"), { uri: undefined, display: undefined });
  assert.deepEqual(nameAddress("Bob <sip:b@c>;x"), { uri: "sip:b@c", display: "Bob" });
  assert.deepEqual(nameAddress("sip:b@c;tag=1"), { uri: "sip:b@c", display: undefined });
});

const WRONG: readonly (readonly [object, RegExp])[] = [
  [{}, /exactly one of "files" and "listen"/],
  [{ files: ["/a"], listen: ["udp:127.0.0.1:0"] }, /exactly one of "files" and "listen"/],
  [{ listen: ["5060"] }, /must be such as "udp:127\.0\.0\.1:5060"/],
  [{ listen: ["tls:127.0.0.1:0"] }, /"tls" and a listener/],
  [{ files: ["/a"], format: "pcap" }, /must be "auto", "rfc6035"/],
];
for (const [config, expected] of WRONG) {
  test(`qoe refuses the config ${JSON.stringify(config)}`, async () => {
    await assert.rejects(runPlugin(qoe, { config }), expected);
  });
}

const corpus = new URL("../../../shared/corpora/samples/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
const REAL: readonly (readonly [string, readonly (readonly [string, unknown])[]])[] = [
  ["qoe/cisco_cucm_cmr.csv", [["MosListening", 4.03], ["MosListeningLast", 4.21]]],
  ["qoe/vqsessionreport_flat.txt", [["MosListening", 4.5], ["RoundTripTimeAvg", 45.5]]],
  ["qoe/vqsessionreport_yealink_like.txt", [["MosListening", 3.8], ["LocalPort", 11_784]]],
  ["call-detail-records/graph_callRecord_expanded.json", [["JitterAvg", 16], ["JitterMax", 21]]],
];
for (const [name, expected] of REAL) {
  test(`qoe reads the real sample ${name}`, { skip }, async () => {
    const files = { "/in": new Uint8Array(readFileSync(new URL(name, corpus))) };
    const run = await runPlugin(qoe, { config: { files: ["/in"] }, files });
    assert.deepEqual(run.rejected, {});
    const row = run.rows["QualityReport"]?.[0];
    assert.equal(run.rows["QualityReport"]?.length, name.endsWith(".json") ? 2 : 1);
    for (const [column, value] of expected) assert.equal(row?.[column], value);
  });
}
