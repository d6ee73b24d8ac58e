/**
 * Standard input as a file: readers want one that they can read twice.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface InputFiles extends AsyncDisposable {
  readonly files: readonly string[];
}

const INPUT = "-";

/**
 * `files` with the path of a copy of `input` in place of `-`. The copy is in a folder that nobody else
 * may read, and goes when it is disposed.
 */
export async function standardInput(
  files: readonly string[],
  input: Readable = process.stdin,
): Promise<InputFiles> {
  if (!files.includes(INPUT)) return { files, [Symbol.asyncDispose]: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), "custos-read-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "stdin");
    await pipeline(input, createWriteStream(copy, { mode: 0o600 }));
    const named = files.map((file) => file === INPUT ? copy : file);
    return { files: named, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
