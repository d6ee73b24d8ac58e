/**
 * A cold target that is a folder: a larger or slower disk, or what another machine shares.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import {
  type Files,
  FilesError,
  type OpenFile,
  readFull,
  writeAll,
} from "../../../sdk/runtime/files.ts";
import {
  aborted,
  type ColdTarget,
  type LocalFile,
  type TargetEntry,
  TargetError,
} from "./cold_target.ts";
import { removeIfThere } from "./remove_if_there.ts";

export interface FolderOptions {
  readonly folder: string;
  /** Folder of this hub in it. */
  readonly scope: string;
  readonly files: Files;
}

const WINDOW_BYTES = 1024 * 1024;
const DRAFT = /\.part$/;

export function openFolderTarget({ folder, scope, files }: FolderOptions): ColdTarget {
  const root = join(folder, scope);
  const place = folder;
  const at = (name: string): string => join(root, name);
  return {
    place,
    async put(name, from, signal) {
      await told(place, async () => {
        if (files.list(dirname(folder)).length === 0) throw away(place);
        files.makeFolder(dirname(at(name)));
        await copy({ files, from: from.path, to: at(name), file: from }, signal);
      }, (why) =>
        new TargetError(
          "local",
          `Cannot put ${name} to cold target ${place}: ${from.path} ${why}, make it again with ` +
            "custos-hub store rebuild -c",
        ));
    },
    async get(name, to, signal) {
      await told(
        place,
        () => copy({ files, from: at(name), to: to.path, file: to }, signal),
        (why) =>
          new TargetError(
            "tampered",
            `Cannot use ${name} of cold target ${place}: it ${why}, make it again with ` +
              "custos-hub store rebuild -c",
          ),
      );
    },
    async remove(name) {
      await told(place, async () => {
        removeIfThere(files, at(name));
        await Promise.resolve();
      });
    },
    async list() {
      return await told(place, () => Promise.resolve(entriesOf(files, root)));
    },
    removeHalves: () => Promise.resolve(0),
  };
}

/** Files of one level of folders, without drafts: those are written over. */
function entriesOf(files: Files, root: string): readonly TargetEntry[] {
  return files.list(root).flatMap((inner) =>
    files.list(join(root, inner)).filter((name) => !DRAFT.test(name)).map((name) => {
      const file = files.open(join(root, inner, name), "read");
      try {
        return { name: `${inner}/${name}`, bytes: file.size() };
      } finally {
        file.close();
      }
    })
  );
}

function away(place: string): TargetError {
  return new TargetError("unreachable", `Cannot reach cold target ${place}: is it mounted?`);
}

/** Runs `work`; what the disk says is told in the target's words. */
async function told<T>(
  place: string,
  work: () => Promise<T>,
  differs?: (why: string) => TargetError,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Differs && differs !== undefined) throw differs(error.message);
    if (!(error instanceof FilesError)) throw error;
    const code = error.code === "missing"
      ? "missing"
      : error.code === "denied"
      ? "denied"
      : error.code === "full"
      ? "full"
      : "unreachable";
    throw new TargetError(code, `Cannot use cold target ${place}: ${error.message}`, {
      cause: error,
    });
  }
}

/** What was copied is not what it must be. */
class Differs extends Error {
  override readonly name = "Differs";
}

async function copy(
  { files, from, to, file }: {
    readonly files: Files;
    readonly from: string;
    readonly to: string;
    readonly file: LocalFile;
  },
  signal: AbortSignal,
): Promise<void> {
  const draft = `${to}.part`;
  const source = files.open(from, "read");
  try {
    if (source.size() !== file.bytes) throw new Differs("has another length than was sealed");
    const target = files.open(draft, "write");
    try {
      target.truncate(0);
      const sha256 = await pour(source, { target, bytes: file.bytes }, signal);
      if (file.sha256 !== undefined && sha256 !== file.sha256) {
        throw new Differs("has not the bytes that were sealed");
      }
      await target.sync();
    } finally {
      target.close();
    }
    files.rename(draft, to);
    await files.syncFolder(dirname(to));
  } catch (error) {
    removeIfThere(files, draft);
    throw error;
  } finally {
    source.close();
  }
}

/** Gives the SHA-256 of what was copied, hex. */
async function pour(
  source: OpenFile,
  { target, bytes }: { readonly target: OpenFile; readonly bytes: number },
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes; at += WINDOW_BYTES) {
    if (signal.aborted) throw aborted();
    const part = new Uint8Array(Math.min(WINDOW_BYTES, bytes - at));
    if (await readFull(source, part, at) < part.length) throw new Differs("has become shorter");
    hash.update(part);
    writeAll(target, part, at);
  }
  return hash.digest("hex");
}
