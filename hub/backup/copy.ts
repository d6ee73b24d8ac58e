/**
 * Copies the first bytes of a file, durably and under its hash.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { type Files, FilesError, readFull, writeAll } from "../../sdk/runtime/files.ts";

const WINDOW_BYTES = 1024 * 1024;

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  /** So many; default: all. */
  readonly bytes?: number | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** What was copied; hashes are SHA-256 in hex. */
export interface Copied {
  readonly bytes: number;
  readonly sha256: string;
}

/** Copies; `to` is there whole and synced, or not at all. @throws {FilesError} */
export async function copyFile(files: Files, options: CopyOptions): Promise<Copied> {
  const { from, to } = options;
  const draft = `${to}.part`;
  files.makeFolder(dirname(to));
  removeIfThere(files, draft);
  const source = files.open(from, "read");
  try {
    const target = files.open(draft, "create");
    let copied: Copied;
    try {
      copied = await pour(source, target, options);
      await target.sync();
    } catch (error) {
      removeIfThere(files, draft);
      throw error;
    } finally {
      target.close();
    }
    files.rename(draft, to);
    await files.syncFolder(dirname(to));
    return copied;
  } finally {
    source.close();
  }
}

/** SHA-256 of the first `bytes` of a file in hex; undefined if it is missing or shorter. */
export async function hashFile(
  files: Files,
  path: string,
  { bytes, onBytes }: { readonly bytes: number; readonly onBytes?: CopyOptions["onBytes"] },
): Promise<string | undefined> {
  let file: ReturnType<Files["open"]>;
  try {
    file = files.open(path, "read");
  } catch (error) {
    if (error instanceof FilesError && error.code === "missing") return undefined;
    throw error;
  }
  try {
    if (file.size() < bytes) return undefined;
    return (await pour(file, undefined, { bytes, onBytes })).sha256;
  } finally {
    file.close();
  }
}

async function pour(
  source: ReturnType<Files["open"]>,
  target: ReturnType<Files["open"]> | undefined,
  { bytes = source.size(), onBytes }: Omit<CopyOptions, "from" | "to">,
): Promise<Copied> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes;) {
    const window = new Uint8Array(Math.min(WINDOW_BYTES, bytes - at));
    const filled = await readFull(source, window, at);
    if (filled < window.length) {
      throw new FilesError("failed", `Cannot copy ${source.path}: it has become shorter`, source);
    }
    hash.update(window);
    if (target !== undefined) writeAll(target, window, at);
    at += filled;
    onBytes?.(filled);
  }
  return { bytes, sha256: hash.digest("hex") };
}

export function removeIfThere(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "missing") throw error;
  }
}
