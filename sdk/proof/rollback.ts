/**
 * The roll-back statement: two operators say that a log ends at an old head and goes on under a new
 * id from there, because its hub was restored from a backup.
 *
 * A C2SP signed-note, so that it can be carried, read and checked by hand. Its text, line by line:
 *
 * | line | content                                                                          |
 * | ---: | -------------------------------------------------------------------------------- |
 * |    1 | `custos/rollback/v1`                                                             |
 * |    2 | origin of the old log, `custos/` and its id                                      |
 * |    3 | size of its last head that is known, maybe of entries that are lost              |
 * |    4 | root of that head, base64                                                        |
 * |    5 | origin of the new log                                                            |
 * |    6 | size of the tree that it goes on from                                            |
 * |    7 | root of that tree, base64                                                        |
 * |    8 | when the last entry of that tree was recorded, ISO 8601: what came later is lost |
 * |    9 | when the statement was made                                                      |
 * |   10 | why, one line of at most 200 characters                                          |
 *
 * @module
 */
import { CheckpointError, cosign, isSignedBy, originOf, signNote } from "./checkpoint.ts";
import { HASH_BYTES } from "./merkle.ts";
import { KeyError, type Sign, verifier } from "./sign.ts";

/** So many different operators must sign. */
export const ROLLBACK_SIGNERS = 2;
const FIRST_LINE = "custos/rollback/v1";
const MOST_REASON = 200;
const ORIGIN = /^custos\/([0-9a-f]{16})$/;
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** A person whose word counts when a log is rolled back. */
export interface Operator {
  /** A word in lower case, at most 32 characters. */
  readonly name: string;
  /** Ed25519, raw, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Where a tree stood. */
export interface Head {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** What is stated. */
export interface Rollback {
  /** 8 bytes. */
  readonly oldLogId: Uint8Array;
  readonly oldHead: Head;
  /** 8 bytes. */
  readonly newLogId: Uint8Array;
  readonly newHead: Head;
  /** Of the last entry that was kept, ISO 8601. */
  readonly lastEntryAt: string;
  readonly madeAt: string;
  readonly reason: string;
}

/** A statement and the note that makes it. */
export interface RollbackStatement extends Rollback {
  readonly note: string;
}

/**
 * Why a statement does not count.
 *
 * - `format`: text that is no statement.
 * - `unsigned`: fewer than two known operators have signed it.
 */
export class RollbackError extends Error {
  override readonly name = "RollbackError";
  readonly permanent = true;
  readonly code: "format" | "unsigned";

  constructor(code: RollbackError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The text that operators sign. @throws {RollbackError} `format` if it cannot be stated. */
export function rollbackText(rollback: Rollback): string {
  const { oldLogId, oldHead, newLogId, newHead, lastEntryAt, madeAt, reason } = rollback;
  const isLine = reason.length > 0 && reason.length <= MOST_REASON && !/[\p{Cc}]/u.test(reason);
  if (!isLine) throw malformed(`its reason must be one line of 1 to ${MOST_REASON} characters`);
  const lines = [
    FIRST_LINE,
    originOf(oldLogId),
    String(oldHead.size),
    base64(oldHead.root),
    originOf(newLogId),
    String(newHead.size),
    base64(newHead.root),
    lastEntryAt,
    madeAt,
    reason,
  ];
  return `${lines.join("\n")}\n`;
}

/** Adds an operator's signature to a statement, or to its bare text. */
export function signRollback(statement: string, { name, publicKey }: Operator, sign: Sign): string {
  parseRollback(statement);
  const key = { name: keyName(name), publicKey };
  return isNote(statement) ? cosign(statement, key, sign) : signNote(statement, key, sign);
}

/** Reads a statement, or its bare text, without looking at who has signed it. @throws {RollbackError} */
export function parseRollback(note: string): RollbackStatement {
  const end = note.indexOf("\n\n");
  const lines = (end < 0 ? note.replace(/\n$/, "") : note.slice(0, end)).split("\n");
  const [first, oldOrigin, oldSize, oldRoot, newOrigin, newSize, newRoot, ...rest] = lines;
  const [lastEntryAt, madeAt, reason] = rest;
  if (first !== FIRST_LINE || rest.length !== 3) throw malformed("it is not ten lines of its form");
  const statement = {
    oldLogId: logIdIn(oldOrigin),
    oldHead: headIn(oldSize, oldRoot),
    newLogId: logIdIn(newOrigin),
    newHead: headIn(newSize, newRoot),
    lastEntryAt: instantIn(lastEntryAt),
    madeAt: instantIn(madeAt),
    reason: reason ?? "",
  };
  // One spelling of each statement: what was read is what was signed.
  if (rollbackText(statement) !== `${lines.join("\n")}\n`) throw malformed("a line is misspelt");
  return { ...statement, note };
}

/** The names of those among `operators` who have signed, each key once. */
export function rollbackSigners(note: string, operators: readonly Operator[]): readonly string[] {
  const keys = new Set<string>();
  return operators.filter(({ name, publicKey }) => {
    const key = base64(publicKey);
    if (keys.has(key) || !hasSigned(note, { name, publicKey })) return false;
    keys.add(key);
    return true;
  }).map(({ name }) => name);
}

/**
 * Reads a statement that two of `operators` have signed.
 *
 * @throws {RollbackError}
 */
export function openRollback(note: string, operators: readonly Operator[]): RollbackStatement {
  const statement = parseRollback(note);
  const signers = rollbackSigners(note, operators);
  if (signers.length >= ROLLBACK_SIGNERS) return statement;
  throw new RollbackError(
    "unsigned",
    `Cannot accept roll-back statement: ${signers.length} of ${operators.length} known operators ` +
      `have signed it, ${ROLLBACK_SIGNERS} must`,
  );
}

/** Whether `name` may be an operator's. */
export function isOperatorName(name: string): boolean {
  return NAME.test(name);
}

function keyName(name: string): string {
  return `custos-operator/${name}`;
}

function hasSigned(note: string, { name, publicKey }: Operator): boolean {
  if (!isNote(note)) return false;
  try {
    return isSignedBy(note, { name: keyName(name), publicKey }, verifier(publicKey));
  } catch (error) {
    if (error instanceof KeyError) return false;
    if (error instanceof CheckpointError) throw malformed("its signatures are no lines of a note");
    throw error;
  }
}

/** Bare text has no empty line. */
function isNote(statement: string): boolean {
  return statement.includes("\n\n");
}

function logIdIn(origin = ""): Uint8Array {
  const [, id] = ORIGIN.exec(origin) ?? [];
  if (id === undefined) throw malformed("a line is no origin of a log");
  return Uint8Array.from(Buffer.from(id, "hex"));
}

function headIn(size = "", root = ""): Head {
  const bytes = Uint8Array.from(Buffer.from(root, "base64"));
  const number = Number(size);
  if (!Number.isSafeInteger(number) || bytes.length !== HASH_BYTES) {
    throw malformed("a line is no tree size or root");
  }
  return { size: number, root: bytes };
}

function instantIn(text = ""): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) throw malformed("a line is no time");
  return text;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function malformed(why: string): RollbackError {
  return new RollbackError("format", `Cannot read roll-back statement: ${why}`);
}
