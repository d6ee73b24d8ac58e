/**
 * Keeps copies of spool bytes that recovery could not use, within a bound.
 *
 * They hold what frames hold: scrubbed events. A name says where the bytes were, so that the same
 * damage found again is not kept twice.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, type OpenFile, readFull, writeAll } from "../../sdk/runtime/files.ts";

export interface Quarantine {
  /** Copies bytes `from` to `to` of `file`; gives how many it kept, 0 when it is full. */
  keep(file: OpenFile, name: string, range: { from: number; to: number }): Promise<number>;
}

const CHUNK_BYTES = 256 * 1024;

export function openQuarantine(files: Files, folder: string, maxBytes: number): Quarantine {
  files.makeFolder(folder);
  let used = 0;
  for (const name of files.list(folder)) {
    const file = files.open(join(folder, name), "read");
    used += file.size();
    file.close();
  }
  return {
    async keep(file, name, { from, to }) {
      const bytes = Math.min(to - from, maxBytes - used);
      const path = join(folder, `${name}-${from}.bad`);
      if (bytes <= 0 || files.list(folder).includes(`${name}-${from}.bad`)) return 0;
      const copy = files.open(path, "write");
      try {
        for (let at = 0; at < bytes; at += CHUNK_BYTES) {
          const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes - at));
          const filled = await readFull(file, chunk, from + at);
          writeAll(copy, chunk.subarray(0, filled), at);
        }
        await copy.sync();
      } finally {
        copy.close();
      }
      used += bytes;
      return bytes;
    },
  };
}
