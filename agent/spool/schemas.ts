/**
 * Schemas of held frames: each segment has a record of each schema before its first frame, so that
 * a frame can still be announced to the hub when its plugin has changed.
 *
 * @module
 */
import type { FrameHeader } from "../../sdk/wire/header.ts";
import { recordBytes } from "../../sdk/wire/segment.ts";
import { encodeSchema } from "./records.ts";

/** A record that has to stand before a frame. */
export interface SchemaRecord {
  /** In hex. */
  readonly hash: string;
  readonly record: Uint8Array;
}

export interface Schemas {
  /** The canonical JSON, by hash in hex. */
  json(hash: string): string | undefined;
  /** Room for records of all schemas of these frames. */
  bytesFor(headers: readonly FrameHeader[]): number;
  /** Records that segment `number` does not have yet. */
  missing(headers: readonly FrameHeader[], number: number): readonly SchemaRecord[];
  /** They were written to that segment. */
  written(records: readonly SchemaRecord[]): void;
}

/** `known` are those that recovery found; `ask` knows those of this process. */
export function openSchemas(
  known: ReadonlyMap<string, string>,
  ask: (hash: string) => string | undefined,
): Schemas {
  const schemas = new Map(known);
  /** Those that the newest segment has. */
  let has = { number: -1, hashes: new Set<string>() };
  const json = (hash: string): string | undefined => schemas.get(hash) ?? ask(hash);
  return {
    json,
    bytesFor: (headers) =>
      hashesOf(headers).reduce((sum, hash) => {
        const text = json(hash);
        return sum + (text === undefined ? 0 : recordBytes(encodeSchema(text).length));
      }, 0),
    missing(headers, number) {
      if (has.number !== number) has = { number, hashes: new Set() };
      return hashesOf(headers).filter((hash) => !has.hashes.has(hash)).flatMap((hash) => {
        const text = json(hash);
        if (text === undefined) return [];
        schemas.set(hash, text);
        return [{ hash, record: encodeSchema(text) }];
      });
    },
    written(records) {
      for (const { hash } of records) has.hashes.add(hash);
    },
  };
}

function hashesOf(headers: readonly FrameHeader[]): readonly string[] {
  const hashes = headers.map(({ schema }) => Buffer.from(schema).toString("hex"));
  return [...new Set(hashes)];
}
