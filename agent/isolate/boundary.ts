/**
 * What the agent and a plugin's process say to each other, over the process's standard input and
 * output: messages, each behind a head of 8 bytes.
 *
 * | offset | size | content                                                     |
 * | -----: | ---: | ----------------------------------------------------------- |
 * |      0 |    4 | n: length of the payload, little-endian                     |
 * |      4 |    1 | kind, see {@link KINDS}                                     |
 * |      5 |    3 | zeros                                                       |
 * |      8 |    n | payload: JSON, or a batch as `sdk/columns/layout.ts` says   |
 *
 * The process is trusted with nothing: whatever it writes is a message within its kind's limit, or
 * a {@link BoundaryError}.
 *
 * @module
 */

/** Kinds of messages by their number, and the longest payload of each, in bytes. */
export const KINDS = {
  // From the plugin's process.
  hello: { number: 1, most: 64 * 1024 },
  loaded: { number: 2, most: 1024 * 1024 },
  checked: { number: 3, most: 256 * 1024 },
  batch: { number: 4, most: 32 * 1024 * 1024 },
  cursor: { number: 5, most: 3 * 1024 },
  gap: { number: 6, most: 8 * 1024 },
  log: { number: 7, most: 8 * 1024 },
  pong: { number: 8, most: 16 },
  ended: { number: 9, most: 16 },
  failed: { number: 10, most: 16 * 1024 },
  filtered: { number: 11, most: 8 * 1024 },
  // From the agent.
  load: { number: 33, most: 32 * 1024 * 1024 },
  check: { number: 34, most: 1024 * 1024 },
  run: { number: 35, most: 1024 * 1024 },
  credit: { number: 36, most: 64 },
  ping: { number: 37, most: 16 },
  stop: { number: 38, most: 16 },
} as const;
export type Kind = keyof typeof KINDS;

/** Bytes before each payload. */
export const HEAD_BYTES = 8;

export interface Message {
  readonly kind: Kind;
  /** Starts at a multiple of 8 in its buffer. */
  readonly payload: Uint8Array;
}

/** Bytes from the other end are no message. */
export class BoundaryError extends Error {
  override readonly name = "BoundaryError";
  readonly code: "kind" | "length" | "head" | "json";

  constructor(code: BoundaryError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const BY_NUMBER: ReadonlyMap<number, Kind> = new Map(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of the constant above
  (Object.keys(KINDS) as Kind[]).map((kind) => [KINDS[kind].number, kind]),
);

/** The head of a message with a payload of `length` bytes. */
export function headOf(kind: Kind, length: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  new DataView(head.buffer).setUint32(0, length, true);
  head[4] = KINDS[kind].number;
  return head;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A message of JSON; `undefined` has no payload. */
export function jsonMessage(kind: Kind, value?: unknown): Uint8Array {
  const payload = value === undefined ? new Uint8Array(0) : encoder.encode(
    JSON.stringify(value, (_, v: unknown) => typeof v === "bigint" ? v.toString() : v),
  );
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  bytes.set(headOf(kind, payload.length));
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/** The JSON of a message. @throws {BoundaryError} `json` */
export function jsonOf({ kind, payload }: Message): unknown {
  try {
    return payload.length === 0 ? undefined : JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw new BoundaryError("json", `Cannot read ${kind}: it is no JSON`, { cause });
  }
}

/** Takes a stream of bytes apart into messages; each byte of a payload is copied once. */
export class MessageReader {
  readonly #from: ReadonlySet<Kind>;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headBytes = 0;
  #kind: Kind | undefined;
  #payload = new Uint8Array(0);
  #filled = 0;

  /** `from`: the kinds that the other end may send. */
  constructor(from: readonly Kind[]) {
    this.#from = new Set(from);
  }

  /** The messages that `chunk` completes, in order. @throws {BoundaryError} */
  *push(chunk: Uint8Array): Generator<Message> {
    for (let at = 0; at < chunk.length || this.#isWhole();) {
      if (this.#kind === undefined) at += this.#takeHead(chunk.subarray(at));
      else if (this.#isWhole()) yield this.#take(this.#kind);
      else {
        const part = chunk.subarray(at, at + this.#payload.length - this.#filled);
        this.#payload.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
      }
    }
  }

  #isWhole(): boolean {
    return this.#kind !== undefined && this.#filled === this.#payload.length;
  }

  #take(kind: Kind): Message {
    const message = { kind, payload: this.#payload };
    this.#kind = undefined;
    this.#headBytes = 0;
    return message;
  }

  /** Gives how many bytes it took. */
  #takeHead(bytes: Uint8Array): number {
    const part = bytes.subarray(0, HEAD_BYTES - this.#headBytes);
    this.#head.set(part, this.#headBytes);
    this.#headBytes += part.length;
    if (this.#headBytes === HEAD_BYTES) this.#begin();
    return part.length;
  }

  #begin(): void {
    const [number = 0, ...zeros] = this.#head.subarray(4);
    const kind = BY_NUMBER.get(number);
    if (kind === undefined || !this.#from.has(kind)) {
      throw new BoundaryError("kind", `Cannot read message: ${number} is no kind it may have`);
    }
    if (zeros.some((byte) => byte !== 0)) {
      throw new BoundaryError("head", "Cannot read message: its head does not end with zeros");
    }
    const length = new DataView(this.#head.buffer).getUint32(0, true);
    const { most } = KINDS[kind];
    if (length > most) {
      const what = `Cannot read ${kind}: it has ${length} bytes, must have at most ${most}`;
      throw new BoundaryError("length", what);
    }
    this.#kind = kind;
    this.#payload = new Uint8Array(length);
    this.#filled = 0;
  }
}
