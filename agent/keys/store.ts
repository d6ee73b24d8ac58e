/**
 * The key holder's file: `holder.json` in a folder of its own, mode 0600. It is all there is of a
 * tenant's token keys outside the agents, so it is replaced as a whole, durably, and backed up.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import { type Files, readWhole, replaceFile } from "../../sdk/runtime/files.ts";

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Pair = v.strictObject({ publicKey: hex(32), secret: v.string() });

const StoreFile = v.strictObject({
  version: v.literal(1),
  /** Program that wraps the secrets; null: they stand here in hex. */
  kms: v.nullable(v.string()),
  /** Of the last packages. */
  serial: count,
  /** Ed25519: signs packages; its public key is what agents are configured with. */
  signing: Pair,
  /** X25519: opens values, under a grant; null where nothing is to be revealed. */
  reveal: v.nullable(Pair),
  /** Reveal keys of before, oldest first: values may be sealed to them. */
  revealBefore: v.optional(v.array(Pair), []),
  /** Ascending. Old ones stay, so that their tokens can still be made. */
  epochs: v.pipe(
    v.array(v.strictObject({ epoch: count, from: count, until: count, secret: v.string() })),
    v.minLength(1),
  ),
  /** Ids of agents that packages may be made for. */
  agents: v.array(v.strictObject({ agent: hex(16), approved: v.string(), by: v.string() })),
});
export type StoreFile = Readonly<v.InferOutput<typeof StoreFile>>;

/** `until` of the newest epoch. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

/** The holder's file cannot be used. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: "missing" | "exists" | "form";

  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The file of the holder in `folder`. */
export function storePath(folder: string): string {
  return join(folder, "holder.json");
}

/** @throws {StoreError} If there is none, or it is damaged. */
export async function readStore(files: Files, path: string): Promise<StoreFile> {
  const bytes = await readWhole(files, path);
  if (bytes === undefined) {
    throw new StoreError("missing", `Cannot read ${path}: there is none, see custos keys init`);
  }
  try {
    return v.parse(StoreFile, JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    // The cause would show what is in it.
    throw new StoreError(
      "form",
      `Cannot read ${path}: it is damaged or no holder's file, take a copy that custos keys backup made`,
    );
  }
}

/** Durable when it resolves. */
export async function writeStore(files: Files, path: string, store: StoreFile): Promise<void> {
  await replaceFile(files, path, Buffer.from(`${JSON.stringify(store, null, 2)}\n`));
}

/** Writes a file that must not be there yet. @throws {StoreError} */
export async function createStore(files: Files, path: string, store: StoreFile): Promise<void> {
  if (await readWhole(files, path) !== undefined) {
    throw new StoreError("exists", `Cannot write ${path}: it is there, and may be the only copy`);
  }
  await writeStore(files, path, store);
}
