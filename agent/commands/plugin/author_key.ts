/**
 * The file of a key that signs plugins: a seed of 32 bytes in hex.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { publicKeyOf, SEED_BYTES } from "../../../sdk/proof/sign.ts";
import { readWhole, replaceFile } from "../../../sdk/runtime/files.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";

/** A file is no key, or is not to be overwritten. */
export class AuthorKeyError extends Error {
  override readonly name = "AuthorKeyError";
  readonly code: "missing" | "format" | "exists";

  constructor(code: AuthorKeyError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Reads the seed in `file`. @throws {AuthorKeyError} */
export async function readSeed(file: string): Promise<Uint8Array> {
  const bytes = await readWhole(nodeFiles(), file);
  if (bytes === undefined) {
    const fix = "make one with custos plugin sign --new-key FILE";
    throw new AuthorKeyError("missing", `Cannot read key ${file}: there is none, ${fix}`);
  }
  const [, hex] = /^([0-9a-f]{64})\s*$/.exec(Buffer.from(bytes).toString("latin1")) ?? [];
  if (hex !== undefined) return new Uint8Array(Buffer.from(hex, "hex"));
  throw new AuthorKeyError("format", `Cannot read key ${file}: it must be 64 hex digits`);
}

/** Makes a key in `file`, which must not be there; gives its public half. @throws {AuthorKeyError} */
export async function makeKey(file: string): Promise<Uint8Array> {
  if (existsSync(file)) {
    throw new AuthorKeyError("exists", `Cannot make key ${file}: the file is there, name another`);
  }
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  await replaceFile(nodeFiles(), file, Buffer.from(`${Buffer.from(seed).toString("hex")}\n`));
  return publicKeyOf(seed);
}
