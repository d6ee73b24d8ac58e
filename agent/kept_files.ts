/**
 * What sources keep between runs besides their cursors: files that only this agent can open.
 *
 * A file is the nonce (12 bytes), the ciphertext and the tag (16 bytes) of AES-256-GCM, with a key by
 * HKDF-SHA-256 from the agent's private key. Stream and name are authenticated. It is the plain text
 * of nothing that the scrubber has not seen: no event is made of these bytes.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Kept } from "../sdk/read/io.ts";
import { type Files, readWhole, replaceFile } from "../sdk/runtime/files.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface KeptOptions {
  /** It is made when something is kept. */
  readonly folder: string;
  readonly files: Files;
  /** The agent's private key. */
  readonly seed: Uint8Array;
  randomBytes(n: number): Uint8Array;
}

/** Gives what the source of a stream keeps. */
export function openKept(options: KeptOptions): (stream: Uint8Array) => Kept {
  const { folder, files, seed, randomBytes } = options;
  const key = new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(0), "custos/kept/v1", 32));
  return (stream) => {
    const id = Buffer.from(stream).toString("hex");
    const fileOf = (name: string): string => {
      if (!/^[a-z0-9]{1,32}$/.test(name)) {
        throw new RangeError(`Cannot keep "${name}": no such name`);
      }
      return join(folder, `${id}-${name}`);
    };
    const authenticated = (name: string): Buffer => Buffer.concat([stream, Buffer.from(name)]);
    return {
      async get(name) {
        const sealed = await readWhole(files, fileOf(name));
        return sealed && opened(sealed, key, authenticated(name));
      },
      async set(name, bytes) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const nonce = randomBytes(NONCE_BYTES);
        const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(authenticated(name));
        const sealed = [nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
        await replaceFile(files, fileOf(name), Buffer.concat(sealed));
      },
    };
  };
}

/** Undefined for what was damaged, or sealed by another agent. */
function opened(sealed: Uint8Array, key: Uint8Array, about: Buffer): Uint8Array | undefined {
  const end = sealed.length - TAG_BYTES;
  if (end < NONCE_BYTES) return undefined;
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(about).setAuthTag(sealed.subarray(end));
    const body = decipher.update(sealed.subarray(NONCE_BYTES, end));
    return new Uint8Array(Buffer.concat([body, decipher.final()]));
  } catch {
    return undefined;
  }
}
