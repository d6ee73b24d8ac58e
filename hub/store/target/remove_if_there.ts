/**
 * Removes a file that may be gone already.
 *
 * @module
 */
import { type Files, FilesError } from "../../../sdk/runtime/files.ts";

export function removeIfThere(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch (error) {
    if (!(error instanceof FilesError && error.code === "missing")) throw error;
  }
}
