/**
 * SHA-256 (FIPS 180-4 §6.2) in plain JavaScript: for browsers, and as the second opinion on the
 * runtime's own.
 *
 * @module
 */

/** Bytes that one step takes. */
const BLOCK_BYTES = 64;

/** SHA-256 of all of `parts`, end to end. 32 bytes. */
export function portableSha256(...parts: readonly Uint8Array[]): Uint8Array {
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  const block = new Uint8Array(BLOCK_BYTES);
  let used = 0;
  let total = 0;
  for (const part of parts) {
    total += part.length;
    let at = 0;
    while (at < part.length) {
      if (used === 0 && part.length - at >= BLOCK_BYTES) {
        step({ state, words }, part, at);
        at += BLOCK_BYTES;
        continue;
      }
      const taken = Math.min(BLOCK_BYTES - used, part.length - at);
      block.set(part.subarray(at, at + taken), used);
      used += taken;
      at += taken;
      if (used < BLOCK_BYTES) continue;
      step({ state, words }, block, 0);
      used = 0;
    }
  }
  finish({ state, words }, block, { used, total });
  return bytesOf(state);
}

/** Words of 32 bits, written in hex. */
function wordsOf(hex: string): Int32Array {
  return Int32Array.from(hex.trim().split(/\s+/), (word) => Number.parseInt(word, 16) | 0);
}

/** §5.3.3. */
const START = wordsOf(`
  6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19
`);
/** §4.2.2. */
const ROUND = wordsOf(`
  428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5
  d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174
  e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
  983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967
  27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85
  a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
  19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3
  748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2
`);

interface Work {
  readonly state: Int32Array;
  /** The message schedule: scratch space. */
  readonly words: Int32Array;
}

function finish(
  { state, words }: Work,
  block: Uint8Array,
  { used, total }: { readonly used: number; readonly total: number },
): void {
  block[used] = 0x80;
  block.fill(0, used + 1);
  if (used >= BLOCK_BYTES - 8) {
    step({ state, words }, block, 0);
    block.fill(0);
  }
  new DataView(block.buffer).setBigUint64(BLOCK_BYTES - 8, BigInt(total) * 8n);
  step({ state, words }, block, 0);
}

function bytesOf(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  state.forEach((word, i) => view.setInt32(4 * i, word));
  return bytes;
}

/** §6.2.2: one block into the state. */
function step({ state, words }: Work, bytes: Uint8Array, start: number): void {
  schedule(words, bytes, start);
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const big1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const t1 = (h + big1 + ((e & f) ^ (~e & g)) + ROUND[i]! + words[i]!) | 0;
    const big0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const t2 = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function schedule(words: Int32Array, bytes: Uint8Array, start: number): void {
  for (let i = 0, at = start; i < 16; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    const small0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3);
    const small1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10);
    words[i] = (words[i - 16]! + small0 + words[i - 7]! + small1) | 0;
  }
}
