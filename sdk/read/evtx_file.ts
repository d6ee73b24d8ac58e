/**
 * The header of an EVTX file (libevtx "EVTX format", file header).
 *
 * | offset | size | content                                   |
 * | -----: | ---: | ----------------------------------------- |
 * |      0 |    8 | `ElfFile`, NUL                            |
 * |      8 |   16 | first and last chunk                      |
 * |     24 |    8 | number of the next record                 |
 * |     32 |    8 | header size, minor and major version      |
 * |     40 |    4 | size of the header's block, chunks        |
 * |    120 |    4 | 1: not closed properly, 2: full           |
 * |    124 |    4 | CRC-32 of the first 120 bytes             |
 *
 * A log that is not closed properly has old numbers here: chunks alone tell what there is.
 *
 * @module
 */
import { crc32 } from "node:zlib";

export const FILE_HEAD_BYTES = 4096;
const USED_BYTES = 128;
const MAGIC = "ElfFile\0";

export interface EvtxFileHead {
  /** Chunks in use; the file may be longer. */
  readonly chunks: number;
  /** It was not closed properly: chunks may be newer than this header. */
  readonly isDirty: boolean;
  readonly badChecksum: boolean;
}

/** The header that `bytes` begin with; undefined if they are no EVTX file. */
export function readFileHead(bytes: Uint8Array): EvtxFileHead | undefined {
  if (bytes.length < USED_BYTES) return undefined;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC.charCodeAt(i)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, USED_BYTES);
  return {
    chunks: view.getUint16(42, true),
    isDirty: (view.getUint32(120, true) & 1) !== 0,
    badChecksum: crc32(bytes.subarray(0, 120)) !== view.getUint32(124, true),
  };
}
