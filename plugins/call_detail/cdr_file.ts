/**
 * Files of charging records as 3GPP networks hand them over (TS 32.297 §6.1).
 *
 * | offset | size | content of the file's header                                           |
 * | -----: | ---: | ---------------------------------------------------------------------- |
 * |      0 |    4 | length of the file; 0xffffffff: not known                              |
 * |      4 |    4 | length of this header                                                  |
 * |      8 |    1 | high release (3 bits) and version (5); 7: see the extension            |
 * |      9 |    1 | low release and version                                                |
 * |     10 |    8 | when it was opened, when the last record was appended                  |
 * |     18 |    4 | number of records; 0xffffffff: not known                               |
 * |     22 |    4 | sequence number of the file                                            |
 * |     26 |    1 | why it was closed                                                      |
 * |     27 |   20 | address of the node that made it                                       |
 * |     47 |    1 | lost records: 0 is none                                                |
 * |     48 |  2+n | routeing filter                                                        |
 * | 50 + n |  2+m | private extension, and the extensions of the releases, a byte each     |
 *
 * Each record has a header of its own: length (2), release and version (1), format and number of
 * the specification (1), and where the release is 7 its extension (1).
 *
 * @module
 */

export interface CdrFileHeader {
  readonly headerBytes: number;
  /** Undefined where the file does not know. */
  readonly records: number | undefined;
  readonly sequence: number;
  readonly closureReason: number;
  /** The node says that it has lost records. */
  readonly hasLost: boolean;
}

export interface CdrRecord {
  /** Where its header begins in the file. */
  readonly offset: number;
  /** 3GPP release, such as 15; undefined where the file has no headers. */
  readonly release: number | undefined;
  readonly version: number | undefined;
  /** BER is 1. */
  readonly format: number;
  /** Such as "TS 32.260". */
  readonly specification: string | undefined;
  readonly bytes: Uint8Array;
  /** The file ends before the record does. */
  readonly isCut: boolean;
}

const UNKNOWN = 0xffffffff;
const FIXED_BYTES = 52;
const BER = 1;
/** Of bits 1 to 5 of a record's 4th byte (TS 32.297 §6.1.2.4). */
const SPECIFICATIONS: ReadonlyMap<number, string> = new Map([
  [0, "TS 32.005"],
  [1, "TS 32.015"],
  [2, "TS 32.205"],
  [3, "TS 32.215"],
  [4, "TS 32.225"],
  [5, "TS 32.235"],
  [6, "TS 32.250"],
  [7, "TS 32.251"],
  [9, "TS 32.260"],
  [10, "TS 32.270"],
  [11, "TS 32.271"],
  [12, "TS 32.272"],
  [13, "TS 32.273"],
  [14, "TS 32.275"],
  [15, "TS 32.274"],
  [16, "TS 32.277"],
  [17, "TS 32.296"],
  [18, "TS 32.278"],
  [19, "TS 32.253"],
  [20, "TS 32.255"],
  [21, "TS 32.254"],
  [22, "TS 32.256"],
  [23, "TS 28.201"],
  [24, "TS 28.202"],
]);

/** Reads the header of a file; undefined where it has none, as files of bare records do. */
export function readFileHeader(bytes: Uint8Array): CdrFileHeader | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fileBytes = view.getUint32(0);
  const headerBytes = view.getUint32(4);
  const filter = view.getUint16(48);
  if (50 + filter + 2 > bytes.length) return undefined;
  const least = FIXED_BYTES + filter + view.getUint16(50 + filter);
  // The releases' extensions are there, or are not, whatever the release says.
  if (headerBytes < least || headerBytes > least + 2 || headerBytes > bytes.length) {
    return undefined;
  }
  if (fileBytes !== UNKNOWN && fileBytes < headerBytes) return undefined;
  const records = view.getUint32(18);
  return {
    headerBytes,
    records: records === UNKNOWN ? undefined : records,
    sequence: view.getUint32(22),
    closureReason: bytes[26]!,
    hasLost: bytes[47]! !== 0,
  };
}

/** The records of a file that has a header. The last one may be cut. */
export function* recordsAfter(bytes: Uint8Array, header: CdrFileHeader): Iterable<CdrRecord> {
  let at = header.headerBytes;
  while (at < bytes.length) {
    const head = bytes.subarray(at, at + 5);
    const extension = (head[2] ?? 0) >> 5 === 7 ? 1 : 0;
    const from = at + 4 + extension;
    const length = ((head[0] ?? 0) << 8) | (head[1] ?? 0);
    const kind = head[3] ?? 0;
    yield {
      offset: at,
      release: releaseOf(head),
      version: (head[2] ?? 0) & 31,
      format: kind >> 5,
      specification: SPECIFICATIONS.get(kind & 31),
      bytes: bytes.subarray(from, from + length),
      isCut: from + length > bytes.length,
    };
    at = from + length;
  }
}

/** Release 99 is 0, release 4 is 1, …, release 9 is 6; 7 says 10 and more in the extension. */
function releaseOf(head: Uint8Array): number {
  const release = (head[2] ?? 0) >> 5;
  if (release === 7) return 10 + (head[4] ?? 0);
  return release === 0 ? 99 : release + 3;
}

/**
 * A record that stands in a file without headers, at `at`: `bytes` is all that follows, because only
 * its reader can tell where it ends.
 */
export function bareRecord(bytes: Uint8Array, at: number): CdrRecord {
  return {
    offset: at,
    release: undefined,
    version: undefined,
    format: BER,
    specification: undefined,
    bytes: bytes.subarray(at),
    isCut: false,
  };
}
