/**
 * Reads a row's bytes (`columns/row_bytes.ts`), which may be hostile, to be shown.
 *
 * @module
 */
import { hexOf } from "./hex.ts";
import { timeOf } from "./verdict_words.ts";

/** What a row says; values as text. */
export interface ReadRow {
  readonly table: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

const VERSION = 1;
const TOKEN_BYTES = 16;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined if the bytes are no row. */
export function readRow(bytes: Uint8Array): ReadRow | undefined {
  try {
    const input = new Input(bytes);
    if (input.take(1)[0] !== VERSION) return undefined;
    const table = input.name();
    const fields: { name: string; value: string }[] = [];
    while (!input.isOver) {
      const name = input.name();
      const type = input.take(1)[0]!;
      const value = input.take(input.number(4));
      fields.push({ name, value: textOf(type, value) });
    }
    return { table, fields };
  } catch (error) {
    // Those of bytes that are no UTF-8, and of offsets past the end.
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

class Input {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(size: number): Uint8Array {
    if (this.#at + size > this.#bytes.length) throw new RangeError("Cannot read row: it is short");
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  number(size: number): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  name(): string {
    return decoder.decode(this.take(this.number(2)));
  }
}

/** By the type's number in `row_bytes.ts`. */
function textOf(type: number, value: Uint8Array): string {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  switch (type) {
    case 1:
    case 9:
      return decoder.decode(value);
    case 2:
      return `msgpack ${hexOf(value)}`;
    case 3:
    case 4:
      return String(view.getBigInt64(0));
    case 5:
      return String(view.getFloat64(0));
    case 6:
      return timeOf(view.getBigInt64(0));
    case 7:
      return value[0] === 1 ? "true" : "false";
    case 8:
    case 10: {
      const start = type === 8 ? 4 : 6;
      const kind = decoder.decode(value.subarray(start + TOKEN_BYTES));
      const token = hexOf(value.subarray(start, start + TOKEN_BYTES));
      return `${kind}:${view.getUint32(0)}:${token}`;
    }
    default:
      throw new RangeError(`Cannot read row: there is no type ${type}`);
  }
}
