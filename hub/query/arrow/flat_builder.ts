/**
 * Writes FlatBuffers, from the last byte to the first: as much of the format as Arrow's messages need.
 *
 * A table begins with the distance back to its vtable, which has for each field where in the table
 * it stands, 0 where it is absent. A vector begins with its length. An offset points ahead.
 *
 * @module
 */

/** Position of something written, counted from the end. */
export type FlatOffset = number;

/** One field of a table, by its number in the schema. */
export type FlatField =
  | { readonly type: "int8" | "int16" | "int32"; readonly value: number }
  | { readonly type: "int64"; readonly value: bigint }
  | { readonly type: "offset"; readonly value: FlatOffset };

const SIZES = { int8: 1, int16: 2, int32: 4, int64: 8, offset: 4 } as const;
const encoder = new TextEncoder();

export class FlatBuilder {
  #bytes = new Uint8Array(1024);
  #used = 0;

  /** Writes text with the zero that ends it. */
  text(value: string): FlatOffset {
    const text = encoder.encode(value);
    this.#align(4, text.length + 1 + 4);
    this.#push(Uint8Array.of(0));
    this.#push(text);
    return this.#number({ type: "int32", value: text.length });
  }

  /** Writes a vector of offsets. */
  offsets(values: readonly FlatOffset[]): FlatOffset {
    this.#align(4, values.length * 4 + 4);
    for (const value of values.toReversed()) this.#number({ type: "offset", value });
    return this.#number({ type: "int32", value: values.length });
  }

  /** Writes a vector of structs that are made of 64-bit numbers alone. */
  longs(structs: readonly (readonly bigint[])[]): FlatOffset {
    const numbers = structs.flat();
    this.#align(8, numbers.length * 8);
    for (const value of numbers.toReversed()) this.#number({ type: "int64", value });
    return this.#number({ type: "int32", value: structs.length });
  }

  /** Writes a table; an absent field has its default. */
  table(fields: readonly (FlatField | undefined)[]): FlatOffset {
    const end = this.#used;
    const places = new Map<number, number>();
    for (const [i, field] of fields.entries()) {
      if (field === undefined) continue;
      this.#align(SIZES[field.type], SIZES[field.type]);
      places.set(i, this.#number(field));
    }
    this.#align(4, 4);
    const start = this.#number({ type: "int32", value: 0 });
    for (let i = fields.length - 1; i >= 0; i--) {
      const place = places.get(i);
      this.#number({ type: "int16", value: place === undefined ? 0 : start - place });
    }
    this.#number({ type: "int16", value: start - end });
    const vtable = this.#number({ type: "int16", value: fields.length * 2 + 4 });
    new DataView(this.#bytes.buffer).setInt32(this.#bytes.length - start, vtable - start, true);
    return start;
  }

  /** The whole buffer, whose root is the table at `root`; its length is a multiple of 8. */
  finish(root: FlatOffset): Uint8Array {
    this.#align(8, 4);
    this.#number({ type: "offset", value: root });
    return this.#bytes.slice(this.#bytes.length - this.#used);
  }

  /** Zeros, so that what begins `ahead` bytes from here is aligned. */
  #align(size: number, ahead: number): void {
    const over = (this.#used + ahead) % size;
    if (over > 0) this.#push(new Uint8Array(size - over));
  }

  #number(field: FlatField): FlatOffset {
    const size = SIZES[field.type];
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    switch (field.type) {
      case "int8":
        view.setInt8(0, field.value);
        break;
      case "int16":
        view.setInt16(0, field.value, true);
        break;
      case "int32":
        view.setInt32(0, field.value, true);
        break;
      case "int64":
        view.setBigInt64(0, field.value, true);
        break;
      case "offset":
        view.setInt32(0, this.#used + size - field.value, true);
        break;
    }
    this.#push(bytes);
    return this.#used;
  }

  #push(bytes: Uint8Array): void {
    while (this.#used + bytes.length > this.#bytes.length) this.#grow();
    this.#used += bytes.length;
    this.#bytes.set(bytes, this.#bytes.length - this.#used);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes, this.#bytes.length);
    this.#bytes = larger;
  }
}
