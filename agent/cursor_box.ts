/**
 * Seals cursors, so that they travel in frames and only this agent can open them.
 *
 * AES-256-GCM (NIST SP 800-38D), key by HKDF-SHA-256 (RFC 5869) from the agent's private key:
 * 12 bytes nonce, ciphertext of the cursor's JSON, 16 bytes tag. The stream's id is authenticated.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Json } from "../sdk/table.ts";
import { MAX_CURSOR_BYTES } from "../sdk/wire/body.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A cursor is too long, or its bytes were not sealed by this agent. */
export class CursorError extends Error {
  override readonly name = "CursorError";
  readonly code: "length" | "seal";

  constructor(code: CursorError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface CursorBox {
  /** @throws {CursorError} If the cursor is over 4 KiB when sealed. */
  seal(cursor: Json, stream: Uint8Array): Uint8Array;
  /** @throws {CursorError} If the bytes were not sealed by this agent for this stream. */
  open(sealed: Uint8Array, stream: Uint8Array): Json;
}

/** Makes the box of the agent whose private key `seed` is. */
export function openCursorBox(
  seed: Uint8Array,
  randomBytes: (n: number) => Uint8Array,
): CursorBox {
  const key = new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(0), "custos/cursor/v1", 32));
  return {
    seal(cursor, stream) {
      const plain = Buffer.from(JSON.stringify(cursor));
      const bytes = NONCE_BYTES + plain.length + TAG_BYTES;
      if (bytes > MAX_CURSOR_BYTES) {
        throw new CursorError(
          "length",
          `Cannot seal cursor: it has ${bytes} bytes, must have at most ${MAX_CURSOR_BYTES}`,
        );
      }
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(stream);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return new Uint8Array(Buffer.concat([nonce, body, cipher.getAuthTag()]));
    },
    open(sealed, stream) {
      const end = sealed.length - TAG_BYTES;
      try {
        const nonce = sealed.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(stream).setAuthTag(sealed.subarray(end));
        const plain = Buffer.concat([
          decipher.update(sealed.subarray(NONCE_BYTES, end)),
          decipher.final(),
        ]);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only seal() can have made it, from JSON
        return JSON.parse(plain.toString("utf8")) as Json;
      } catch (cause) {
        throw new CursorError("seal", "Cannot open cursor: this agent has not sealed it", {
          cause,
        });
      }
    },
  };
}
