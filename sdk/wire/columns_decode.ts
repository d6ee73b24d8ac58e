/**
 * Reads the content of a column; `columns.ts` has the table of forms.
 *
 * @module
 */
import { type AddressColumn, type Column, TOKEN_BYTES } from "../columns/column.ts";
import { BodyError, type ByteReader } from "./bytes.ts";
import { FORM } from "./forms.ts";
import { readIndexes, readInts } from "./ints.ts";
import { readPlanes64, realsOf } from "./reals.ts";
import { readStrings } from "./strings.ts";
import { readTemplates } from "./template_decode.ts";
import { readSlotTemplates } from "./template_slots.ts";

interface Shape {
  readonly name: string;
  readonly form: number;
  readonly rows: number;
}

/** @throws {BodyError} If the bytes are not such a column. */
export function readColumnOf(input: ByteReader, shape: Shape): Column {
  const { name, form, rows } = shape;
  switch (form) {
    case FORM.dict: {
      const entries = readStrings(input);
      return {
        form: "dict",
        name,
        entries,
        indexes: readIndexes(input, rows, entries.ends.length),
      };
    }
    case FORM.text: {
      const type = input.byte() === 1 ? "dynamic" : "string";
      const absent = readAbsent(input, rows);
      const strings = readStrings(input);
      if (strings.ends.length !== rows) throw new BodyError("Cannot read body: rows are missing");
      return { form: "text", name, type, absent, rows: strings };
    }
    case FORM.slots:
    case FORM.groups: {
      const absent = readAbsent(input, rows);
      const read = form === FORM.slots ? readSlotTemplates : readTemplates;
      return { form: "text", name, type: "string", absent, rows: read(input, rows) };
    }
    case FORM.time:
      return readTimes(input, shape);
    case FORM.whole: {
      const type = input.byte() === 0 ? "int" : "long";
      const absent = readAbsent(input, rows);
      return { form: "number", name, type, values: marked(readInts(input, rows), absent) };
    }
    case FORM.decimal:
    case FORM.real:
      return readReals(input, shape);
    case FORM.wide: {
      const absent = readAbsent(input, rows);
      return { form: "wide", name, values: readPlanes64(input, rows), absent };
    }
    case FORM.bool:
      return { form: "bool", name, values: readBools(input, rows) };
    case FORM.token:
      return readTokens(input, shape);
    case FORM.address:
      return readAddresses(input, shape);
    default:
      throw new BodyError(`Cannot read body: there is no form ${form} of columns`);
  }
}

function readTimes(input: ByteReader, { name, rows }: Shape): Column {
  const scale = input.varint();
  const absent = readAbsent(input, rows);
  const ms = readInts(input, rows);
  for (let i = 0; i < rows; i++) ms[i]! *= scale;
  marked(ms, absent);
  if (input.byte() === 0) return { form: "time", name, ms, ticks: undefined };
  return { form: "time", name, ms, ticks: Uint16Array.from(readIndexes(input, rows, 9_999)) };
}

function readReals(input: ByteReader, { name, rows, form }: Shape): Column {
  const digits = form === FORM.decimal ? input.varint() : 0;
  const absent = readAbsent(input, rows);
  if (form === FORM.real) {
    const values = marked(realsOf(readPlanes64(input, rows)), absent);
    return { form: "number", name, type: "real", values };
  }
  if (digits > 6) throw new BodyError("Cannot read body: decimals have too many digits");
  const values = readInts(input, rows);
  const scale = 10 ** digits;
  for (let i = 0; i < rows; i++) values[i]! /= scale;
  return { form: "number", name, type: "real", values: marked(values, absent) };
}

function readBools(input: ByteReader, rows: number): Uint8Array {
  const packed = input.take(Math.ceil(rows / 4));
  const values = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const value = (packed[row >> 2]! >> ((row & 3) * 2)) & 3;
    if (value === 3) throw new BodyError("Cannot read body: a boolean is neither");
    values[row] = value;
  }
  return values;
}

function readTokens(input: ByteReader, { name, rows }: Shape): Column {
  const kind = input.string();
  const epoch = input.varint();
  const count = input.varint();
  const tokens = input.take(count * TOKEN_BYTES);
  const plain = readStrings(input);
  const indexes = readIndexes(input, rows, count + plain.ends.length);
  return { form: "token", name, kind, epoch, tokens, plain, indexes };
}

function readAddresses(input: ByteReader, { name, rows }: Shape): AddressColumn {
  const kind = input.string();
  const epoch = input.varint();
  const count = input.varint();
  const tokens = input.take(count * TOKEN_BYTES);
  const categories = input.take(count);
  const families = input.take(count);
  const indexes = readIndexes(input, rows, count);
  return { form: "address", name, kind, epoch, tokens, categories, families, indexes };
}

function readAbsent(input: ByteReader, rows: number): Uint8Array | undefined {
  if (input.byte() === 0) return undefined;
  const bits = input.take(Math.ceil(rows / 8));
  const absent = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) absent[row] = (bits[row >> 3]! >> (row & 7)) & 1;
  return absent;
}

function marked(values: Float64Array, absent: Uint8Array | undefined): Float64Array {
  if (absent === undefined) return values;
  for (let row = 0; row < values.length; row++) if (absent[row] === 1) values[row] = NaN;
  return values;
}
