/**
 * Says before a plugin runs whether a file can be read as it is.
 *
 * @module
 */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { isReadablePacked, matchFiles } from "../../sdk/read/match_files.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";

/** A file that cannot be read as it is. */
export class InputFileError extends Error {
  override readonly name = "InputFileError";
  readonly code: "missing" | "folder" | "compressed" | "denied";

  constructor(code: InputFileError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * @throws {InputFileError} If it is a glob that matches nothing, no file, or one that is compressed
 * and not called so.
 */
export function checkInputFile(file: string): void {
  const paths = existsSync(file) ? [file] : matchFiles([file]).map(({ path }) => path);
  if (paths.length === 0) {
    throw new InputFileError("missing", `Cannot read ${file}: there is no such file`);
  }
  for (const path of paths) {
    const stat = statSync(path);
    if (stat.isDirectory()) {
      const fix = `name its files, such as "${path.replace(/\/$/, "")}/*.log"`;
      throw new InputFileError("folder", `Cannot read ${path}: it is a folder, ${fix}`);
    }
    if (!stat.isFile() || isReadablePacked(path) || !isGzip(path)) continue;
    const fix = `name it ${path}.gz, then read that`;
    throw new InputFileError("compressed", `Cannot read ${path}: it is compressed, ${fix}`);
  }
}

function isGzip(path: string): boolean {
  const head = new Uint8Array(2);
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    readSync(fd, head, 0, head.length, 0);
  } catch (cause) {
    throw new InputFileError("denied", `Cannot read ${path}: ${troubleOf(cause)}`, { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return head[0] === 0x1f && head[1] === 0x8b;
}
