/**
 * Who this agent is: its signing key, the hub it has enrolled with, the tenant's token key.
 *
 * `DATA/agent.key` (seed, hex), `DATA/hub.json` (what enrolment has told), `DATA/token.key` (32
 * bytes, hex); all with mode 0600 in a folder with mode 0700.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { generateKeys, publicKeyOf } from "../sdk/proof/sign.ts";
import type { TokenKey } from "../sdk/scrub/token.ts";
import { troubleOf } from "../sdk/runtime/file_trouble.ts";

/** A data folder, key file or enrolment that cannot be used. */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code: "folder" | "key" | "token-key" | "enrolment";

  constructor(code: IdentityError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Identity {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** First 16 bytes of SHA-256 of the public key. */
  readonly agent: Uint8Array;
}

const KEY_HEX = /^[0-9a-f]{64}\s*$/;

/** What an agent knows of its hub. */
const enrolment = v.object({
  /** wss:// address of the link. */
  url: v.string(),
  /** Raw Ed25519 public key, hex: signs checkpoints. */
  hubPublicKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** 8 bytes, hex. */
  logId: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** PEM of the authority that signs the hub's certificate. */
  ca: v.string(),
  /** Two of them must sign before this agent follows a hub that was restored. */
  operators: v.optional(
    v.array(v.object({
      name: v.string(),
      publicKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    })),
  ),
  /** The statements that it has followed, oldest first. */
  rollbacks: v.optional(v.array(v.string())),
});
export type Enrolment = v.InferOutput<typeof enrolment>;

/** The agent's key; made where there is none. @throws {IdentityError} */
export async function loadIdentity(folder: string): Promise<Identity> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `Cannot use data folder ${folder}: ${troubleOf(cause)}`;
    throw new IdentityError("folder", message, { cause });
  }
  return identityOf(await loadOrMake(join(folder, "agent.key"), () => generateKeys().privateKey));
}

/** The key of the agent that has run in `folder`. @throws {IdentityError} Also if none has. */
export async function readIdentity(folder: string): Promise<Identity> {
  return identityOf(await readKey(join(folder, "agent.key")));
}

/**
 * The tenant's token key at `file`; made where there is none and the agent `isNew`. One that is lost
 * is not replaced: under the same epoch nobody could tell its tokens from those of before.
 *
 * @throws {IdentityError}
 */
export async function loadTokenKey(file: string, isNew: boolean): Promise<TokenKey> {
  if (!isNew && await readIfThere(file) === undefined) {
    throw new IdentityError(
      "token-key",
      `Cannot find token key ${file}, which this agent has made tokens with: put its backup back. ` +
        "If there is none, tokens of before can no longer be joined with new ones: write 64 random " +
        "hex digits there, or take a key holder (scrub.holder), whose epochs tell them apart",
    );
  }
  return { epoch: 1, bytes: await loadOrMake(file, () => new Uint8Array(randomBytes(32))) };
}

/** The tenant's token key at `file`. @throws {IdentityError} Also if there is none. */
export async function readTokenKey(file: string): Promise<TokenKey> {
  return { epoch: 1, bytes: await readKey(file) };
}

function identityOf(seed: Uint8Array): Identity {
  const publicKey = publicKeyOf(seed);
  const hash = createHash("sha256").update(publicKey).digest();
  return { seed, publicKey, agent: new Uint8Array(hash.subarray(0, 16)) };
}

/** What enrolment has told; undefined before it. @throws {IdentityError} */
export async function loadEnrolment(folder: string): Promise<Enrolment | undefined> {
  const file = join(folder, "hub.json");
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return v.parse(enrolment, JSON.parse(text));
  } catch (cause) {
    const message = `Cannot use ${file}: it is damaged, enrol this agent again`;
    throw new IdentityError("enrolment", message, { cause });
  }
}

export async function saveEnrolment(folder: string, told: Enrolment): Promise<void> {
  await writeSecret(join(folder, "hub.json"), `${JSON.stringify(told, null, 2)}\n`);
}

async function loadOrMake(file: string, make: () => Uint8Array): Promise<Uint8Array> {
  const text = await readIfThere(file);
  if (text !== undefined) return keyIn(text, file);
  const made = make();
  await writeSecret(file, `${Buffer.from(made).toString("hex")}\n`);
  return made;
}

async function readKey(file: string): Promise<Uint8Array> {
  const text = await readIfThere(file);
  if (text !== undefined) return keyIn(text, file);
  throw new IdentityError("key", `Cannot read key ${file}: there is no such file`);
}

function keyIn(text: string, file: string): Uint8Array {
  if (KEY_HEX.test(text)) return new Uint8Array(Buffer.from(text.trim(), "hex"));
  throw new IdentityError("key", `Cannot use key ${file}: it must be 64 hex digits`);
}

/** The text of a file, if there is one. @throws {IdentityError} */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new IdentityError("key", `Cannot read ${file}: ${troubleOf(cause)}`, { cause });
  }
}

/** Writes a file that only this user can read. If we die between the two calls, the old file, or none, is still whole. */
export async function writeSecret(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    await writeFile(draft, text, { mode: 0o600, flush: true });
    await chmod(draft, 0o600);
    await rename(draft, file);
  } catch (cause) {
    throw new IdentityError("key", `Cannot write ${file}: ${troubleOf(cause)}`, { cause });
  }
}
