/**
 * What the hub and its query engine say to each other: `[u32 length, big-endian][msgpack]` over the
 * child's standard input and output.
 *
 * One exchange at a time: a request, then replies; after each `rows` the child waits for `more`.
 * 64-bit numbers are text in both directions.
 *
 * @module
 */
import { pack, unpack } from "../../sdk/wire/msgpack.ts";
import type { Seal } from "./seal.ts";

/** A value that is bound to `$1`, `$2`, … `int64` is digits. */
export type EngineValue =
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "int64"; readonly value: string }
  | { readonly type: "real"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean };

/** One SELECT over exactly `files`. */
export interface SelectRequest {
  readonly kind: "select";
  readonly sql: string;
  readonly values: readonly EngineValue[];
  /** Absolute paths: what is not among them cannot be opened. */
  readonly files: readonly string[];
  /** Native functions of KQL that the statement calls. */
  readonly natives?: readonly string[] | undefined;
  /** Whether the hub wants to know how far it is. */
  readonly tellsProgress?: boolean;
}

/** Writes the rows of `inputs` to files of one day each, cut by time. All paths are absolute. */
export interface CompactRequest {
  readonly kind: "compact";
  readonly inputs: readonly string[];
  /** What is found out of its columns is used for the next compaction of the table. */
  readonly table?: string;
  /** Files may take more CPU to be smaller. */
  readonly isThorough?: boolean;
  /** Name of the time column; rows without it are sorted by the hub's time. */
  readonly time: string;
  /** As many as are needed are written, in this order. */
  readonly outputs: readonly string[];
}

export interface Limits {
  readonly memoryMb: number;
  readonly threads: number;
}

export type Request =
  | ((SelectRequest | CompactRequest) & { readonly limits: Limits })
  | { readonly kind: "more" };

/** A cell: 64-bit and wider whole numbers are digits; null is absent. */
export type Cell = string | number | boolean | null;

/** One file that a compaction has written. Times are ticks as digits, null where none has one. */
export interface CompactedFile {
  readonly path: string;
  readonly rows: number;
  readonly least: string | null;
  readonly most: string | null;
  readonly timeless: number;
  readonly seal: Seal;
}

/**
 * `memory`: over the limit; `denied`: another file; `file`: one cannot be read; `value`: a native
 * function cannot take one.
 */
export type RefusalCode = "memory" | "denied" | "file" | "statement" | "query" | "value";

export type Reply =
  | {
    readonly kind: "rows";
    readonly columns: readonly string[];
    readonly rows: readonly (readonly Cell[])[];
  }
  | { readonly kind: "compacted"; readonly files: readonly CompactedFile[] }
  /** Between others, where it was asked for: of 100, and more than before. */
  | { readonly kind: "progress"; readonly percent: number }
  | ({ readonly kind: "end" } & EngineCost)
  | { readonly kind: "failed"; readonly code: RefusalCode; readonly message: string };

/** What a request has cost the child. */
export interface EngineCost {
  /** User and system, all threads. */
  readonly cpuMs: number;
  /** Largest resident size of the process so far. */
  readonly peakBytes: number;
}

/** Bounds what a child that went mad can make the hub hold. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
const HEAD_BYTES = 4;

export function encodeMessage(message: object): Uint8Array {
  const body = pack(message);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.set(body, HEAD_BYTES);
  return bytes;
}

/** Puts messages together from chunks of any size. */
export class MessageReader<Message extends object> {
  #chunks: Uint8Array[] = [];
  #held = 0;

  /**
   * Takes the next chunk; gives the messages that it completes.
   *
   * @throws {RangeError} If a message is over 256 MiB.
   */
  push(chunk: Uint8Array): readonly Message[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const messages: Message[] = [];
    for (let body = this.#take(); body !== undefined; body = this.#take()) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this program
      messages.push(unpack(body) as Message);
    }
    return messages;
  }

  #take(): Uint8Array | undefined {
    if (this.#held < HEAD_BYTES) return undefined;
    if (this.#chunks[0]!.length < HEAD_BYTES) this.#join();
    const first = Buffer.from(this.#chunks[0]!.buffer, this.#chunks[0]!.byteOffset, HEAD_BYTES);
    const length = first.readUInt32BE(0);
    if (length > MAX_MESSAGE_BYTES) {
      throw new RangeError(`Cannot read message: it has ${length} bytes`);
    }
    const end = HEAD_BYTES + length;
    if (this.#held < end) return undefined;
    this.#join();
    const whole = this.#chunks[0]!;
    this.#chunks = [whole.subarray(end)];
    this.#held -= end;
    return whole.subarray(HEAD_BYTES, end);
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.#held)];
  }
}
