/**
 * Unpacks what came over a network: whole, and never into more than a limit.
 *
 * @module
 */
import { Gunzip } from "./gunzip.ts";
import { PackedBytes, type Unpacker } from "./packed_bytes.ts";
import { Unzstd } from "./unzstd.ts";

const FORMATS: Readonly<Record<string, new (bytes: PackedBytes) => Unpacker>> = {
  gzip: Gunzip,
  "x-gzip": Gunzip,
  zstd: Unzstd,
};

/** Content codings (RFC 9110 §8.4.1) that {@link unpackBody} reads. */
export const CODINGS: readonly string[] = ["identity", "gzip", "zstd"];

/**
 * The bytes of `packed`; undefined where they are more than `most`.
 *
 * @throws {UnpackError} If they are damaged.
 * @throws {RangeError} If `coding` is none of {@link CODINGS}.
 */
export function unpackBody(
  packed: Uint8Array,
  coding: string,
  most: number,
): Uint8Array | undefined {
  if (coding === "" || coding === "identity") return packed;
  const Format = FORMATS[coding];
  if (Format === undefined) {
    throw new RangeError(`Cannot unpack "${coding}": must be ${CODINGS.join(", ")}`);
  }
  let at = 0;
  const unpacker = new Format(
    new PackedBytes((into) => {
      const part = packed.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    }),
  );
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let piece = unpacker.next(); piece !== undefined; piece = unpacker.next()) {
    total += piece.length;
    if (total > most) return undefined;
    pieces.push(new Uint8Array(piece));
  }
  return new Uint8Array(Buffer.concat(pieces, total));
}
