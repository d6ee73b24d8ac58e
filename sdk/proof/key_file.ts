/**
 * A private key in a file: PKCS#8 PEM (RFC 8410), mode 0600, as `openssl pkey` reads it.
 *
 * @module
 */
import { createPrivateKey } from "node:crypto";
import { dirname } from "node:path";
import { type Files, FilesError, readWhole, replaceFile } from "../runtime/files.ts";
import { generateKeys, type Keys, PKCS8_HEAD, publicKeyOf, SEED_BYTES } from "./sign.ts";

/** Why a key file cannot be used. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
  readonly permanent = true;
  readonly code: "unreadable" | "format" | "unwritable";
  readonly path: string;

  constructor(
    code: KeyFileError["code"],
    message: string,
    facts: { readonly path: string; readonly cause: unknown },
  ) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.path = facts.path;
  }
}

/**
 * Reads the key at `path`; where there is no file, makes a key and stores it there.
 *
 * A file that is there but holds no key is never replaced: the old key may be all that proves who
 * this agent is.
 *
 * @throws {KeyFileError}
 */
export async function loadOrCreateKeys(
  files: Files,
  path: string,
  generate: () => Keys = generateKeys,
): Promise<Keys> {
  const pem = await read(files, path);
  if (pem !== undefined) return parsePem(path, pem);
  const keys = generate();
  try {
    files.makeFolder(dirname(path));
    await replaceFile(files, path, new TextEncoder().encode(toPem(keys.privateKey)));
  } catch (cause) {
    throw new KeyFileError("unwritable", `Cannot store key: ${reason(cause)}`, { path, cause });
  }
  return keys;
}

async function read(files: Files, path: string): Promise<Uint8Array | undefined> {
  try {
    return await readWhole(files, path);
  } catch (cause) {
    throw new KeyFileError("unreadable", `Cannot read key: ${reason(cause)}`, { path, cause });
  }
}

function reason(cause: unknown): string {
  return cause instanceof FilesError ? cause.message : String(cause);
}

function toPem(seed: Uint8Array): string {
  const base64 = Buffer.concat([PKCS8_HEAD, seed]).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

function parsePem(path: string, pem: Uint8Array): Keys {
  try {
    const key = createPrivateKey(Buffer.from(pem));
    if (key.asymmetricKeyType !== "ed25519") throw new TypeError("It is of another kind");
    const der = key.export({ format: "der", type: "pkcs8" });
    const privateKey = new Uint8Array(der.subarray(PKCS8_HEAD.length));
    if (privateKey.length !== SEED_BYTES) throw new TypeError("It has attributes");
    return { publicKey: publicKeyOf(privateKey), privateKey };
  } catch (cause) {
    throw new KeyFileError(
      "format",
      `Cannot read key ${path}: it is ${pem.length} bytes that are no Ed25519 key, ` +
        "must be one in PKCS#8 PEM",
      { path, cause },
    );
  }
}
