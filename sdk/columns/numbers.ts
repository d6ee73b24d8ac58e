/**
 * Builds columns of numbers, times and booleans.
 *
 * @module
 */
import type { BoolColumn, NumberColumn, TimeColumn, WideColumn } from "./column.ts";
import { type Rows, settle } from "./rows.ts";

const FIRST_ROWS = 1 << 6;
const TICKS_PER_MS = 10_000n;

/** A column of int, long or real. */
export class NumberBuilder {
  readonly #rows: Rows;
  readonly #type: "int" | "long" | "real";
  #values = new Float64Array(FIRST_ROWS);
  /** Exact values of the rows that a double cannot hold. */
  #wide: Map<number, bigint> | undefined;
  length = 0;

  constructor(rows: Rows, type: "int" | "long" | "real") {
    this.#rows = rows;
    this.#type = type;
  }

  /** This row's value; of int and long a whole number up to 2^53 - 1. */
  set(value: number): void {
    const row = this.#rows.count;
    if (this.length !== row || row >= this.#values.length) this.#makeReady();
    this.#values[row] = value;
    this.length = row + 1;
  }

  /** This row's value of 64 bits. */
  setBig(value: bigint): void {
    if (BigInt(Number(value)) === value && value <= MAX_SAFE && value >= -MAX_SAFE) {
      this.set(Number(value));
      return;
    }
    this.set(Number(value));
    this.#wide ??= new Map();
    this.#wide.set(this.length - 1, BigInt.asIntN(64, value));
  }

  absent(): void {
    this.set(NaN);
  }

  get byteLength(): number {
    return this.length * 4;
  }

  view(name: string): NumberColumn | WideColumn | undefined {
    settle(this, this.#rows);
    const values = this.#values.subarray(0, this.length);
    if (values.every(Number.isNaN)) return undefined;
    if (this.#wide === undefined) return { form: "number", name, type: this.#type, values };
    const wide = new BigInt64Array(this.length);
    const absent = new Uint8Array(this.length);
    for (let row = 0; row < this.length; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) absent[row] = 1;
      else wide[row] = this.#wide.get(row) ?? BigInt(value);
    }
    return { form: "wide", name, values: wide, absent: absent.includes(1) ? absent : undefined };
  }

  cut(length: number): void {
    if (this.length <= length) return;
    for (let row = length; row < this.length; row++) this.#wide?.delete(row);
    this.length = length;
  }

  reset(): void {
    this.length = 0;
    this.#wide = undefined;
  }

  #makeReady(): void {
    settle(this, this.#rows);
    if (this.length < this.#values.length) return;
    const grown = new Float64Array(this.length * 2);
    grown.set(this.#values);
    this.#values = grown;
  }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A column of times. */
export class TimeBuilder {
  readonly #rows: Rows;
  #ms = new Float64Array(FIRST_ROWS);
  #ticks: Uint16Array | undefined;
  length = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** This row's time: `ms` since the epoch, whole, and 0 to 9,999 `ticks` of 100 ns after it. */
  set(ms: number, ticks = 0): void {
    const row = this.#rows.count;
    if (this.length !== row || row >= this.#ms.length) this.#makeReady();
    if (ticks !== 0) (this.#ticks ??= new Uint16Array(this.#ms.length))[row] = ticks;
    this.#ms[row] = ms;
    this.length = row + 1;
  }

  /** This row's time in ticks of 100 ns since the Unix epoch. */
  setTicks(ticks: bigint): void {
    let rest = ticks % TICKS_PER_MS;
    if (rest < 0n) rest += TICKS_PER_MS;
    this.set(Number((ticks - rest) / TICKS_PER_MS), Number(rest));
  }

  absent(): void {
    this.set(NaN);
  }

  get byteLength(): number {
    return this.length * 4;
  }

  view(name: string): TimeColumn | undefined {
    settle(this, this.#rows);
    const ms = this.#ms.subarray(0, this.length);
    if (ms.every(Number.isNaN)) return undefined;
    return { form: "time", name, ms, ticks: this.#ticks?.subarray(0, this.length) };
  }

  cut(length: number): void {
    if (this.length <= length) return;
    this.#ticks?.fill(0, length);
    this.length = length;
  }

  reset(): void {
    this.length = 0;
    this.#ticks = undefined;
  }

  #makeReady(): void {
    settle(this, this.#rows);
    if (this.length < this.#ms.length) return;
    const ms = new Float64Array(this.length * 2);
    ms.set(this.#ms);
    this.#ms = ms;
    if (this.#ticks === undefined) return;
    const ticks = new Uint16Array(this.length * 2);
    ticks.set(this.#ticks);
    this.#ticks = ticks;
  }
}

/** A column of booleans. */
export class BoolBuilder {
  readonly #rows: Rows;
  #values = new Uint8Array(FIRST_ROWS);
  length = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** This row's value. */
  set(value: boolean): void {
    this.#push(value ? 1 : 0);
  }

  absent(): void {
    this.#push(2);
  }

  get byteLength(): number {
    return this.length;
  }

  view(name: string): BoolColumn | undefined {
    settle(this, this.#rows);
    const values = this.#values.subarray(0, this.length);
    if (values.every((value) => value === 2)) return undefined;
    return { form: "bool", name, values };
  }

  cut(length: number): void {
    if (this.length > length) this.length = length;
  }

  reset(): void {
    this.length = 0;
  }

  #push(value: number): void {
    const row = this.#rows.count;
    if (this.length !== row || row >= this.#values.length) this.#makeReady();
    this.#values[row] = value;
    this.length = row + 1;
  }

  #makeReady(): void {
    settle(this, this.#rows);
    if (this.length < this.#values.length) return;
    const grown = new Uint8Array(this.length * 2);
    grown.set(this.#values);
    this.#values = grown;
  }
}
