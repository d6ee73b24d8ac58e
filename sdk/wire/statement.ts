/**
 * Succession statements: how the key that signs an agent's frames evolves (forward security).
 *
 * The enrolled key signs statement 1, which names key 1; key n signs statement n + 1, and its
 * private half is erased once that statement is durable. Who takes over the host later has no key
 * for what was sealed before, and each statement says how far every stream was.
 *
 * | offset   | size | content                                                                  |
 * | -------: | ---: | ------------------------------------------------------------------------ |
 * |        0 |    4 | `CUSK`                                                                   |
 * |        4 |    1 | version, 1                                                               |
 * |        5 |    3 | 0                                                                        |
 * |        8 |   16 | agent: first 16 bytes of SHA-256 of its enrolled public key              |
 * |       24 |    8 | number, big-endian as all: 1 for the first, one more for each next       |
 * |       32 |    8 | wall clock of the agent, signed, ticks of 100 ns since 1970              |
 * |       40 |   32 | the new public key, Ed25519                                              |
 * |       72 |   32 | hash of the statement before: zeros in the first                         |
 * |      104 |    4 | number of heads n, at most 8,192                                         |
 * |      108 |  52n | heads, in the order of stream and epoch, each once: stream 8, epoch 4,   |
 * |          |      | next seq 8, hash of the frame before it 32 (zeros where next is 0)       |
 * | 108 + 52n |  64 | Ed25519 signature (RFC 8032) by the key before, of all bytes before it   |
 *
 * A head stands for each epoch of which the spool held anything, and for the newest of each stream.
 * The hash of a statement is SHA-256 of `custos/succession/v1` and all of its bytes.
 *
 * Runs anywhere: the verifier in the page reads statements too.
 *
 * @module
 */
import { KeyError, SIGNATURE_BYTES } from "../proof/portable_points.ts";
import type { Verify } from "../proof/sign.ts";

/** Most heads of a statement, so that it fits in a message of the link. */
export const MAX_HEADS = 8192;

export const MAGIC = 0x4355534b;
export const VERSION = 1;
export const FIXED_BYTES = 108;
export const HEAD_BYTES = 52;
/** Bytes of a statement with {@link MAX_HEADS} heads. */
export const MAX_STATEMENT_BYTES: number = FIXED_BYTES + HEAD_BYTES * MAX_HEADS + SIGNATURE_BYTES;

/** How far an epoch of a stream is. */
export interface SealedHead {
  /** 8 bytes. */
  readonly stream: Uint8Array;
  readonly epoch: number;
  /** One past the newest frame; at most 2^53 - 1. */
  readonly next: number;
  /** Hash of that frame, 32 bytes; zeros where `next` is 0. */
  readonly tail: Uint8Array;
}

/** What a statement says. */
export interface Statement {
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** From 1. */
  readonly number: number;
  /** Ticks of 100 ns since the Unix epoch. */
  readonly time: bigint;
  /** 32 bytes: signs frames and the next statement from here on. */
  readonly publicKey: Uint8Array;
  /** {@link statementHash} of the statement before; 32 bytes. */
  readonly previous: Uint8Array;
  readonly heads: readonly SealedHead[];
}

/** Where a succession stands: what the next statement must continue. */
export interface Succession {
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** Number of the key in force; 0 for the enrolled one. */
  readonly number: number;
  /** That key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** {@link statementHash} of the statement that named it; zeros for the enrolled one. */
  readonly hash: Uint8Array;
}

/** Why bytes are not the statement that is due. The same bytes never will be. */
export class SuccessionError extends Error {
  override readonly name = "SuccessionError";
  readonly permanent = true;
  readonly code:
    | "length"
    | "magic"
    | "version"
    | "field"
    | "agent"
    | "number"
    | "previous"
    | "key"
    | "signature";

  constructor(code: SuccessionError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Reads a statement; its arrays are views into `bytes`. Checks structure and bounds, not who signed
 * it.
 *
 * @throws {SuccessionError} `length`, `magic`, `version`, `field`.
 */
export function parseStatement(bytes: Uint8Array): Statement {
  if (bytes.length < FIXED_BYTES + SIGNATURE_BYTES) throw lengthError(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) {
    throw new SuccessionError("magic", "Cannot read statement: it does not start with CUSK");
  }
  const version = view.getUint8(4);
  if (version !== VERSION) {
    throw new SuccessionError(
      "version",
      `Cannot read statement: version ${version}, must be ${VERSION}`,
    );
  }
  if (view.getUint32(4) !== VERSION << 24) throw fieldError("reserved bytes are");
  const count = view.getUint32(104);
  if (count > MAX_HEADS) throw fieldError("number of heads is");
  if (bytes.length !== FIXED_BYTES + HEAD_BYTES * count + SIGNATURE_BYTES) {
    throw lengthError(bytes.length);
  }
  const number = Number(view.getBigUint64(24));
  if (number < 1 || !Number.isSafeInteger(number)) throw fieldError("number is");
  return {
    agent: bytes.subarray(8, 24),
    number,
    time: view.getBigInt64(32),
    publicKey: bytes.subarray(40, 72),
    previous: bytes.subarray(72, 104),
    heads: headsOf(bytes, view, count),
  };
}

/** What statements are checked with: the runtime's own, or what runs anywhere. */
export interface StatementChecks {
  /** SHA-256 of all parts, end to end. */
  readonly sha256: (...parts: readonly Uint8Array[]) => Uint8Array;
  /** A function that checks one key's signatures. @throws {KeyError} If those are no key's bytes. */
  readonly verifier: (publicKey: Uint8Array) => Verify;
}

/** SHA-256 of "custos/succession/v1" and the statement with its signature; 32 bytes. */
export function hashOfStatement(
  bytes: Uint8Array,
  { sha256 }: Pick<StatementChecks, "sha256">,
): Uint8Array {
  return sha256(new TextEncoder().encode("custos/succession/v1"), bytes);
}

/**
 * Reads a statement that follows `before`, and says where the succession then stands.
 *
 * @throws {SuccessionError} If it is not the next one of this agent, signed by the key in force.
 */
export function followStatement(
  bytes: Uint8Array,
  before: Succession,
  checks: StatementChecks,
): { readonly statement: Statement; readonly after: Succession } {
  const statement = parseStatement(bytes);
  const { agent, number, publicKey, previous } = statement;
  if (compareBytes(agent, before.agent) !== 0) throw linkError("agent", "is of another agent");
  if (number !== before.number + 1) {
    throw linkError("number", `has number ${number}, must have ${before.number + 1}`);
  }
  if (compareBytes(previous, before.hash) !== 0) {
    throw linkError("previous", "does not continue the one before it");
  }
  const end = bytes.length - SIGNATURE_BYTES;
  if (!checks.verifier(before.publicKey)(bytes.subarray(0, end), bytes.subarray(end))) {
    throw linkError("signature", `is not signed by key ${before.number}`);
  }
  try {
    checks.verifier(publicKey);
  } catch (error) {
    if (error instanceof KeyError) throw linkError("key", "names no usable key");
    throw error;
  }
  const copied = new Uint8Array(publicKey);
  const hash = hashOfStatement(bytes, checks);
  return { statement, after: { agent: before.agent, number, publicKey: copied, hash } };
}

function headsOf(bytes: Uint8Array, view: DataView, count: number): readonly SealedHead[] {
  const heads: SealedHead[] = [];
  for (let i = 0; i < count; i++) {
    const at = FIXED_BYTES + HEAD_BYTES * i;
    const head: SealedHead = {
      stream: bytes.subarray(at, at + 8),
      epoch: view.getUint32(at + 8),
      next: Number(view.getBigUint64(at + 12)),
      tail: bytes.subarray(at + 20, at + HEAD_BYTES),
    };
    if (!Number.isSafeInteger(head.next)) throw fieldError("next of a head is");
    // One statement, one encoding.
    const before = heads.at(-1);
    if (before !== undefined && compareHeads(before, head) >= 0) throw fieldError("heads are");
    if (head.next === 0 && head.tail.some((byte) => byte !== 0)) throw fieldError("tail is");
    heads.push(head);
  }
  return heads;
}

/** The order of the heads of a statement. */
export function compareHeads(a: SealedHead, b: SealedHead): number {
  return compareBytes(a.stream, b.stream) || a.epoch - b.epoch;
}

/** 0 if they are the same; else the sign tells their order. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function lengthError(length: number): SuccessionError {
  return new SuccessionError(
    "length",
    `Cannot read statement: it has ${length} bytes, which is not what its heads need`,
  );
}

function fieldError(what: string): SuccessionError {
  return new SuccessionError("field", `Cannot read statement: its ${what} out of bounds`);
}

function linkError(code: SuccessionError["code"], why: string): SuccessionError {
  return new SuccessionError(code, `Cannot accept statement: it ${why}`);
}
