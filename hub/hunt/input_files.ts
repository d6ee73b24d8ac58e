/**
 * The files that a hunt is given: folders become the files in them.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";

/** A file to look into, and whether it was named rather than found in a folder. */
export interface InputFile {
  readonly file: string;
  readonly isNamed: boolean;
}

/** A path that cannot be looked into, as a sentence. */
export interface InputTrouble {
  readonly trouble: string;
}

/** The files of `paths`, in their order; those of a folder by name. */
export function inputFiles(paths: readonly string[]): readonly (InputFile | InputTrouble)[] {
  return paths.flatMap((path): readonly (InputFile | InputTrouble)[] => {
    try {
      if (!statSync(path).isDirectory()) return [{ file: path, isNamed: true }];
      return readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)).toSorted()
        .map((file) => ({ file, isNamed: false }));
    } catch (error) {
      return [{ trouble: `Cannot read ${path}: ${troubleOf(error)}` }];
    }
  });
}
