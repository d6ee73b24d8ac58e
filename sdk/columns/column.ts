/**
 * Columns in memory: the one fixed layout that crosses every boundary inside custos.
 *
 * Plugin to core, scrubber to frame, frame to store and detectors: all of them hand over
 * {@link ColumnBatch}es, never row objects. Arrays may be views into buffers that the producer
 * uses again: a consumer that keeps a batch past the call copies it (see `copyBatch`).
 *
 * @module
 */

/** Byte strings end to end: entry i is `bytes[ends[i-1] ?? 0, ends[i])`. UTF-8 unless said. */
export interface Strings {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

interface Named {
  readonly name: string;
}

/** Strings with repetition: row r has entry `indexes[r] - 1`; 0 is absent. */
export interface DictColumn extends Named {
  readonly form: "dict";
  readonly indexes: Uint32Array;
  readonly entries: Strings;
}

/** Strings without much repetition, one entry a row. `type` dynamic: each is one msgpack value. */
export interface TextColumn extends Named {
  readonly form: "text";
  readonly type: "string" | "dynamic";
  readonly rows: Strings;
  /** One byte a row, 1 is absent; undefined where no row is. */
  readonly absent: Uint8Array | undefined;
}

/** Numbers. NaN is absent; `int` and `long` hold whole numbers up to 2^53 - 1 in magnitude. */
export interface NumberColumn extends Named {
  readonly form: "number";
  readonly type: "int" | "long" | "real";
  readonly values: Float64Array;
}

/** Whole numbers of 64 bits of which at least one is beyond 2^53 - 1. */
export interface WideColumn extends Named {
  readonly form: "wide";
  readonly values: BigInt64Array;
  readonly absent: Uint8Array | undefined;
}

/** Times: milliseconds since the Unix epoch (NaN is absent) and 0 to 9,999 ticks of 100 ns. */
export interface TimeColumn extends Named {
  readonly form: "time";
  readonly ms: Float64Array;
  /** undefined where every remainder is zero. */
  readonly ticks: Uint16Array | undefined;
}

/** 0 is false, 1 true, 2 absent. */
export interface BoolColumn extends Named {
  readonly form: "bool";
  readonly values: Uint8Array;
}

/** Bytes of one token: the first 128 bits of HMAC-SHA-256. */
export const TOKEN_BYTES = 16;

/**
 * Keyed tokens in place of values. Row r: 0 is absent; 1 to k is token `indexes[r] - 1`, where k is
 * `tokens.length / 16`; above k is entry `indexes[r] - k - 1` of `plain`, the well-known principals
 * (root, SYSTEM, …) that stay readable so that rules keep working.
 */
export interface TokenColumn extends Named {
  readonly form: "token";
  readonly kind: string;
  /** Key epoch of all its tokens. */
  readonly epoch: number;
  readonly indexes: Uint32Array;
  readonly tokens: Uint8Array;
  readonly plain: Strings;
}

/**
 * Network addresses: category, family, token. Row r: 0 is absent.
 *
 * An address's token starts with those of its networks: 4 bytes tell the /16 (IPv6 /32), 8 the /24
 * (/48), 12 the IPv6 /64. So all of them travel in 16 bytes; `prefixes.ts` takes them apart.
 */
export interface AddressColumn extends Named {
  readonly form: "address";
  readonly kind: string;
  readonly epoch: number;
  readonly indexes: Uint32Array;
  /** 16 bytes an entry. */
  readonly tokens: Uint8Array;
  /** By entry: index into `ADDRESS_CATEGORIES` (sdk/scrub/address.ts). */
  readonly categories: Uint8Array;
  /** By entry: 4 or 6, or 0 for what is no address and has no networks. */
  readonly families: Uint8Array;
}

export type Column =
  | DictColumn
  | TextColumn
  | NumberColumn
  | WideColumn
  | TimeColumn
  | BoolColumn
  | TokenColumn
  | AddressColumn;

/** Events of one table as columns; each column has `rows` rows. A column all absent is left out. */
export interface ColumnBatch {
  readonly table: string;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** The bytes of entry `i`, a view. */
export function entryBytes(strings: Strings, i: number): Uint8Array {
  return strings.bytes.subarray(i === 0 ? 0 : strings.ends[i - 1], strings.ends[i]);
}
