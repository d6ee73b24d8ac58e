/**
 * The files that a glob matches, found folder by folder: links to folders are not followed.
 *
 * @module
 */
import { matchesGlob } from "node:path";
import type { HostIo } from "./rooted.ts";

/** Folders below a `**`, at most. */
const MOST_DEPTH = 16;

/** Gives the paths that `glob` matches, folders left out. */
export function* expand(io: HostIo, glob: string): Iterable<string> {
  const [, ...steps] = glob.split("/");
  yield* below(io, "", steps);
}

function* below(
  io: HostIo,
  folder: string,
  [step = "", ...rest]: readonly string[],
): Iterable<string> {
  if (step === "**") {
    yield* all(io, folder, MOST_DEPTH);
    return;
  }
  const names = isPlain(step) ? [step] : matching(io, folder, step);
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (rest.length > 0) yield* below(io, path, rest);
    else if (kindOf(io, path) !== undefined && kindOf(io, path) !== "folder") yield path;
  }
}

function matching(io: HostIo, folder: string, step: string): readonly string[] {
  return io.list(folder === "" ? "/" : folder).filter((name) => matchesGlob(name, step));
}

function* all(io: HostIo, folder: string, depth: number): Iterable<string> {
  for (const name of io.list(folder === "" ? "/" : folder)) {
    const path = `${folder}/${name}`;
    const kind = kindOf(io, path);
    if (kind === "folder" && depth > 0) yield* all(io, path, depth - 1);
    else if (kind !== undefined && kind !== "folder") yield path;
  }
}

function isPlain(step: string): boolean {
  return !/[*?[{]/.test(step);
}

function kindOf(io: HostIo, path: string) {
  return io.stat(path)?.kind;
}
