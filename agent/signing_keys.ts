/**
 * The keys that sign this agent's frames, one after the other (`sdk/wire/succession.ts`).
 *
 * `DATA/keys/N.key` is the seed of key N, 32 bytes; `DATA/keys/statements` has the statements end
 * to end, each as long as its head count says. A change of keys is three steps, each durable before
 * the next: the new seed, the statement, then the old seed is overwritten and removed. If we die
 * between two of them, the start knows by the statements which seed counts, and erases the others.
 *
 * @module
 */
import { join } from "node:path";
import { generateKeys, keyId, SEED_BYTES, type Sign, signer } from "../sdk/proof/sign.ts";
import { type Files, FilesError, type OpenFile, writeAll } from "../sdk/runtime/files.ts";
import {
  encodeStatement,
  MAX_HEADS,
  parseStatement,
  type SealedHead,
  statementHash,
  type Succession,
  verifyStatement,
} from "../sdk/wire/succession.ts";
import { ticksOf } from "./batch.ts";
import {
  checkSeeds,
  readSeed,
  type ReadStatements,
  readStatements,
  SEED_FILE,
  SigningKeysError,
  STATEMENTS_FILE,
} from "./key_files.ts";

export interface SigningKeysOptions {
  readonly files: Files;
  /** `DATA/keys`. */
  readonly folder: string;
  /** The enrolled key. */
  readonly identity: { readonly seed: Uint8Array; readonly publicKey: Uint8Array };
  /** Wall clock, ms since the epoch. */
  readonly now: () => number;
  readonly random: (n: number) => Uint8Array;
}

/** Opens the keys, and finishes a change that a crash has cut. @throws {SigningKeysError} */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { files, folder, identity } = options;
  files.makeFolder(folder);
  const read = await readStatements(files, folder, identity.publicKey);
  const { succession } = read;
  checkSeeds(files, folder, succession.number);
  const seed = succession.number === 0 ? identity.seed : await readSeed(files, folder, succession);
  const file = files.open(join(folder, STATEMENTS_FILE), "write");
  try {
    file.truncate(read.end);
    // Written again: after a sync that failed, what a read shows may never reach the disk.
    const last = read.statements.at(-1);
    if (last !== undefined) writeAll(file, last, read.end - last.length);
    await file.sync();
    await files.syncFolder(folder);
    const keys = new SigningKeys(options, read, { seed, file });
    await keys.erase();
    return keys;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The key in force, and the statements so far. */
export class SigningKeys implements AsyncDisposable {
  readonly #options: SigningKeysOptions;
  #statements: Uint8Array[];
  #file: OpenFile;
  #succession: Succession;
  #end: number;
  #sign: Sign;
  #keyId: Uint8Array;

  constructor(
    options: SigningKeysOptions,
    read: ReadStatements,
    { seed, file }: { readonly seed: Uint8Array; readonly file: OpenFile },
  ) {
    this.#options = options;
    this.#statements = read.statements;
    this.#succession = read.succession;
    this.#end = read.end;
    this.#file = file;
    this.#sign = signer(seed);
    this.#keyId = keyId(read.succession.publicKey);
  }

  /** 8 bytes. */
  get keyId(): Uint8Array {
    return this.#keyId;
  }

  get succession(): Succession {
    return this.#succession;
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#sign(message);
  }

  /** Durable statements with a number above `number`; undefined if some of them are gone. */
  statementsAfter(number: number): readonly Uint8Array[] | undefined {
    return number < this.#gone ? undefined : this.#statements.slice(number - this.#gone);
  }

  /** {@link statementHash} of statement `number`; undefined if it is not there. */
  hashOf(number: number): Uint8Array | undefined {
    if (number === 0) return new Uint8Array(32);
    const bytes = this.#statements[number - this.#gone - 1];
    return bytes && statementHash(bytes);
  }

  /** Whether the newest statement has other heads than `heads`, or there is none. */
  isBehind(heads: readonly SealedHead[]): boolean {
    const last = this.#statements.at(-1);
    return last === undefined || textOf(parseStatement(last).heads) !== textOf(heads);
  }

  /** Number of the last statement that the file does not have; 0 if it has all. */
  get #gone(): number {
    return this.#succession.number - this.#statements.length;
  }

  /**
   * Makes the next key. Nothing may be sealed until it resolves, and all of `heads` must be durable.
   * False: there is no room on the disk, the old key goes on.
   *
   * @throws {SigningKeysError} `failed`: what is on the disk is not known. Seal nothing more.
   */
  async next(heads: readonly SealedHead[]): Promise<boolean> {
    const { files, folder, now, random } = this.#options;
    if (heads.length > MAX_HEADS) return false;
    const { publicKey, privateKey } = generateKeys(random);
    const before = this.#succession;
    const fields = { time: ticksOf(now()), publicKey, heads };
    const bytes = encodeStatement(before, fields, this.#sign);
    const { after } = verifyStatement(bytes, before);
    try {
      await writeSeed(files, join(folder, `${after.number}.key`), privateKey);
      await files.syncFolder(folder);
    } catch (error) {
      // No statement names it: the next try, or the next start, writes over it.
      if (isFull(error)) return false;
      throw failed(error);
    }
    try {
      writeAll(this.#file, bytes, this.#end);
      await this.#file.sync();
    } catch (error) {
      if (!isFull(error)) throw failed(error);
      await this.#cutBack();
      return false;
    }
    this.#end += bytes.length;
    this.#statements.push(bytes);
    this.#succession = after;
    this.#sign = signer(privateKey);
    this.#keyId = keyId(publicKey);
    privateKey.fill(0);
    await this.erase();
    return true;
  }

  /**
   * Erases all seeds but the one in force.
   *
   * @throws {SigningKeysError} `failed`
   */
  async erase(): Promise<void> {
    const { files, folder } = this.#options;
    const kept = `${this.#succession.number}.key`;
    const others = files.list(folder).filter((name) => SEED_FILE.test(name) && name !== kept);
    try {
      for (const name of others) {
        const path = join(folder, name);
        const file = files.open(path, "write");
        try {
          writeAll(file, new Uint8Array(SEED_BYTES), 0);
          await file.sync();
        } finally {
          file.close();
        }
        files.remove(path);
      }
      if (others.length > 0) await files.syncFolder(folder);
    } catch (error) {
      throw failed(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  /** What was written of a statement must not be found by the next start: the old key goes on. */
  async #cutBack(): Promise<void> {
    try {
      this.#file.truncate(this.#end);
      await this.#file.sync();
    } catch (error) {
      throw failed(error);
    }
  }
}

function textOf(heads: readonly SealedHead[]): string {
  const lines = heads.map(({ stream, epoch, next, tail }) =>
    `${Buffer.from(stream).toString("hex")} ${epoch} ${next} ${Buffer.from(tail).toString("hex")}`
  );
  return lines.toSorted().join("\n");
}

async function writeSeed(files: Files, path: string, seed: Uint8Array): Promise<void> {
  const file = files.open(path, "write");
  try {
    file.truncate(0);
    writeAll(file, seed, 0);
    await file.sync();
  } finally {
    file.close();
  }
}

function failed(cause: unknown): unknown {
  if (!(cause instanceof FilesError)) return cause;
  const message = `Cannot change signing keys: ${cause.message}`;
  return new SigningKeysError("failed", message, { cause });
}

function isFull(error: unknown): boolean {
  return error instanceof FilesError && error.code === "full";
}
