/**
 * The header of a frame: fixed size, big-endian, signed.
 *
 * | offset | size | content                                                                |
 * | -----: | ---: | ---------------------------------------------------------------------- |
 * |      0 |    4 | `CUSF`                                                                 |
 * |      4 |    1 | version: 1, or 2 where forms of columns may be those of version 2        |
 * |      5 |    1 | kind: 0 events, 1 gap                                                  |
 * |      6 |    1 | flags: 1 last of its group (has the cursor), 2 body is not compressed   |
 * |      7 |    1 | 0                                                                      |
 * |      8 |   16 | agent: first 16 bytes of SHA-256 of its first public key               |
 * |     24 |   16 | boot: random, new at each start of the agent                           |
 * |     40 |    8 | stream: first 8 bytes of SHA-256 of "custos/stream/v1" and its name     |
 * |     48 |    4 | epoch                                                                  |
 * |     52 |    8 | seq: 0 for the first frame of an epoch, one more for each next          |
 * |     60 |    2 | position in the group, from 0                                          |
 * |     62 |    8 | seq of the frame where its dictionaries start; its own: stands alone    |
 * |     70 |    4 | rows, at most 65,536                                                   |
 * |     74 |    4 | body length, at most 8 MiB                                             |
 * |     78 |    4 | raw (decompressed) body length, at most 64 MiB                         |
 * |     82 |   32 | schema hash: commits to table name, columns, types and classes         |
 * |    114 |    8 | time of the earliest event, signed, ticks of 100 ns since 1970          |
 * |    122 |    8 | time of the latest event                                               |
 * |    130 |    8 | wall clock of the agent when it sealed, ticks                          |
 * |    138 |    8 | monotonic clock of the agent when it sealed, ns                        |
 * |    146 |   32 | hash of the previous frame of the epoch; zeros at seq 0                |
 * |    178 |   32 | SHA-256 of the body as it stands in the frame                          |
 * |    210 |   32 | root of the Merkle tree over salted rows; zeros where it is off         |
 * |    242 |    8 | hub log id of the last checkpoint that the agent has verified; zeros    |
 * |    250 |    8 | its tree size                                                          |
 * |    258 |   32 | its root                                                               |
 * |    290 |   32 | policy: SHA-256 of the scrub policy in force                           |
 * |    322 |    8 | key: first 8 bytes of SHA-256 of the public key that signed            |
 * |    330 |   64 | Ed25519 signature (RFC 8032) of bytes 0 to 329                         |
 *
 * @module
 */

/** Bytes of a header, with its signature. */
export const HEADER_BYTES = 394;
/** Bytes that the signature covers. */
export const SIGNED_BYTES = 330;
/** Largest body, in bytes: bounds what a hostile agent can make the hub hold. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Largest decompressed body, in bytes. */
export const MAX_RAW_BYTES = 64 * 1024 * 1024;
/** Most rows of a frame. */
export const MAX_ROWS = 65_536;

const MAGIC = 0x43555346;
/** What this release writes; it reads all from 1 on. */
export const FRAME_VERSION = 2;
const GROUP_LAST = 1;
const STORED = 2;

export interface FrameHeader {
  readonly version: number;
  readonly kind: "events" | "gap";
  /** The last frame of its group: its body has the cursor. */
  readonly groupLast: boolean;
  /** The body is not compressed. */
  readonly stored: boolean;
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** 16 bytes. */
  readonly boot: Uint8Array;
  /** 8 bytes. */
  readonly stream: Uint8Array;
  readonly epoch: number;
  /** At most 2^53 - 1. */
  readonly seq: number;
  readonly groupIndex: number;
  readonly dictionarySeq: number;
  readonly rows: number;
  readonly bodyBytes: number;
  readonly rawBytes: number;
  /** 32 bytes. */
  readonly schema: Uint8Array;
  /** Ticks of 100 ns since the Unix epoch, as the next two. */
  readonly firstTime: bigint;
  readonly lastTime: bigint;
  readonly sealedAt: bigint;
  /** ns. */
  readonly monotonic: bigint;
  /** 32 bytes. */
  readonly previous: Uint8Array;
  /** 32 bytes. */
  readonly bodyHash: Uint8Array;
  /** 32 bytes. */
  readonly rowRoot: Uint8Array;
  /** 8 bytes. */
  readonly logId: Uint8Array;
  readonly logSize: number;
  /** 32 bytes. */
  readonly logRoot: Uint8Array;
  /** 32 bytes. */
  readonly policy: Uint8Array;
  /** 8 bytes. */
  readonly keyId: Uint8Array;
}

/**
 * Why bytes are not a frame. `code` is stable; the message is for people. The same bytes never
 * become a frame: there is no use in trying again.
 */
export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly permanent = true;
  readonly code: "length" | "magic" | "version" | "field" | "signature" | "hash" | "body";

  constructor(code: FrameError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Writes all of `header` but the signature into `bytes[0, 330)`. */
export function writeHeader(bytes: Uint8Array, header: FrameHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SIGNED_BYTES);
  view.setUint32(0, MAGIC);
  view.setUint8(4, header.version);
  view.setUint8(5, header.kind === "gap" ? 1 : 0);
  view.setUint8(6, (header.groupLast ? GROUP_LAST : 0) | (header.stored ? STORED : 0));
  view.setUint8(7, 0);
  bytes.set(header.agent, 8);
  bytes.set(header.boot, 24);
  bytes.set(header.stream, 40);
  view.setUint32(48, header.epoch);
  view.setBigUint64(52, BigInt(header.seq));
  view.setUint16(60, header.groupIndex);
  view.setBigUint64(62, BigInt(header.dictionarySeq));
  view.setUint32(70, header.rows);
  view.setUint32(74, header.bodyBytes);
  view.setUint32(78, header.rawBytes);
  bytes.set(header.schema, 82);
  view.setBigInt64(114, header.firstTime);
  view.setBigInt64(122, header.lastTime);
  view.setBigInt64(130, header.sealedAt);
  view.setBigUint64(138, header.monotonic);
  bytes.set(header.previous, 146);
  bytes.set(header.bodyHash, 178);
  bytes.set(header.rowRoot, 210);
  bytes.set(header.logId, 242);
  view.setBigUint64(250, BigInt(header.logSize));
  bytes.set(header.logRoot, 258);
  bytes.set(header.policy, 290);
  bytes.set(header.keyId, 322);
}

/**
 * Reads the header of the frame `bytes`; arrays are views into it. Checks structure and bounds,
 * not the signature.
 *
 * @throws {FrameError} If `bytes` cannot be one whole frame.
 */
export function parseHeader(bytes: Uint8Array): FrameHeader {
  const header = parseHeaderAlone(bytes);
  if (bytes.length !== HEADER_BYTES + header.bodyBytes) {
    const actual = bytes.length - HEADER_BYTES;
    throw new FrameError(
      "length",
      `Cannot read frame: body is ${actual} bytes, header declares ${header.bodyBytes}`,
    );
  }
  return header;
}

/**
 * The same of a header whose body is not there.
 *
 * @throws {FrameError} If `bytes` cannot begin a frame.
 */
export function parseHeaderAlone(bytes: Uint8Array): FrameHeader {
  if (bytes.length < HEADER_BYTES) {
    throw new FrameError("length", `Cannot read frame: it has ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) {
    throw new FrameError("magic", "Cannot read frame: it does not start with CUSF");
  }
  const version = view.getUint8(4);
  if (version < 1 || version > FRAME_VERSION) {
    const known = `1 to ${FRAME_VERSION}`;
    throw new FrameError("version", `Cannot read frame: version ${version}, must be ${known}`);
  }
  const header = fieldsOf(bytes, view);
  check(header, view);
  return header;
}

function fieldsOf(bytes: Uint8Array, view: DataView): FrameHeader {
  const flags = view.getUint8(6);
  const at = (start: number, size: number): Uint8Array => bytes.subarray(start, start + size);
  return {
    version: view.getUint8(4),
    kind: view.getUint8(5) === 1 ? "gap" : "events",
    groupLast: (flags & GROUP_LAST) !== 0,
    stored: (flags & STORED) !== 0,
    agent: at(8, 16),
    boot: at(24, 16),
    stream: at(40, 8),
    epoch: view.getUint32(48),
    seq: Number(view.getBigUint64(52)),
    groupIndex: view.getUint16(60),
    dictionarySeq: Number(view.getBigUint64(62)),
    rows: view.getUint32(70),
    bodyBytes: view.getUint32(74),
    rawBytes: view.getUint32(78),
    schema: at(82, 32),
    firstTime: view.getBigInt64(114),
    lastTime: view.getBigInt64(122),
    sealedAt: view.getBigInt64(130),
    monotonic: view.getBigUint64(138),
    previous: at(146, 32),
    bodyHash: at(178, 32),
    rowRoot: at(210, 32),
    logId: at(242, 8),
    logSize: Number(view.getBigUint64(250)),
    logRoot: at(258, 32),
    policy: at(290, 32),
    keyId: at(322, 8),
  };
}

function check(header: FrameHeader, view: DataView): void {
  const refuse = (field: string): never => {
    throw new FrameError("field", `Cannot read frame: its ${field} is out of bounds`);
  };
  if (view.getUint8(5) > 1) refuse("kind");
  if (view.getUint8(6) > (GROUP_LAST | STORED) || view.getUint8(7) !== 0) refuse("flags");
  if (!Number.isSafeInteger(header.seq)) refuse("seq");
  if (!Number.isSafeInteger(header.logSize)) refuse("log size");
  if (header.dictionarySeq > header.seq || header.seq - header.dictionarySeq > 64) {
    refuse("dictionary start");
  }
  if (header.rows > MAX_ROWS) refuse("number of rows");
  if (header.bodyBytes > MAX_BODY_BYTES) refuse("body length");
  if (header.rawBytes > MAX_RAW_BYTES) refuse("raw body length");
  if (header.stored && header.rawBytes !== header.bodyBytes) refuse("raw body length");
  if (header.firstTime > header.lastTime) refuse("time of the earliest event");
}
