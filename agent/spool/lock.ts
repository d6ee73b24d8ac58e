/**
 * One process at a time has a spool.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { SpoolError } from "./spool_error.ts";

/** Locks the spool in `folder`; gives what releases it. @throws {SpoolError} `in-use`. */
export function lockSpool(files: Files, folder: string): () => void {
  try {
    return files.lock(join(folder, "lock"));
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "in-use") throw error;
    throw new SpoolError("in-use", `Cannot open spool: ${error.message}`, error);
  }
}
