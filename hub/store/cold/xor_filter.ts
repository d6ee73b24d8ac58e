/**
 * A set that may say yes to one in sixteen of what is not in it, in five bits an entry; or to one in
 * 256, in ten.
 *
 * Graf and Lemire, "Xor Filters" (2019): a wrong yes costs a look at one file, a bit more an entry
 * costs every file.
 *
 * | offset | size | content                                                             |
 * | -----: | ---: | ------------------------------------------------------------------- |
 * |      0 |    3 | seed, little-endian                                                 |
 * |      3 |    1 | bits of a fingerprint: 8, else 4                                    |
 * |      4 |    4 | n: fingerprints of each of the three blocks                         |
 * |      8 |    … | 3 · n fingerprints; of four bits two a byte, the low one first      |
 *
 * @module
 */

/** Hashes of the entries; both words are needed. */
export interface Hashes {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** Of a fingerprint. */
export type Bits = 4 | 8;

const HEAD_BYTES = 8;
const MAX_SEEDS = 256;
const SEED_MASK = 0xffffff;

/** The set of `hashes`, none of which occurs twice. */
export function buildFilter(hashes: Hashes, bits: Bits = 4): Uint8Array {
  const count = hashes.first.length;
  const block = Math.ceil(count * 0.41) + 11;
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const order = peel(hashes, { block, seed });
    if (order !== undefined) return written(hashes, order, { block, seed, bits });
  }
  throw new RangeError(`Cannot build filter: ${count} hashes are not all different`);
}

/** Whether the set of `filter` may hold the entry with this hash. */
export function mayHold(filter: Uint8Array, first: number, second: number): boolean {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const seed = view.getUint32(0, true) & SEED_MASK;
  const bits: Bits = filter[3] === 8 ? 8 : 4;
  const block = view.getUint32(4, true);
  if (filter.length < sizeOf(3 * block, bits)) return true;
  const slots = new Uint32Array(3);
  putSlots(slots, 0, { first, second, block, seed });
  let held = printOf(first, second, seed);
  if (bits === 8) {
    for (const at of slots) held ^= filter[HEAD_BYTES + at]!;
    return (held & 255) === 0;
  }
  for (const at of slots) held ^= filter[HEAD_BYTES + (at >>> 1)]! >>> (4 * (at & 1));
  return (held & 15) === 0;
}

function sizeOf(prints: number, bits: Bits): number {
  return HEAD_BYTES + Math.ceil(prints * bits / 8);
}

interface Place {
  readonly block: number;
  readonly seed: number;
}

/** Keys and the slot that is each one's own, last first, and three slots a key. */
interface Peeled {
  readonly keys: Uint32Array;
  readonly own: Uint32Array;
  readonly slots: Uint32Array;
}

/** Undefined where some key has no slot of its own. */
function peel({ first, second }: Hashes, { block, seed }: Place): Peeled | undefined {
  const count = first.length;
  const slots = new Uint32Array(3 * count);
  for (let key = 0; key < count; key++) {
    putSlots(slots, 3 * key, { first: first[key]!, second: second[key]!, block, seed });
  }
  const users = new Uint32Array(3 * block);
  const sums = new Uint32Array(3 * block);
  for (let i = 0, key = 0; i < slots.length; key++) {
    for (const end = i + 3; i < end; i++) {
      users[slots[i]!]!++;
      sums[slots[i]!]! ^= key;
    }
  }
  const alone: number[] = [];
  for (let at = 0; at < users.length; at++) if (users[at] === 1) alone.push(at);
  const keys = new Uint32Array(count);
  const own = new Uint32Array(count);
  let done = 0;
  for (let at = alone.pop(); at !== undefined; at = alone.pop()) {
    if (users[at] !== 1) continue;
    const key = sums[at]!;
    keys[done] = key;
    own[done++] = at;
    for (let i = 3 * key; i < 3 * key + 3; i++) {
      const other = slots[i]!;
      sums[other]! ^= key;
      if (--users[other]! === 1) alone.push(other);
    }
  }
  return done === count ? { keys, own, slots } : undefined;
}

function written(
  { first, second }: Hashes,
  { keys, own, slots }: Peeled,
  { block, seed, bits }: Place & { readonly bits: Bits },
): Uint8Array {
  const prints = new Uint8Array(3 * block);
  for (let i = keys.length; i-- > 0;) {
    const key = keys[i]!;
    let print = printOf(first[key]!, second[key]!, seed);
    for (let k = 3 * key; k < 3 * key + 3; k++) print ^= prints[slots[k]!]!;
    prints[own[i]!] = print & (2 ** bits - 1);
  }
  const bytes = new Uint8Array(sizeOf(prints.length, bits));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, seed, true);
  view.setUint32(4, block, true);
  if (bits === 8) {
    bytes[3] = 8;
    bytes.set(prints, HEAD_BYTES);
    return bytes;
  }
  for (let at = 0; at < prints.length; at++) {
    bytes[HEAD_BYTES + (at >>> 1)]! |= prints[at]! << (4 * (at & 1));
  }
  return bytes;
}

function putSlots(
  slots: Uint32Array,
  at: number,
  { first, second, block, seed }: Place & { readonly first: number; readonly second: number },
): void {
  const scale = block / 4_294_967_296;
  slots[at] = Math.floor(mixed(first ^ seed) * scale);
  slots[at + 1] = block + Math.floor(mixed(second + seed) * scale);
  slots[at + 2] = 2 * block + Math.floor(mixed(Math.imul(first, 3) ^ second ^ seed) * scale);
}

function printOf(first: number, second: number, seed: number): number {
  return mixed(first + Math.imul(second, 0x9e3779b1) + seed) >>> 13;
}

/** MurmurHash3's last step. */
function mixed(value: number): number {
  let word = value ^ (value >>> 16);
  word = Math.imul(word, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
