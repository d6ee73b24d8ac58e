/**
 * Reads the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding).
 *
 * @module
 */

/** One field of a message; which of the values counts, its type tells. */
export type ProtoField =
  | { readonly number: number; readonly wire: "varint" | "fixed64"; readonly value: bigint }
  | { readonly number: number; readonly wire: "fixed32"; readonly value: number }
  | { readonly number: number; readonly wire: "bytes"; readonly value: Uint8Array };

/** Bytes that are no message. */
export class ProtoError extends Error {
  override readonly name = "ProtoError";
  readonly code = "protobuf";
}

const MOST_VARINT_BYTES = 10;

/**
 * The fields of a message, in order; `value` of bytes is a view.
 *
 * @throws {ProtoError} If it is none.
 */
export function* protoFields(message: Uint8Array): Iterable<ProtoField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  while (at < message.length) {
    const tag = varintAt(message, at);
    at = tag.end;
    const number = Number(tag.value >> 3n);
    if (number === 0) throw new ProtoError("Cannot read message: a field has the number 0");
    switch (Number(tag.value & 7n)) {
      case 0: {
        const { value, end } = varintAt(message, at);
        at = end;
        yield { number, wire: "varint", value };
        break;
      }
      case 1:
        yield { number, wire: "fixed64", value: view.getBigUint64(room(message, at, 8), true) };
        at += 8;
        break;
      case 2: {
        const { value, end } = varintAt(message, at);
        at = room(message, end, Number(value)) + Number(value);
        yield { number, wire: "bytes", value: message.subarray(end, at) };
        break;
      }
      case 5:
        yield { number, wire: "fixed32", value: view.getUint32(room(message, at, 4), true) };
        at += 4;
        break;
      default:
        throw new ProtoError(`Cannot read message: field ${number} has an unknown wire type`);
    }
  }
}

function room(message: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > message.length) throw new ProtoError("Cannot read message: it is cut off");
  return at;
}

function varintAt(
  message: Uint8Array,
  from: number,
): { readonly value: bigint; readonly end: number } {
  // Of one or two bytes, as nearly all are: without big numbers on the way.
  const first = message[room(message, from, 1)]!;
  if (first < 128) return { value: BigInt(first), end: from + 1 };
  let value = BigInt(first & 127);
  for (let i = 1; i < MOST_VARINT_BYTES; i++) {
    const byte = message[room(message, from + i, 1)]!;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value: BigInt.asUintN(64, value), end: from + i + 1 };
  }
  throw new ProtoError("Cannot read message: a number has more than 64 bits");
}
