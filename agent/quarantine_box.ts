/**
 * What must not travel and must not be lost: events that could not be scrubbed, frames that the
 * hub refused for good. Kept on this host alone, sealed to the tenant's reveal key, bounded.
 *
 * Where the key holder names no reveal key, or there is no holder, they are sealed to this agent's
 * own box key: then root on this host can open them, as it can read the logs themselves.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { BodyEncoder } from "../sdk/wire/body.ts";
import { parseHeader } from "../sdk/wire/frame.ts";
import { type QuarantineHead, sealQuarantined } from "./quarantine_file.ts";

export interface QuarantineBox {
  /** False if it is full or cannot be written; as the next one. */
  keep(source: string, batch: ColumnBatch): boolean;
  keepFrame(name: string, frame: Uint8Array): boolean;
}

export interface QuarantineOptions {
  readonly folder: string;
  /** Of all files; default 64 MiB. */
  readonly mostBytes?: number;
  /** Default 4,096. */
  readonly mostFiles?: number;
  /** The X25519 key that it is sealed to now. */
  to(): Uint8Array;
  /** ms since the Unix epoch. */
  now(): number;
}

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 4096;

export function openQuarantineBox(options: QuarantineOptions): QuarantineBox {
  const { folder, mostBytes = MOST_BYTES, mostFiles = MOST_FILES } = options;
  const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
  const write = (name: string, make: () => readonly [QuarantineHead, Uint8Array]): boolean => {
    try {
      const bytes = sealQuarantined(...make(), { to: options.to(), random });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const held = readdirSync(folder).map((file) => statSync(join(folder, file)).size);
      if (held.length >= mostFiles) return false;
      if (held.reduce((sum, size) => sum + size, 0) + bytes.length > mostBytes) return false;
      writeFileSync(join(folder, name), bytes, { mode: 0o600, flag: "wx", flush: true });
      syncFolder(folder);
      return true;
    } catch {
      // Counted as shed by the caller: it is said in a gap either way.
      return false;
    }
  };
  return {
    keep: (source, batch) =>
      write(`${source}-${randomBytes(8).toString("hex")}.batch`, () => {
        const { table, rows } = batch;
        const raw = new BodyEncoder().encode({ batch, cursor: undefined });
        return [{ kind: "batch", source, table, rows, at: options.now() }, raw];
      }),
    keepFrame: (name, frame) =>
      write(`${name}.frame`, () => {
        const { stream, rows } = parseHeader(frame);
        const source = Buffer.from(stream).toString("hex");
        return [{ kind: "frame", source, table: "", rows, at: options.now() }, frame];
      }),
  };
}

/** The gap that tells of it may be durable at once: the file must not be gone after a crash. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
