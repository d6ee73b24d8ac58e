/**
 * Brings a file of the target into the store's folder, for who looks whether it is whole.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, readWhole } from "../../../sdk/runtime/files.ts";
import type { StoredFile } from "../manifest.ts";
import { type ColdTarget, TargetError } from "./cold_target.ts";
import { sha256Hex } from "./sign_request.ts";

export interface FetchOptions {
  readonly files: Files;
  /** The store's folder. */
  readonly folder: string;
  readonly target: ColdTarget;
}

/**
 * Gives why the target's file is lost or damaged; undefined where it is here now, whole.
 *
 * @throws {TargetError} If the target does not say.
 */
export async function fetchWhole(
  { files, folder, target }: FetchOptions,
  { path, bytes, seal, place }: StoredFile,
  signal: AbortSignal,
): Promise<string | undefined> {
  const here = await readWhole(files, join(folder, path));
  if (here !== undefined && sha256Hex(here) === seal?.hash) return undefined;
  if (place !== target.place) {
    throw new TargetError("place", `Cannot read ${path}: it is at ${place}, not ${target.place}`);
  }
  try {
    await target.get(path, { path: join(folder, path), bytes, sha256: seal?.hash }, signal);
    return undefined;
  } catch (error) {
    const isLost = error instanceof TargetError && ["tampered", "missing"].includes(error.code);
    if (!isLost) throw error;
    return error.message;
  }
}
