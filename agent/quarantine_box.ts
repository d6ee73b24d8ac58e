/**
 * What must not travel and must not be lost: events that could not be scrubbed, frames that the
 * hub refused for good. Kept on this host alone, encrypted, bounded.
 *
 * One file each in the quarantine folder: 12 bytes nonce, AES-256-GCM of the columns' body or the
 * frame, 16 bytes tag; key by HKDF from the agent's private key.
 *
 * @module
 */
import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { BodyEncoder } from "../sdk/wire/body.ts";

/** Most bytes of all files. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface QuarantineBox {
  /** False if it is full or cannot be written; as the next one. */
  keep(source: string, batch: ColumnBatch): boolean;
  keepFrame(name: string, frame: Uint8Array): boolean;
}

export function openQuarantineBox(folder: string, seed: Uint8Array): QuarantineBox {
  const key = new Uint8Array(
    hkdfSync("sha256", seed, new Uint8Array(0), "custos/quarantine/v1", 32),
  );
  const write = (name: string, plain: Uint8Array): boolean => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const held = readdirSync(folder).reduce((sum, f) => sum + statSync(join(folder, f)).size, 0);
      if (held + plain.length > MOST_BYTES) return false;
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const bytes = Buffer.concat([
        nonce,
        cipher.update(plain),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      writeFileSync(join(folder, name), bytes, { mode: 0o600, flag: "wx", flush: true });
      return true;
    } catch {
      // Counted as shed by the caller: it is said in a gap either way.
      return false;
    }
  };
  return {
    keep(source, batch) {
      const raw = new BodyEncoder().encode({ batch, cursor: undefined });
      return write(`${source}-${randomBytes(8).toString("hex")}.batch`, raw);
    },
    keepFrame: (name, frame) => write(`${name}.frame`, frame),
  };
}
