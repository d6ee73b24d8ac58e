import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  evtxChunk,
  type TestElement,
  type TestRecord,
  type TestValue,
  text,
  whole,
} from "../testkit/evtx_writer.ts";
import type { Json } from "../table.ts";
import { CHUNK_BYTES, isUnused, readChunk } from "./evtx_chunk.ts";

/** The template of an event whose data is `data`; slots 0 to 4 are of System. */
function eventOf(data: TestElement): TestElement {
  const system: TestElement = {
    name: "System",
    content: [
      {
        name: "Provider",
        attributes: { Name: "Made-Up", Guid: "{0cce9210-69ae-11d9-bed3-505054503030}" },
      },
      { name: "EventID", attributes: { Qualifiers: { slot: 4 } }, content: [{ slot: 0 }] },
      { name: "Level", content: [{ slot: 3 }] },
      { name: "TimeCreated", attributes: { SystemTime: { slot: 1 } } },
      { name: "EventRecordID", content: [{ slot: 2 }] },
      { name: "Channel", content: ["Made-Up/Operational"] },
      { name: "Computer", content: ["host-1"] },
    ],
  };
  return { name: "Event", attributes: { xmlns: "urn:x" }, content: [system, data] };
}

const SYSTEM: readonly TestValue[] = [
  whole(6, 2, 4242n),
  whole(17, 8, 134_117_856_000_000_001n),
  whole(10, 8, 2n ** 63n),
  whole(4, 1, 3n),
  { type: 0, bytes: new Uint8Array(0) },
];

const named = (name: string, ...content: NonNullable<TestElement["content"]>): TestElement => ({
  name: "Data",
  attributes: { Name: name },
  content,
});

function record(data: TestElement, values: readonly TestValue[] = [], number = 7n): TestRecord {
  return { number, template: eventOf(data), values: [...SYSTEM, ...values] };
}

function dataOf(data: TestElement, ...values: readonly TestValue[]): Json {
  const { records, damage } = readChunk(evtxChunk([record(data, values)]));
  assert.deepEqual(damage, []);
  return records[0]!.event.data;
}

/** What a value of `type` is written as. */
function written(type: number, hex: string): Json {
  const bytes = new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  const data = dataOf({ name: "EventData", content: [named("v", { slot: 5 })] }, { type, bytes });
  return (data as { readonly v: Json }).v;
}

test("readChunk() reads System from the template and the record", () => {
  const { records, badChecksum } = readChunk(evtxChunk([record({ name: "EventData" })]));
  assert.equal(badChecksum, false);
  assert.equal(records[0]?.number, 7n);
  assert.deepEqual({ ...records[0].event }, {
    provider: "Made-Up",
    providerGuid: "0CCE9210-69AE-11D9-BED3-505054503030",
    eventSource: undefined,
    eventId: 4242,
    qualifiers: undefined,
    version: undefined,
    level: 3,
    task: undefined,
    opcode: undefined,
    keywords: undefined,
    time: 17_673_120_000_000_001n,
    recordId: "9223372036854775808",
    activityId: undefined,
    relatedActivityId: undefined,
    processId: undefined,
    threadId: undefined,
    execution: undefined,
    channel: "Made-Up/Operational",
    computer: "host-1",
    userId: undefined,
    section: "EventData",
    data: null,
    message: undefined,
  });
});

const VALUES: readonly (readonly [type: number, hex: string, Json])[] = [
  [0, "", null],
  [1, "61 00 e4 00 3d d8 00 de", "aä😀"],
  [1, "61 00 00 00 62 00", "a"],
  [2, "61 e4 00 62", "aä"],
  [3, "ff", "-1"],
  [4, "ff", "255"],
  [5, "fe ff", "-2"],
  [6, "fe ff", "65534"],
  [7, "fd ff ff ff", "-3"],
  [8, "fd ff ff ff", "4294967293"],
  [9, "fc ff ff ff ff ff ff ff", "-4"],
  [10, "fc ff ff ff ff ff ff ff", "18446744073709551612"],
  [11, "00 00 c0 3f", "1.5"],
  [12, "9a 99 99 99 99 99 b9 3f", "0.1"],
  [13, "01 00 00 00", "true"],
  [13, "00 00 00 00", "false"],
  [14, "00 ab ff", "00ABFF"],
  [15, "10 92 ce 0c ae 69 d9 11 be d3 50 50 54 50 30 30", "{0CCE9210-69AE-11D9-BED3-505054503030}"],
  [16, "ab 00 00 00", "0xab"],
  [16, "ab 00 00 00 01 00 00 00", "0x1000000ab"],
  [17, "01 80 3e d5 de b1 9d 01", "1970-01-01T00:00:00.0000001Z"],
  [17, "00 00 00 00 00 00 00 00", "1601-01-01T00:00:00.0000000Z"],
  [17, "ff ff ff ff ff ff ff ff", "18446744073709551615"],
  [18, "ea 07 02 00 01 00 03 00 04 00 05 00 06 00 07 00", "2026-02-03T04:05:06.0070000Z"],
  [19, "01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00", "S-1-5-32-544"],
  [20, "0f 00 00 00", "0xf"],
  [21, "00 00 00 00 00 00 20 80", "0x8020000000000000"],
  [0x81, "61 00 00 00 00 00 62 00 00 00", ["a", "", "b"]],
  [0x86, "01 00 02 00", ["1", "2"]],
  [0x95, "01 00 00 00 00 00 00 00 ff 00 00 00 00 00 00 00", ["0x1", "0xff"]],
  [0x77, "01 02", "0102"],
];
for (const [type, hex, expected] of VALUES) {
  test(`readChunk() writes ${hex} of type ${type} as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(written(type, hex), expected);
  });
}

test("readChunk() keeps values without a name, repeated names and attributes apart", () => {
  const content = [
    { name: "Data", content: ["x"] },
    named("a", "1"),
    named("a", "2"),
    named("__proto__", "3"),
    { name: "Data", content: [{ slot: 5 }] },
    { name: "Binary", content: [{ slot: 6 }] },
  ];
  const data = dataOf(
    { name: "EventData", attributes: { Name: "N" }, content },
    { type: 0x81, bytes: new Uint8Array(Buffer.from("y\0z\0", "utf16le")) },
    { type: 14, bytes: Uint8Array.of(1, 2) },
  );
  const expected = `{"#attributes":{"Name":"N"},"Data":["x","y","z"],"a":["1","2"],` +
    `"__proto__":"3","Binary":"0102"}`;
  assert.equal(JSON.stringify(data), expected);
});

test("readChunk() gives GUIDs without braces in fields named so", () => {
  const guid = { type: 15, bytes: new Uint8Array(16).fill(0xab) };
  const data = dataOf({
    name: "EventData",
    content: [named("LogonGuid", { slot: 5 }), named("TransferId", { slot: 5 })],
  }, guid);
  assert.deepEqual(data, {
    LogonGuid: "ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB",
    TransferId: "{ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB}",
  });
});

test("readChunk() reads binary XML in a value, with and without a template", () => {
  const inner: TestElement = {
    name: "Rule",
    attributes: { xmlns: "urn:y", kind: { slot: 0 } },
    content: [
      { name: "Id", content: ["7 ", { slot: 0 }] },
      { name: "Id", content: ["8"] },
      { name: "Empty" },
    ],
  };
  const outer = record({ name: "UserData", content: [{ slot: 5 }] }, [
    { type: 0x21, xml: { template: inner, values: [text("x")] } },
  ]);
  const plain = record({ name: "UserData", content: [{ slot: 5 }] }, [
    { type: 0x21, xml: { element: { name: "Rule", content: [{ name: "Id", content: ["9"] }] } } },
  ]);
  const { records, damage } = readChunk(evtxChunk([outer, plain]));
  assert.deepEqual(damage, []);
  assert.deepEqual(records.map(({ event }) => event.data), [
    { Rule: { "#attributes": { kind: "x" }, Id: ["7 x", "8"], Empty: null } },
    { Rule: { Id: "9" } },
  ]);
});

test("readChunk() reads records without a template", () => {
  const element = {
    name: "Event",
    content: [
      { name: "System", content: [{ name: "EventID", content: ["12"] }] },
      { name: "EventData", content: [named("a b", "c")] },
    ],
  };
  const { records } = readChunk(evtxChunk([{ number: 1n, element }]));
  assert.equal(records[0]?.event.eventId, 12);
  assert.deepEqual(records[0].event.data, { "a b": "c" });
});

const three = [1n, 2n, 3n].map((n) =>
  record({ name: "EventData", content: [named("n", { slot: 5 })] }, [text(String(n))], n)
);

test("readChunk() goes on behind a record that is broken, and says where it was", () => {
  const chunk = evtxChunk(three);
  const size = new DataView(chunk.buffer).getUint32(516, true);
  for (const [at, value] of [[512 + size, 0], [512 + size + 4, 5], [512 + size + 24, 0x30]]) {
    const broken = new Uint8Array(chunk);
    broken[at!] = value!;
    const { records, damage, badChecksum } = readChunk(broken);
    assert.deepEqual(records.map(({ number }) => number), [1n, 3n]);
    assert.deepEqual(damage.map(({ offset, bytes }) => [offset, bytes.length]), [[
      512 + size,
      size,
    ]]);
    assert.equal(badChecksum, true);
  }
});

test("readChunk() reads what is whole of a chunk that is cut anywhere", () => {
  const chunk = evtxChunk(three);
  const view = new DataView(chunk.buffer);
  const [end, size] = [view.getUint32(48, true), view.getUint32(516, true)];
  for (let length = 0; length < end; length += 7) {
    const { records, damage } = readChunk(chunk.slice(0, length));
    assert.equal(records.length, Math.max(0, Math.floor((length - 512) / size)));
    const rest = (length - 512) % size;
    if (length >= 512) assert.equal(damage.length, rest >= 4 ? 1 : 0);
  }
});

test("readChunk() reads records before the end that a damaged header denies", () => {
  const chunk = evtxChunk(three);
  for (const byte of [0xff, 0]) {
    chunk.fill(byte, 40, 56);
    const read = readChunk(chunk);
    assert.equal(read.records.length, 3);
    assert.equal(read.badChecksum, true);
  }
  chunk[0] = 0;
  const headless = readChunk(chunk);
  assert.equal(headless.records.length, 3);
  assert.deepEqual(headless.damage.map(({ error }) => error.code), ["magic"]);
});

test("readChunk() leaves old records in free space alone", () => {
  const chunk = evtxChunk(three);
  const view = new DataView(chunk.buffer);
  view.setUint32(48, view.getUint32(48, true) - view.getUint32(516, true), true);
  assert.deepEqual(readChunk(chunk).records.map(({ number }) => number), [1n, 2n]);
});

test("readChunk() refuses a template that contains itself", () => {
  const chunk = evtxChunk([record({ name: "EventData" })]);
  // The template's element becomes an instance of the template.
  const at = 512 + 24 + 4 + 10 + 24 + 4;
  const view = new DataView(chunk.buffer);
  chunk.set([0x0c, 1], at);
  view.setUint32(at + 6, 512 + 24 + 4 + 10, true);
  const { damage } = readChunk(chunk);
  assert.deepEqual(damage.map(({ error }) => error.code), ["depth"]);
});

test("readChunk() bounds how deep elements nest", () => {
  let deep: TestElement = { name: "d" };
  for (let i = 0; i < 70; i++) deep = { name: "d", content: [deep] };
  for (const name of ["System", "UserData"]) {
    const template = { name: "Event", content: [{ name, content: [deep] }] };
    const { damage } = readChunk(evtxChunk([{ number: 1n, template, values: [] }]));
    assert.deepEqual(damage.map(({ error }) => error.code), ["depth"]);
  }
});

test("readChunk() comes to an end where the first record says that it has no size", () => {
  const chunk = evtxChunk(three);
  new DataView(chunk.buffer).setUint32(516, 0, true);
  const { records, damage } = readChunk(chunk);
  assert.deepEqual(records.map(({ number }) => number), [2n, 3n]);
  assert.deepEqual(damage.map(({ error }) => error.code), ["size"]);
});

test("readChunk() bounds what a few bytes that point to the same value can cost", () => {
  const slots = Array.from({ length: 2_000 }, () => ({ slot: 5 }));
  const data = { name: "EventData", content: [named("a", ...slots)] };
  const { damage } = readChunk(evtxChunk([record(data, [text("x".repeat(20_000))])]));
  assert.deepEqual(damage.map(({ error }) => error.code), ["work"]);
});

test("readChunk() never throws, whatever is changed in a chunk", () => {
  const chunk = evtxChunk([
    ...three,
    record({ name: "UserData", content: [{ slot: 5 }] }, [
      { type: 0x21, xml: { template: { name: "R", content: [{ slot: 0 }] }, values: [text("x")] } },
    ]),
  ]);
  const end = new DataView(chunk.buffer).getUint32(48, true);
  const changes = fc.array(fc.tuple(fc.nat(end), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(changes, fc.integer({ min: 0, max: end }), (list, length) => {
      const broken = new Uint8Array(chunk.subarray(0, length < 600 ? end : length));
      for (const [at, value] of list) if (at < broken.length) broken[at] = value;
      const { records, damage } = readChunk(broken);
      assert.ok(records.length + damage.length <= 40);
    }),
    { numRuns: 150 },
  );
});

test("isUnused() knows space that nobody wrote to", () => {
  assert.equal(isUnused(new Uint8Array(CHUNK_BYTES)), true);
  assert.equal(isUnused(evtxChunk([])), false);
});
