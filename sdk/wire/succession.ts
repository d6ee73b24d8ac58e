/**
 * The succession of an agent's keys (`statement.ts`), by the runtime's own cryptography.
 *
 * @module
 */
import { type Sign, SIGNATURE_BYTES, verifier } from "../proof/sign.ts";
import { sha256 } from "../runtime/hash.ts";
import {
  compareHeads,
  FIXED_BYTES,
  followStatement,
  HEAD_BYTES,
  MAGIC,
  MAX_HEADS,
  type Statement,
  type Succession,
  VERSION,
} from "./statement.ts";

export {
  MAX_HEADS,
  MAX_STATEMENT_BYTES,
  parseStatement,
  type SealedHead,
  type Statement,
  type Succession,
  SuccessionError,
} from "./statement.ts";

const NO_HASH = new Uint8Array(32);

/** Before the first statement: the enrolled key, 32 bytes, is in force. */
export function enrolled(publicKey: Uint8Array): Succession {
  return { agent: sha256("", publicKey).subarray(0, 16), number: 0, publicKey, hash: NO_HASH };
}

/**
 * Encodes the statement that follows `before`, signed by the key in force there.
 *
 * @throws {RangeError} If there are more than {@link MAX_HEADS} heads.
 */
export function encodeStatement(
  before: Succession,
  fields: Pick<Statement, "time" | "publicKey" | "heads">,
  sign: Sign,
): Uint8Array {
  const heads = fields.heads.toSorted(compareHeads);
  if (heads.length > MAX_HEADS) {
    throw new RangeError(`Cannot encode statement: it has ${heads.length} heads`);
  }
  const end = FIXED_BYTES + HEAD_BYTES * heads.length;
  const bytes = new Uint8Array(end + SIGNATURE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint8(4, VERSION);
  bytes.set(before.agent, 8);
  view.setBigUint64(24, BigInt(before.number + 1));
  view.setBigInt64(32, fields.time);
  bytes.set(fields.publicKey, 40);
  bytes.set(before.hash, 72);
  view.setUint32(104, heads.length);
  for (const [i, { stream, epoch, next, tail }] of heads.entries()) {
    const at = FIXED_BYTES + HEAD_BYTES * i;
    bytes.set(stream, at);
    view.setUint32(at + 8, epoch);
    view.setBigUint64(at + 12, BigInt(next));
    bytes.set(tail, at + 20);
  }
  bytes.set(sign(bytes.subarray(0, end)), end);
  return bytes;
}

/** SHA-256 of "custos/succession/v1" and the statement with its signature; 32 bytes. */
export function statementHash(bytes: Uint8Array): Uint8Array {
  return sha256("custos/succession/v1", bytes);
}

/** Length of the statement that `bytes` begin with, as its number of heads says. */
export function statementLength(bytes: Uint8Array): number {
  if (bytes.length < FIXED_BYTES) return bytes.length;
  const count = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(104);
  return FIXED_BYTES + HEAD_BYTES * count + SIGNATURE_BYTES;
}

/**
 * Reads a statement that follows `before`, and says where the succession then stands.
 *
 * @throws {SuccessionError} If it is not the next one of this agent, signed by the key in force.
 */
export function verifyStatement(
  bytes: Uint8Array,
  before: Succession,
): ReturnType<typeof followStatement> {
  return followStatement(bytes, before, { sha256: (...parts) => sha256("", ...parts), verifier });
}

/**
 * Reads all statements of one agent from the first on, in order.
 *
 * @throws {SuccessionError} At the first that does not follow.
 */
export function verifySuccession(
  statements: Iterable<Uint8Array>,
  enrolledKey: Uint8Array,
): readonly Statement[] {
  let before = enrolled(enrolledKey);
  const read: Statement[] = [];
  for (const bytes of statements) {
    const { statement, after } = verifyStatement(bytes, before);
    read.push(statement);
    before = after;
  }
  return read;
}

/** Whether the frame was sealed before `statement`: the key that it names has not signed it. */
export function isSealedBefore(
  statement: Statement,
  frame: { readonly stream: Uint8Array; readonly epoch: number; readonly seq: number },
): boolean {
  const heads = statement.heads.filter(({ stream }) => Buffer.compare(stream, frame.stream) === 0);
  const own = heads.find(({ epoch }) => epoch === frame.epoch);
  return own === undefined ? heads.some(({ epoch }) => epoch > frame.epoch) : frame.seq < own.next;
}
