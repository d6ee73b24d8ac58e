import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ProtoError, type ProtoField, protoFields } from "./protobuf.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const field: fc.Arbitrary<ProtoField> = fc.integer({ min: 1, max: 2 ** 29 - 1 }).chain((number) =>
  fc.oneof(
    u64.map((value) => ({ number, wire: "varint" as const, value })),
    u64.map((value) => ({ number, wire: "fixed64" as const, value })),
    fc.nat({ max: 2 ** 32 - 1 }).map((value) => ({ number, wire: "fixed32" as const, value })),
    fc.uint8Array({ maxLength: 300 }).map((value) => ({ number, wire: "bytes" as const, value })),
  )
);
const TYPES = { varint: 0n, fixed64: 1n, bytes: 2n, fixed32: 5n } as const;

function varint(value: bigint): readonly number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

function little(value: bigint, bytes: number): readonly number[] {
  return Array.from({ length: bytes }, (_, i) => Number(value >> BigInt(8 * i) & 255n));
}

function encoded(one: ProtoField): readonly number[] {
  const tag = varint(BigInt(one.number) << 3n | TYPES[one.wire]);
  switch (one.wire) {
    case "varint":
      return [...tag, ...varint(one.value)];
    case "fixed64":
      return [...tag, ...little(one.value, 8)];
    case "fixed32":
      return [...tag, ...little(BigInt(one.value), 4)];
    case "bytes":
      return [...tag, ...varint(BigInt(one.value.length)), ...one.value];
  }
}

test("protoFields() gives what was written", () => {
  fc.assert(fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
    const message = Uint8Array.from(fields.flatMap(encoded));
    assert.deepEqual([...protoFields(message)], fields);
  }));
});

test("protoFields() refuses a message that is cut inside a field", () => {
  fc.assert(
    fc.property(
      field,
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (one, part) => {
        const message = Uint8Array.from(encoded(one));
        const cut = message.subarray(0, Math.floor(part * message.length));
        if (cut.length > 0) assert.throws(() => [...protoFields(cut)], ProtoError);
      },
    ),
  );
});

test("protoFields() gives fields or an error for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    try {
      for (const { number } of protoFields(bytes)) assert.ok(number > 0);
    } catch (error) {
      assert.ok(error instanceof ProtoError, String(error));
    }
  }));
});
