/**
 * Live performance counters of Windows: Performance Data Helper, `pdh.dll`, by FFI.
 *
 * | offset | size | content of one item of PdhGetFormattedCounterArrayW (64 bits)      |
 * | -----: | ---: | ------------------------------------------------------------------ |
 * |      0 |    8 | address of the instance's name, UTF-16, in the same buffer         |
 * |      8 |    4 | status: 0 and 1 are valid                                          |
 * |     12 |    4 | filling                                                            |
 * |     16 |    8 | value, double                                                      |
 *
 * @module
 */
import {
  nativeBytes,
  type NativeLibrary,
  type NativeSignature,
  openLibrary,
} from "../runtime/ffi.ts";

/** One value of one counter. */
export interface CounterValue {
  /** The path that was asked for. */
  readonly path: string;
  /** "" where the object has none. */
  readonly instance: string;
  readonly value: number;
}

/** A path that cannot be read, and the status that the system gave, such as 0xc0000bb8. */
export interface CounterTrouble {
  readonly path: string;
  readonly status: number;
}

export interface CounterQuery {
  /** Paths that the system does not have. */
  readonly missing: readonly CounterTrouble[];
  /** All values now. What needs two looks is absent at the first one. */
  collect(): {
    readonly values: readonly CounterValue[];
    readonly troubles: readonly CounterTrouble[];
  };
  close(): void;
}

/** The system's counters cannot be asked. */
export class PdhError extends Error {
  override readonly name = "PdhError";
  readonly code = "pdh";
  readonly status: number;

  constructor(what: string, status: number) {
    super(`Cannot ${what}: PDH gave the status 0x${status.toString(16)}`);
    this.status = status;
  }
}

const DOUBLE_NOT_CAPPED = 0x8200;
const MORE_DATA = 0x800007d2;
const ITEM_BYTES = 24;
/** Values of one counter: more instances than a host has processes. */
const MAX_ARRAY_BYTES = 16 * 1024 * 1024;
/** Instances come and go between the two calls. */
const TRIES = 5;
/** Statuses that say that there is no value yet, or none now: PDH_NO_DATA, PDH_INVALID_DATA and alike. */
const NO_VALUE: ReadonlySet<number> = new Set([
  0x800007d1,
  0x800007d5,
  0x800007d6,
  0x800007d7,
  0x800007d8,
  0xc0000bba,
  0xc0000bc6,
]);

const FUNCTIONS = {
  PdhOpenQueryW: { args: ["bytes", "u64", "bytes"], returns: "u32" },
  PdhAddEnglishCounterW: { args: ["u64", "bytes", "u64", "bytes"], returns: "u32" },
  PdhCollectQueryData: { args: ["u64"], returns: "u32" },
  PdhGetFormattedCounterArrayW: {
    args: ["u64", "u32", "bytes", "bytes", "bytes"],
    returns: "u32",
  },
  PdhCloseQuery: { args: ["u64"], returns: "u32" },
} satisfies Readonly<Record<string, NativeSignature>>;

type Pdh = NativeLibrary<keyof typeof FUNCTIONS>;

interface Counter {
  readonly path: string;
  readonly handle: bigint;
}

/**
 * Opens a query for counters by their English paths, such as `\Processor(*)\% Processor Time`.
 *
 * @throws {NativeError} If the library cannot be opened.
 * @throws {PdhError} If the system opens no query.
 */
export async function openCounterQuery(
  paths: readonly string[],
  library = "pdh.dll",
): Promise<CounterQuery> {
  const pdh = await openLibrary(library, FUNCTIONS);
  const query = openQuery(pdh);
  const counters: Counter[] = [];
  const missing: CounterTrouble[] = [];
  for (const path of paths) {
    const handle = new BigUint64Array(1);
    const status = statusOf(
      pdh.call.PdhAddEnglishCounterW(query, wide(path), 0n, new Uint8Array(handle.buffer)),
    );
    if (status === 0) counters.push({ path, handle: handle[0]! });
    else missing.push({ path, status });
  }
  return {
    missing,
    collect: () => collect(pdh, query, counters),
    close: () => {
      pdh.call.PdhCloseQuery(query);
      pdh.close();
    },
  };
}

function openQuery(pdh: Pdh): bigint {
  const handle = new BigUint64Array(1);
  const status = statusOf(pdh.call.PdhOpenQueryW(null, 0n, new Uint8Array(handle.buffer)));
  if (status === 0) return handle[0]!;
  pdh.close();
  throw new PdhError("open a query", status);
}

function collect(pdh: Pdh, query: bigint, counters: readonly Counter[]) {
  const values: CounterValue[] = [];
  const troubles: CounterTrouble[] = [];
  const status = statusOf(pdh.call.PdhCollectQueryData(query));
  if (status !== 0 && !NO_VALUE.has(status)) throw new PdhError("collect counters", status);
  for (const counter of counters) {
    const found = valuesOf(pdh, counter);
    if (typeof found === "object") values.push(...found);
    else if (!NO_VALUE.has(found)) troubles.push({ path: counter.path, status: found });
  }
  return { values, troubles };
}

/** The values of one counter, or the status that says why there are none. */
function valuesOf(pdh: Pdh, { path, handle }: Counter): readonly CounterValue[] | number {
  const size = new Uint32Array(1);
  const count = new Uint32Array(1);
  let buffer = nativeBytes(0);
  for (let tries = 0; tries < TRIES; tries++) {
    size[0] = buffer.length;
    const status = statusOf(pdh.call.PdhGetFormattedCounterArrayW(
      handle,
      DOUBLE_NOT_CAPPED,
      new Uint8Array(size.buffer),
      new Uint8Array(count.buffer),
      buffer.length === 0 ? null : buffer,
    ));
    if (status === 0) return itemsOf(pdh, { path, buffer, count: count[0]! });
    if (status !== MORE_DATA || size[0] > MAX_ARRAY_BYTES) return status;
    // It may have grown until the next call.
    buffer = nativeBytes(Math.max(ITEM_BYTES, size[0] * 2));
  }
  return MORE_DATA;
}

function itemsOf(
  pdh: Pdh,
  { path, buffer, count }: {
    readonly path: string;
    readonly buffer: Uint8Array<ArrayBuffer>;
    readonly count: number;
  },
): readonly CounterValue[] {
  const values: CounterValue[] = [];
  if (buffer.length === 0) return values;
  const view = new DataView(buffer.buffer);
  const base = pdh.addressOf(buffer);
  const most = Math.min(count, Math.floor(buffer.length / ITEM_BYTES));
  for (let at = 0; at < most * ITEM_BYTES; at += ITEM_BYTES) {
    const status = view.getUint32(at + 8, true);
    const value = view.getFloat64(at + 16, true);
    const instance = nameAt(buffer, view.getBigUint64(at, true) - base);
    if (status > 1 || !Number.isFinite(value) || instance === undefined) continue;
    values.push({ path, instance: path.includes("(") ? instance : "", value });
  }
  return values;
}

/** Text up to a NUL; undefined where it would not lie in the buffer. */
function nameAt(buffer: Uint8Array, offset: bigint): string | undefined {
  if (offset < 0n || offset >= BigInt(buffer.length)) return undefined;
  let end = Number(offset);
  while (end + 1 < buffer.length && (buffer[end] !== 0 || buffer[end + 1] !== 0)) end += 2;
  return new TextDecoder("utf-16le").decode(buffer.subarray(Number(offset), end));
}

/** UTF-16 with a NUL at its end. */
function wide(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(`${text}\0`, "utf16le"));
}

/** A status is a number of 32 bits without sign. */
function statusOf(result: number | bigint): number {
  return Number(result) >>> 0;
}
