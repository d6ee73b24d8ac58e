/**
 * How many different values there were, in bounded room: the k smallest hashes of them.
 *
 * Exact below {@link KEPT} values, else off by some 13 percent (Bar-Yossef et al. 2002, k minimum
 * values). The order in which values come does not matter.
 *
 * @module
 */
/** Ascending, each once, at most {@link KEPT}; plain JSON. */
export type Distinct = number[];

/** Hashes that are kept. */
export const KEPT = 64;
const HASH_BITS = 48;

/**
 * A whole number below 2^48 that stands for `text`. It is made for speed: who chooses values for it
 * can have many counted as few.
 */
export function hashOf(text: string): number {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 15;
  }
  low = mixed(low ^ Math.imul(high, 0xc2b2ae35));
  high = mixed(high ^ Math.imul(low, 0x27d4eb2f));
  return (high & 0xffff) * 2 ** 32 + low;
}

/** Every bit depends on every one (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Takes the value that `hash` stands for. */
export function addTo(distinct: Distinct, hash: number): void {
  if (distinct.length === KEPT && hash >= distinct[KEPT - 1]!) return;
  let at = distinct.length;
  while (at > 0 && distinct[at - 1]! > hash) at--;
  if (distinct[at - 1] === hash) return;
  distinct.splice(at, 0, hash);
  if (distinct.length > KEPT) distinct.pop();
}

/** How many different values it has taken. */
export function countOf(distinct: Distinct): number {
  if (distinct.length < KEPT) return distinct.length;
  return Math.round((KEPT - 1) / (distinct[KEPT - 1]! / 2 ** HASH_BITS));
}
