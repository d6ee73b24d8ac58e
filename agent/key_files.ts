/**
 * The files of the keys that sign this agent's frames, as `signing_keys.ts` leaves them.
 *
 * @module
 */
import { join } from "node:path";
import { keyId, publicKeyOf, SEED_BYTES, verifier, type Verify } from "../sdk/proof/sign.ts";
import { type Files, readWhole } from "../sdk/runtime/files.ts";
import {
  enrolled,
  parseStatement,
  statementHash,
  statementLength,
  type Succession,
  SuccessionError,
  verifyStatement,
} from "../sdk/wire/succession.ts";

/** The statements, end to end, in the folder of the keys. */
export const STATEMENTS_FILE = "statements";
/** Name of the seed of key N. */
export const SEED_FILE: RegExp = /^(\d+)\.key$/;

/** The keys cannot be used, or not be changed. */
export class SigningKeysError extends Error {
  override readonly name = "SigningKeysError";
  readonly permanent = true;
  readonly code: "damaged" | "missing" | "failed";

  constructor(code: SigningKeysError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Public keys that have signed frames, the enrolled one first: for who only reads. */
export async function publicKeysOf(
  files: Files,
  folder: string,
  enrolledKey: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const { statements } = await readStatements(files, folder, enrolledKey);
  return [enrolledKey, ...statements.map((bytes) => bytes.subarray(40, 72))];
}

/** The key with an id of 8 bytes; those that come while the agent runs are found too. */
export function frameKeys(
  files: Files,
  folder: string,
  enrolledKey: Uint8Array,
): (id: Uint8Array) => Promise<Verify | undefined> {
  const known = new Map<string, Verify>();
  return async (id) => {
    const hex = Buffer.from(id).toString("hex");
    if (!known.has(hex)) {
      const keys = await publicKeysOf(files, folder, enrolledKey);
      for (const key of keys) known.set(Buffer.from(keyId(key)).toString("hex"), verifier(key));
    }
    return known.get(hex);
  };
}

export interface ReadStatements {
  /** The oldest may be forgotten. */
  readonly statements: Uint8Array[];
  readonly succession: Succession;
  /** Bytes of the file that are statements. */
  readonly end: number;
}

/**
 * All that follow one another; what comes after them was never durable. That each continues the one
 * before it is checked by hashes alone, to be quick; the hub checks every signature.
 */
export async function readStatements(
  files: Files,
  folder: string,
  enrolledKey: Uint8Array,
): Promise<ReadStatements> {
  const bytes = await readWhole(files, join(folder, STATEMENTS_FILE)) ?? new Uint8Array(0);
  const statements: Uint8Array[] = [];
  let before: Succession = enrolled(enrolledKey);
  let succession = before;
  let end = 0;
  for (;;) {
    const length = statementLength(bytes.subarray(end));
    const statement = new Uint8Array(bytes.subarray(end, end + length));
    const next = followerOf(statement, succession, end === 0);
    if (next === undefined) break;
    [before, succession] = [succession, next];
    statements.push(statement);
    end += length;
  }
  const last = statements.at(-1);
  if (last !== undefined && !isSignedIn(last, before)) {
    // Torn in its signature.
    statements.pop();
    return { statements, succession: before, end: end - last.length };
  }
  return { statements, succession, end };
}

/** Where the succession stands after `bytes`; undefined unless they are its next statement. */
function followerOf(
  bytes: Uint8Array,
  before: Succession,
  isOldest: boolean,
): Succession | undefined {
  try {
    const { agent, number, previous, publicKey } = parseStatement(bytes);
    const continues = number === before.number + 1 && Buffer.compare(previous, before.hash) === 0;
    // Those before the oldest may be forgotten.
    const isNext = continues || (isOldest && number > 1);
    if (!isNext || Buffer.compare(agent, before.agent) !== 0) return undefined;
    return { agent: before.agent, number, publicKey, hash: statementHash(bytes) };
  } catch (error) {
    if (error instanceof SuccessionError) return undefined;
    throw error;
  }
}

function isSignedIn(bytes: Uint8Array, before: Succession): boolean {
  const { number } = parseStatement(bytes);
  if (number !== before.number + 1) return true;
  try {
    verifyStatement(bytes, before);
    return true;
  } catch (error) {
    if (error instanceof SuccessionError) return false;
    throw error;
  }
}

/**
 * A change leaves no seed but those of the key in force, the one before and the one after it.
 *
 * @throws {SigningKeysError} If there is a later one: its statement was there, and has gone.
 */
export function checkSeeds(files: Files, folder: string, number: number): void {
  const later = files.list(folder).find((name) => Number(SEED_FILE.exec(name)?.[1]) > number + 1);
  if (later === undefined) return;
  throw new SigningKeysError(
    "damaged",
    `Cannot use keys: ${
      join(folder, STATEMENTS_FILE)
    } ends with key ${number} and there is ${later}, ` +
      "enrol this host again with an empty data folder",
  );
}

/** @throws {SigningKeysError} Unless the seed is there and is that of the key in force. */
export async function readSeed(
  files: Files,
  folder: string,
  { number, publicKey }: Succession,
): Promise<Uint8Array> {
  const path = join(folder, `${number}.key`);
  const seed = await readWhole(files, path);
  if (seed === undefined) {
    throw new SigningKeysError(
      "missing",
      `Cannot use keys: ${path} is missing and ${
        join(folder, STATEMENTS_FILE)
      } names it as the last, ` +
        "enrol this host again with an empty data folder",
    );
  }
  const isIt = seed.length === SEED_BYTES && Buffer.compare(publicKeyOf(seed), publicKey) === 0;
  if (isIt) return seed;
  throw new SigningKeysError(
    "damaged",
    `Cannot use keys: ${path} is not the key that ${
      join(folder, STATEMENTS_FILE)
    } names as the last, ` +
      "enrol this host again with an empty data folder",
  );
}
