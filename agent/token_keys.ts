/**
 * The token keys in force on this host: a file of its own, or what the tenant's key holder has
 * sealed to this agent.
 *
 * `DATA/box.key` has the agent's X25519 key and, in a second line, its signature by the key that
 * the agent has enrolled with (hex). `DATA/token.package` is the last key package taken, sealed as
 * it came. With a holder nothing is read before a package of that holder is there: a key of our
 * own in its place would make tokens that nobody can join.
 *
 * @module
 */
import { join } from "node:path";
import { BoxError, type BoxKeys, boxKeysOf, makeBoxKeys, type Random } from "../sdk/keys/box.ts";
import { boxKeyDigest, isOwnBoxKey, type SignedBoxKey } from "../sdk/keys/agent_key.ts";
import {
  epochAt,
  type EpochKey,
  type OpenedPackage,
  openPackage,
  PackageError,
  tokenKeyOf,
} from "../sdk/keys/key_package.ts";
import { signer } from "../sdk/proof/sign.ts";
import { type Files, readWhole, replaceFile } from "../sdk/runtime/files.ts";
import type { TokenKey } from "../sdk/scrub/token.ts";
import { type Identity, IdentityError } from "./identity.ts";

/** What became of a package; `code` is `ok` or why it was refused. */
export interface Taken {
  readonly serial: number;
  readonly code: string;
}

export interface TokenKeys {
  readonly boxKey: SignedBoxKey;
  /** The key that is used at `now`. @throws {TypeError} Before {@link ready}. */
  current(now: number): TokenKey;
  /** Older epochs whose tokens are still joined with the current ones, at `now`. */
  joined(now: number): readonly TokenKey[];
  /** The tenant's reveal key, if its holder names one. */
  readonly reveal: Uint8Array | undefined;
  /** Takes a package that the hub has brought; it is durable when this resolves. */
  take(bytes: Uint8Array): Promise<Taken>;
  /** Resolves when there are keys, or when `signal` aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** What is wrong, in words. */
  readonly trouble: string | undefined;
}

export interface TokenKeysOptions {
  readonly folder: string;
  readonly files: Files;
  readonly identity: Identity;
  readonly random: Random;
  /** The holder's Ed25519 key; without one `own` gives the key. */
  readonly holder: Uint8Array | undefined;
  own(): Promise<TokenKey>;
}

/** Opens the keys of one agent; makes its box key where there is none. */
export async function openTokenKeys(options: TokenKeysOptions): Promise<TokenKeys> {
  const { files, folder, identity, holder } = options;
  const { box, signed } = await loadBoxKey(options);
  if (holder === undefined) return ownKeys(await options.own(), signed);
  const agent = Buffer.from(identity.agent).toString("hex");
  const path = join(folder, "token.package");
  const keys = new HeldKeys({ files, path, boxKey: signed, expected: { holder, agent, box } });
  const kept = await readWhole(files, path);
  if (kept !== undefined) keys.recall(kept);
  return keys;
}

/** A key that stays as it is. */
function ownKeys(key: TokenKey, boxKey: SignedBoxKey): TokenKeys {
  return {
    boxKey,
    current: () => key,
    joined: () => [],
    reveal: undefined,
    take: () => Promise.resolve({ serial: 0, code: "no-holder" }),
    ready: () => Promise.resolve(),
    trouble: undefined,
  };
}

class HeldKeys implements TokenKeys {
  readonly boxKey: SignedBoxKey;
  readonly #options: {
    readonly files: Files;
    readonly path: string;
    readonly expected: Parameters<typeof openPackage>[1];
  };
  readonly #waiting = new Set<() => void>();
  #opened: OpenedPackage | undefined;
  #refused: string | undefined;
  /** One after the other: a later package must not be overwritten by an earlier one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    { boxKey, ...options }: {
      readonly files: Files;
      readonly path: string;
      readonly boxKey: SignedBoxKey;
      readonly expected: Parameters<typeof openPackage>[1];
    },
  ) {
    this.boxKey = boxKey;
    this.#options = options;
  }

  get reveal(): Uint8Array | undefined {
    return this.#opened?.reveal;
  }

  get trouble(): string | undefined {
    const why = this.#refused === undefined
      ? undefined
      : `token keys: a package of the key holder was refused with "${this.#refused}"`;
    if (this.#opened !== undefined) return why;
    return why ?? 'token keys: none yet, run "custos keys push" where the key holder is';
  }

  current(now: number): TokenKey {
    const epoch = epochAt(this.#keys, now);
    if (epoch === undefined) throw new TypeError("Cannot make tokens: there is no key yet");
    return tokenKeyOf(epoch);
  }

  joined(now: number): readonly TokenKey[] {
    const used = epochAt(this.#keys, now);
    return this.#keys
      .filter(({ epoch, until }) => used !== undefined && epoch < used.epoch && until > now)
      .map(tokenKeyOf);
  }

  /** The package of an earlier run. One that is damaged, or of another holder, is none. */
  recall(bytes: Uint8Array): void {
    try {
      this.#opened = openPackage(bytes, this.#options.expected);
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      this.#refused = error.code;
    }
  }

  take(bytes: Uint8Array): Promise<Taken> {
    const taken = this.#last.then(() => this.#take(bytes));
    this.#last = taken.catch(() => undefined);
    return taken;
  }

  ready(signal: AbortSignal): Promise<void> {
    if (this.#opened !== undefined || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  get #keys(): readonly EpochKey[] {
    return this.#opened?.keys ?? [];
  }

  async #take(bytes: Uint8Array): Promise<Taken> {
    try {
      const opened = openPackage(bytes, this.#options.expected);
      this.#checkFollows(opened);
      // Durable first: after a crash the tokens of this package must be made again.
      await replaceFile(this.#options.files, this.#options.path, bytes);
      this.#opened = opened;
      this.#refused = undefined;
      for (const done of this.#waiting) done();
      return { serial: opened.serial, code: "ok" };
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      this.#refused = error.code;
      return { serial: this.#opened?.serial ?? 0, code: error.code };
    }
  }

  /** A hub that brings an old package must not bring an old key back. */
  #checkFollows(next: OpenedPackage): void {
    const before = this.#opened;
    if (before === undefined) return;
    if (next.serial < before.serial) {
      throw new PackageError(
        "serial",
        `Cannot take key package: its serial is ${next.serial}, must be ${before.serial} or more`,
      );
    }
    const changed = next.keys.find(({ epoch, bytes }) => {
      const known = before.keys.find((key) => key.epoch === epoch);
      return known !== undefined && !Buffer.from(known.bytes).equals(bytes);
    });
    if (changed !== undefined) {
      throw new PackageError(
        "epoch",
        `Cannot take key package: epoch ${changed.epoch} has another key than before, ` +
          "a new key needs a new epoch",
      );
    }
  }
}

const FILE = /^([0-9a-f]{64})\n([0-9a-f]{128})\s*$/;

async function loadBoxKey(
  { files, folder, identity, random }: TokenKeysOptions,
): Promise<{ readonly box: BoxKeys; readonly signed: SignedBoxKey }> {
  const path = join(folder, "box.key");
  const kept = await readWhole(files, path);
  if (kept !== undefined) return boxKeyIn(Buffer.from(kept).toString("latin1"), path, identity);
  const box = makeBoxKeys(random);
  const signature = signer(identity.seed)(boxKeyDigest(identity.agent, box.publicKey));
  const text = `${hex(box.secret)}\n${hex(signature)}\n`;
  await replaceFile(files, path, new TextEncoder().encode(text));
  return { box, signed: { key: box.publicKey, signature } };
}

function boxKeyIn(text: string, path: string, identity: Identity) {
  const [, secret = "", signature = ""] = FILE.exec(text) ?? [];
  try {
    const box = boxKeysOf(bytesOf(secret));
    const signed = { key: box.publicKey, signature: bytesOf(signature) };
    if (isOwnBoxKey(hex(identity.agent), identity.publicKey, signed)) return { box, signed };
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
  }
  throw new IdentityError(
    "key",
    `Cannot use key ${path}: it must be a key of this agent and its signature in hex; ` +
      "delete it, and the key holder must seal the token keys anew",
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
