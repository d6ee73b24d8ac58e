import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { readBer } from "../../sdk/read/ber.ts";
import { readFileHeader, recordsAfter } from "./cdr_file.ts";
import { readCdrFile } from "./cdr_reader.ts";
import { cdrRow } from "./cdr_record.ts";
import { digitsOf, nodeOf, numberOf, partyOf, timeOf } from "./cdr_values.ts";

const file = new Uint8Array(
  readFileSync(new URL("./cases/3gpp_ims/input/ims.cdr", import.meta.url)),
);
const element = (hex: string) =>
  readBer(new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex")));

/** What becomes of a file: rows, rejected, gaps. */
function taken(bytes: Uint8Array): readonly [number, readonly string[], number] {
  let rows = 0;
  let gaps = 0;
  const whys: string[] = [];
  readCdrFile(bytes, {
    emit: () => rows++,
    rejectBytes: (_bytes, why) => void whys.push(why),
    gap: () => gaps++,
  });
  return [rows, whys, gaps];
}

test("readCdrFile() takes what is whole of a file that is cut anywhere, and says what is not", () => {
  const header = readFileHeader(file)!;
  const [first] = [...recordsAfter(file, header)];
  const second = first!.offset + 5 + first!.bytes.length;
  for (let length = header.headerBytes; length < file.length; length++) {
    const [rows, whys, gaps] = taken(file.subarray(0, length));
    assert.equal(rows, length < second ? 0 : 1);
    const isBetween = length === header.headerBytes || length === second;
    assert.deepEqual(whys, isBetween ? [] : ["record cut by the file's end"]);
    assert.equal(gaps, rows + whys.length < 2 ? 1 : 0);
  }
});

test("readCdrFile() throws on no bytes, and its time does not grow with lengths that lie", () => {
  const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 20 });
  fc.assert(
    fc.property(changes, (list) => {
      const bytes = new Uint8Array(file);
      for (const [at, value] of list) bytes[at] = value;
      taken(bytes);
    }),
    { numRuns: 300 },
  );
});

test("a file whose records are of no length ends", () => {
  const header = readFileHeader(file)!;
  const bytes = new Uint8Array(header.headerBytes + 100_000);
  bytes.set(file.subarray(0, header.headerBytes));
  const [rows, whys] = taken(bytes);
  assert.equal(rows, 0);
  assert.equal(whys.length, 25_000);
});

test("timeOf() reads a time with its offset, and none that is not valid", () => {
  assert.equal(
    timeOf(element("89 09 26 06 30 10 00 05 2d 03 30")),
    Date.UTC(2026, 5, 30, 13, 30, 5),
  );
  for (
    const hex of ["89 00", "89 09 26 06 30 10 00 05 20 03 30", "89 09 26 13 30 10 00 05 2b 00 00"]
  ) {
    assert.equal(timeOf(element(hex)), undefined);
  }
});

test("a fraction that is none of a second is kept by its tag", () => {
  const time = "89 09 26 06 30 10 00 05 2b 00 00";
  const record = (fraction: string) => element(`bf 3f 13 85 01 61 ${time} ${fraction}`);
  const row = (fraction: string) => {
    const found = cdrRow(record(fraction), {});
    assert.ok(typeof found === "object");
    return [found.StartTime, found.OtherFields];
  };
  const second = Date.UTC(2026, 5, 30, 10, 0, 5);
  assert.deepEqual(row("9f 25 02 03 e7"), [second + 999, undefined]);
  assert.deepEqual(row("9f 25 02 03 e8"), [second, '{"[37]":"0x03e8"}']);
});

test("numbers are read low half first", () => {
  assert.equal(digitsOf(Uint8Array.of(0x21, 0xa3, 0xf4)), "123*4");
  assert.equal(numberOf(element("84 04 91 34 66 f5")), "+43665");
  assert.equal(numberOf(element("84 03 81 60 06")), "0660");
  assert.equal(numberOf(element("84 01 91")), undefined);
});

test("nodes are told by address or name", () => {
  assert.deepEqual(nodeOf(element("a4 08 a0 06 80 04 c0 00 02 09")), { ip: "192.0.2.9" });
  assert.deepEqual(nodeOf(element("a4 07 81 05 61 2e 6f 72 67")), { name: "a.org" });
  assert.deepEqual(nodeOf(element("a4 0c a0 0a 82 08 31 30 2e 30 2e 30 2e 31")), {
    ip: "10.0.0.1",
  });
  const v6 = "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01";
  assert.deepEqual(nodeOf(element(`a4 12 81 10 ${v6}`)), { ip: "2001:db8:0:0:0:0:0:1" });
  assert.deepEqual(nodeOf(element("a4 00")), {});
});

test("a party is a URI, a number, or both", () => {
  const both = "a6 0e 80 05 73 69 70 3a 61 81 05 74 65 6c 3a 31";
  assert.deepEqual(partyOf(element(both)), { uri: "sip:a", number: "1" });
  assert.deepEqual(partyOf(element("a6 00")), {});
});
