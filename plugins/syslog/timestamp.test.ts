import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { LocalZone } from "../../sdk/read/local_time.ts";
import { TimestampReader } from "./timestamp.ts";

const NOW = Date.UTC(2026, 6, 1);
const encoder = new TextEncoder();

function read(reader: TimestampReader, text: string): number {
  return reader.readLegacy(encoder.encode(`${text} `), 0) < 0 ? NaN : reader.ms;
}

function open(zone: string): TimestampReader {
  const reader = new TimestampReader(new LocalZone(zone));
  reader.now = NOW;
  return reader;
}

/** `Jan  2 03:04:05`. */
function bsd(ms: number): string {
  const [, day = "", month, , clock] = new Date(ms).toUTCString().split(" ");
  return `${month} ${day.replace(/^0/, " ")} ${clock}`;
}

test("TimestampReader reads the same after any other timestamps as alone", () => {
  const near = fc.integer({ min: -7_200, max: 7_200 }).map((s) =>
    Date.UTC(2026, 2, 29, 2) + s * 1_000
  );
  const text = fc.oneof(
    near.map(bsd),
    near.map((ms) => `${bsd(ms).slice(0, -2)}60`),
    near.map((ms) => new Date(ms).toISOString().slice(0, 19)),
    fc.tuple(near.map(bsd), fc.nat(14), fc.constantFrom("9", ":", " ", "x", "\0")).map((
      [t, i, c],
    ) => t.slice(0, i) + c + t.slice(i + 1)),
  );
  const zones = fc.constantFrom("UTC", "Europe/Vienna", "Australia/Lord_Howe");
  fc.assert(
    fc.property(zones, fc.array(text, { maxLength: 20 }), (zone, texts) => {
      const reader = open(zone);
      for (const one of texts) assert.equal(read(reader, one), read(open(zone), one), one);
    }),
    { numRuns: 300 },
  );
});

test("TimestampReader reads a leap second at the change of clocks as it does alone", () => {
  const reader = open("Europe/Vienna");
  for (const text of ["Mar 29 02:00:00", "Mar 29 02:59:60"]) {
    assert.equal(read(reader, text), read(open("Europe/Vienna"), text));
  }
});

test("TimestampReader reads nothing from bytes that equal what it has not kept", () => {
  for (const byte of [0, 255]) {
    const bytes = new Uint8Array(32).fill(byte);
    assert.equal(open("UTC").readLegacy(bytes, 0), -1);
    assert.equal(open("UTC").readRfc3339(bytes, 0), -1);
  }
});
