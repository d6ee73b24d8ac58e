/**
 * The streams of one column of text while it is encoded. `template.ts` says what they are.
 *
 * @module
 */
import type { Strings } from "../columns/column.ts";
import { Interner } from "../columns/strings.ts";
import type { ByteWriter } from "./bytes.ts";
import { writeInts } from "./ints.ts";

export const MARK_INT = 0x11;
export const MARK_PAD = 0x12;
export const MARK_IP = 0x13;
export const MARK_HEX = 0x14;
export const MARK_WORD = 0x15;
/** Slots; variables further right share the last. */
export const SLOTS = 64;
/** Most variables of the last slot: bounds what a decoder must hold. */
export const MAX_LAST_SLOT = 1 << 20;
/** Numbers of one slot. */
export class NumberList {
  values = new Float64Array(256);
  count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = value;
  }
}

/** Filled row by row, then written once. */
export class TemplateStreams {
  readonly templates = new Interner();
  readonly words = new Interner();
  /** IPv4 addresses, 4 bytes each. */
  readonly ips = new Interner();
  /** By slot. */
  readonly numbers: readonly NumberList[] = lists();
  readonly wordNumbers: readonly NumberList[] = lists();
  readonly ipNumbers: readonly NumberList[] = lists();
  readonly rowTemplates = new NumberList();
  hex: Buffer = Buffer.allocUnsafeSlow(1 << 12);
  hexUsed = 0;

  clear(): void {
    this.templates.clear();
    this.words.clear();
    this.ips.clear();
    this.rowTemplates.count = 0;
    this.hexUsed = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      this.numbers[slot]!.count = 0;
      this.wordNumbers[slot]!.count = 0;
      this.ipNumbers[slot]!.count = 0;
    }
  }

  /** Makes room for `more` bytes of hex. */
  ensureHex(more: number): void {
    if (this.hexUsed + more <= this.hex.length) return;
    this.hex = Buffer.concat([this.hex, Buffer.allocUnsafe(this.hex.length + more)]);
  }

  /** False where a decoder would have to hold more than it does. */
  isBounded(): boolean {
    const last = [this.numbers, this.wordNumbers, this.ipNumbers].map((list) => list[SLOTS - 1]!);
    const counts = [...last.map(({ count }) => count), this.ips.count, this.words.count];
    return counts.every((count) => count <= MAX_LAST_SLOT);
  }

  /** Bytes when written, about. */
  byteLength(): number {
    let variables = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      variables += this.numbers[slot]!.count * 3 + this.wordNumbers[slot]!.count * 2 +
        this.ipNumbers[slot]!.count * 2;
    }
    return this.templates.arena.used + this.words.arena.used + this.ips.arena.used + this.hexUsed +
      variables + this.rowTemplates.count * 2;
  }

  write(out: ByteWriter, plainBytes: number): void {
    out.varint(plainBytes);
    writeStrings(out, this.templates.arena.view());
    writeStrings(out, this.words.arena.view());
    writeList(out, this.rowTemplates);
    const { bytes, ends } = this.ips.arena.view();
    out.varint(ends.length);
    for (let k = 0; k < 4; k++) {
      out.ensure(ends.length);
      for (let n = 0; n < ends.length; n++) out.bytes[out.used++] = bytes[n * 4 + k]!;
    }
    for (const list of [this.numbers, this.wordNumbers, this.ipNumbers]) {
      let used = SLOTS;
      while (used > 0 && list[used - 1]!.count === 0) used--;
      out.varint(used);
      for (let slot = 0; slot < used; slot++) writeList(out, list[slot]!);
    }
    out.varint(this.hexUsed);
    out.raw(this.hex.subarray(0, this.hexUsed));
  }
}

/** The slot after `slot`; the last one takes all the rest. */
export function nextSlot(slot: number): number {
  return slot < SLOTS - 1 ? slot + 1 : slot;
}

/** Writes entries: how many, their lengths as numbers, their bytes. */
export function writeStrings(out: ByteWriter, strings: Strings): void {
  const { ends } = strings;
  const lengths = new Uint32Array(ends.length);
  let before = 0;
  for (let i = 0; i < ends.length; i++) {
    lengths[i] = ends[i]! - before;
    before = ends[i]!;
  }
  out.varint(ends.length);
  writeInts(out, lengths);
  out.raw(strings.bytes);
}

function writeList(out: ByteWriter, list: NumberList): void {
  out.varint(list.count);
  writeInts(out, list.values.subarray(0, list.count));
}

function lists(): readonly NumberList[] {
  return Array.from({ length: SLOTS }, () => new NumberList());
}
