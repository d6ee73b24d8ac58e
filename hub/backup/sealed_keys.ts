/**
 * A hub's private keys under a passphrase: scrypt (RFC 7914) and AES-256-GCM, as JSON.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import * as v from "valibot";
import { BackupError } from "./backup_error.ts";

/** Files of a data folder that hold a private key, or what agents have pinned of it. */
export const KEY_FILES = ["ledger.key", "authority/authority.key", "authority/authority.crt"];
/** Fewer characters are guessed too soon. */
export const LEAST_PASSPHRASE = 12;

/** 64 MiB and about a quarter of a second a guess. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 96 * 1024 * 1024 };
const LABEL = new TextEncoder().encode("custos/keys/v1");
const TAG_BYTES = 16;

const base64 = v.pipe(v.string(), v.base64());
const Sealed = v.object({ version: v.literal(1), salt: base64, nonce: base64, sealed: base64 });
const Contents = v.record(v.string(), base64);

/** Seals files, by path. */
export function sealKeys(contents: ReadonlyMap<string, Uint8Array>, passphrase: string): string {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(passphrase, salt), nonce).setAAD(LABEL);
  const plain = Object.fromEntries([...contents].map(([path, bytes]) => [path, textOf(bytes)]));
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify(plain), "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const written = { version: 1, salt: textOf(salt), nonce: textOf(nonce), sealed: textOf(sealed) };
  return `${JSON.stringify(written)}\n`;
}

/** Files by path. @throws {BackupError} `passphrase` also where the bytes were changed. */
export function openKeys(text: string, passphrase: string): ReadonlyMap<string, Uint8Array> {
  try {
    const { salt, nonce, sealed } = v.parse(Sealed, JSON.parse(text));
    const bytes = bytesOf(sealed);
    const decipher = createDecipheriv(
      "aes-256-gcm",
      keyOf(passphrase, bytesOf(salt)),
      bytesOf(nonce),
      { authTagLength: TAG_BYTES },
    ).setAAD(LABEL).setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") +
      decipher.final("utf8");
    const contents = v.parse(Contents, JSON.parse(plain));
    return new Map(Object.entries(contents).map(([path, file]) => [path, bytesOf(file)]));
  } catch (cause) {
    throw new BackupError(
      "passphrase",
      "Cannot open the keys of the backup: the passphrase is not theirs, or they are damaged",
      { cause },
    );
  }
}

function keyOf(passphrase: string, salt: Uint8Array): Uint8Array {
  return scryptSync(passphrase.normalize("NFC"), salt, 32, COST);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
