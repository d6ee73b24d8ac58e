/**
 * `custos-hub store target check`: writes a probe to a target, reads it, lists it, removes it.
 *
 * @module
 */
import { join } from "node:path";
import { type Files, writeAll } from "../../../sdk/runtime/files.ts";
import { type ColdTarget, TargetError } from "./cold_target.ts";
import { sha256Hex } from "./sign_request.ts";

export interface CheckOptions {
  readonly target: ColdTarget;
  readonly files: Files;
  /** An empty folder. */
  readonly folder: string;
  /** What is written there. */
  readonly bytes: Uint8Array;
  /** Told of each step that is done. */
  readonly onStep: (step: string) => void;
}

const NAME = "cold/probe.parquet";

/** @throws {TargetError} At the first step that fails. */
export async function checkTarget(options: CheckOptions, signal: AbortSignal): Promise<void> {
  const { target, files, folder, bytes, onStep } = options;
  const sha256 = sha256Hex(bytes);
  const file = { path: join(folder, "probe"), bytes: bytes.length, sha256 };
  const open = files.open(file.path, "create");
  try {
    writeAll(open, bytes, 0);
  } finally {
    open.close();
  }
  await target.put(NAME, file, signal);
  onStep("written");
  try {
    await target.get(NAME, { ...file, path: join(folder, "back") }, signal);
    onStep("read");
    const listed = await target.list(signal);
    if (!listed.some(({ name, bytes: size }) => name === NAME && size === bytes.length)) {
      throw new TargetError(
        "answer",
        `Cannot use cold target ${target.place}: what was written is not in its list`,
      );
    }
    onStep("listed");
  } finally {
    await target.remove(NAME, signal);
  }
  onStep("removed");
  const left = await target.list(signal);
  if (left.some(({ name }) => name === NAME)) {
    throw new TargetError(
      "answer",
      `Cannot use cold target ${target.place}: what was removed is still in its list`,
    );
  }
  const halves = await target.removeHalves(signal);
  onStep(
    halves === undefined
      ? "it does not tell of uploads that were cut short: give it a rule that ends them after a day"
      : "tells of uploads that were cut short",
  );
}
