/**
 * Takes from a Bun binary the environment variables by which it stops being our program.
 *
 * A compiled program obeys them before its first line of code runs: `BUN_BE_BUN=1` turns it into a
 * general script interpreter (one that an allow list of programs already trusts), `BUN_OPTIONS` and
 * `BUN_INSPECT…` load code or open a debugger. There is no build option against it, so the names
 * themselves are overwritten, by names of the same length that no environment can hold.
 *
 * @module
 */

/** Longest first: one name is the head of another. */
const NAMES = [
  "BUN_INSPECT_CONNECT_TO",
  "BUN_INSPECT_PRELOAD",
  "BUN_INSPECT",
  "BUN_OPTIONS",
  "BUN_BE_BUN",
] as const;

/** `=` cannot stand in the name of an environment variable, on any system. */
const REPLACEMENT = "=".charCodeAt(0);
/** `process.env.NAME` in a script inside the binary, which must stay a script. */
const DOT = ".".charCodeAt(0);

/**
 * Overwrites the names in `binary`, in place.
 *
 * @throws {Error} If one is not there: this Bun reads its environment in another way.
 */
export function harden(binary: Uint8Array): void {
  const bytes = Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength);
  for (const name of NAMES) {
    let found = 0;
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
      if (bytes[at - 1] === DOT) continue;
      bytes[at] = REPLACEMENT;
      found++;
    }
    if (found === 0) {
      throw new Error(`Cannot harden binary: it does not name ${name}, look how this Bun reads it`);
    }
  }
}
