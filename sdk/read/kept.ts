/**
 * Keeps in memory what a source would keep on disk: for tests, and for runs that leave nothing.
 *
 * @module
 */
import type { Kept } from "./io.ts";

export function keptInMemory(): Kept {
  const kept = new Map<string, Uint8Array>();
  return {
    get: (name) => Promise.resolve(kept.get(name)),
    set: (name, bytes) => {
      kept.set(name, new Uint8Array(bytes));
      return Promise.resolve();
    },
  };
}
