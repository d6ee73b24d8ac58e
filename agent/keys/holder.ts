/**
 * What the key holder does with its keys: makes epochs, seals packages, makes tokens of a value.
 *
 * @module
 */
import type { AgentKeys } from "../../sdk/api/keys.ts";
import { isOwnBoxKey } from "../../sdk/keys/agent_key.ts";
import { type BoxKeys, boxKeysOf, makeBoxKeys, type Random } from "../../sdk/keys/box.ts";
import { type EpochKey, MOST_EPOCHS, sealPackage } from "../../sdk/keys/key_package.ts";
import { tokenOf } from "../../sdk/keys/token_of.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { commandSecrets, plainSecrets, type Secrets } from "./secrets.ts";
import { FOREVER, type StoreFile } from "./store.ts";

/** What is asked of the holder cannot be done. */
export class HolderError extends Error {
  override readonly name = "HolderError";
  readonly code: "epoch" | "agent" | "box-key" | "reveal";

  constructor(code: HolderError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Where the secrets of `store` are. */
export function secretsOf({ kms }: Pick<StoreFile, "kms">): Secrets {
  return kms === null ? plainSecrets : commandSecrets(kms);
}

/** A new tenant's keys. */
export interface NewHolder {
  readonly kms: string | undefined;
  /** Number of its first epoch. */
  readonly epoch: number;
  /** 32 bytes, of agents that had a key before; else one is made. */
  readonly key: Uint8Array | undefined;
  readonly reveal: boolean;
  readonly random: Random;
}

export async function newStore({ kms, epoch, key, reveal, random }: NewHolder): Promise<StoreFile> {
  const secrets = secretsOf({ kms: kms ?? null });
  const signing = generateKeys(random);
  const box = reveal ? makeBoxKeys(random) : undefined;
  const secret = await secrets.wrap(`token:${epoch}`, key ?? random(32));
  return {
    version: 1,
    kms: kms ?? null,
    serial: 0,
    signing: {
      publicKey: hex(signing.publicKey),
      secret: await secrets.wrap("signing", signing.privateKey),
    },
    reveal: box === undefined
      ? null
      : { publicKey: hex(box.publicKey), secret: await secrets.wrap(revealName(0), box.secret) },
    revealBefore: [],
    epochs: [{ epoch, from: 0, until: FOREVER, secret }],
    agents: [],
  };
}

export interface Rotation {
  /** ms since the Unix epoch: when agents go over. */
  readonly from: number;
  /** So long the tokens of the old epoch are joined with the new ones, in ms. */
  readonly overlapMs: number;
  /** The highest epoch that anybody has seen. */
  readonly seen: number;
  readonly random: Random;
}

/** Adds an epoch. @throws {HolderError} If it would begin before the last one. */
export async function rotated(
  store: StoreFile,
  { from, overlapMs, seen, random }: Rotation,
): Promise<StoreFile> {
  const last = store.epochs.at(-1);
  if (last !== undefined && from <= last.from) {
    throw new HolderError(
      "epoch",
      `Cannot rotate: epoch ${last.epoch} begins at ${new Date(last.from).toISOString()}, ` +
        "the next one must begin later",
    );
  }
  const epoch = Math.max(seen, last?.epoch ?? 0) + 1;
  const secret = await secretsOf(store).wrap(`token:${epoch}`, random(32));
  const before = store.epochs.map((old) =>
    old.until === FOREVER ? { ...old, until: from + overlapMs } : old
  );
  return { ...store, epochs: [...before, { epoch, from, until: FOREVER, secret }] };
}

/** All keys of the tenant, ascending. */
export async function keysIn(store: StoreFile): Promise<readonly EpochKey[]> {
  const secrets = secretsOf(store);
  const keys: EpochKey[] = [];
  for (const { epoch, from, until, secret } of store.epochs) {
    keys.push({ epoch, from, until, bytes: await secrets.unwrap(`token:${epoch}`, secret) });
  }
  return keys;
}

/** Makes a reveal key, the first or another; what is sealed to those before can still be opened. */
export async function withRevealKey(store: StoreFile, random: Random): Promise<StoreFile> {
  const before = revealPairs(store);
  const { publicKey, secret } = makeBoxKeys(random);
  const wrapped = await secretsOf(store).wrap(revealName(before.length), secret);
  const reveal = { publicKey: hex(publicKey), secret: wrapped };
  return { ...store, reveal, revealBefore: [...before] };
}

/** The reveal keys, newest first. @throws {HolderError} `reveal`, if the tenant has none. */
export async function revealKeysIn(store: StoreFile): Promise<readonly [BoxKeys, ...BoxKeys[]]> {
  const secrets = secretsOf(store);
  const keys: BoxKeys[] = [];
  for (const [i, { secret }] of revealPairs(store).entries()) {
    keys.unshift(boxKeysOf(await secrets.unwrap(revealName(i), secret)));
  }
  const [newest, ...before] = keys;
  if (newest !== undefined) return [newest, ...before];
  throw new HolderError(
    "reveal",
    "Cannot open values: this holder has no reveal key, make one with custos keys renew-reveal-key",
  );
}

/** Oldest first. */
function revealPairs({ reveal, revealBefore }: StoreFile): readonly NonNullable<typeof reveal>[] {
  return reveal === null ? revealBefore : [...revealBefore, reveal];
}

/** What a KMS knows the i-th reveal key by. */
function revealName(i: number): string {
  return i === 0 ? "reveal" : `reveal:${i + 1}`;
}

/** Those that agents have a use for at `now`: in use, to come, or still joined. */
export function inForce(keys: readonly EpochKey[], now: number): readonly EpochKey[] {
  return keys.filter(({ until }) => until > now).slice(-MOST_EPOCHS);
}

/** A sealed package for one agent. */
export interface SealedPackage {
  readonly agent: string;
  readonly bytes: Uint8Array;
}

/** Why an agent gets no package. */
export interface Passed {
  readonly agent: string;
  readonly why: "not-approved" | "shut-out" | "no-box-key" | "box-key";
}

/** What it takes to seal packages. */
export interface Sealing {
  readonly now: number;
  readonly serial: number;
  readonly random: Random;
}

/** Seals the keys in force to each agent that was approved, and names the others. */
export async function sealFor(
  store: StoreFile,
  agents: readonly AgentKeys[],
  { now, serial, random }: Sealing,
): Promise<{ readonly sealed: readonly SealedPackage[]; readonly passed: readonly Passed[] }> {
  const keys = inForce(await keysIn(store), now);
  const seed = await secretsOf(store).unwrap("signing", store.signing.secret);
  const sign = signer(seed);
  const holder = bytesOf(store.signing.publicKey);
  const reveal = store.reveal === null ? undefined : bytesOf(store.reveal.publicKey);
  const sealed: SealedPackage[] = [];
  const passed: Passed[] = [];
  for (const one of agents) {
    const why = whyNot(store, one);
    const { agent, boxKey } = one;
    if (why !== undefined || boxKey === null) passed.push({ agent, why: why ?? "no-box-key" });
    else {
      const to = bytesOf(boxKey.key);
      const head = { agent, serial, holder, reveal };
      sealed.push({ agent, bytes: sealPackage(head, keys, { to, sign, random }) });
    }
  }
  return { sealed, passed };
}

/**
 * What the hub says of an agent is not believed: the id must be one that a person has approved, and
 * the box key signed by the key that the id is the hash of.
 */
function whyNot(store: StoreFile, one: AgentKeys): Passed["why"] | undefined {
  if (!store.agents.some(({ agent }) => agent === one.agent)) return "not-approved";
  if (one.state !== "active") return "shut-out";
  if (one.boxKey === null) return "no-box-key";
  const { key, signature } = one.boxKey;
  const told = { key: bytesOf(key), signature: bytesOf(signature) };
  return isOwnBoxKey(one.agent, bytesOf(one.publicKey), told) ? undefined : "box-key";
}

/** The tokens of one value in every epoch, newest last; the value itself where it stays as it is. */
export async function tokensOf(
  store: StoreFile,
  { kind, value }: { readonly kind: string; readonly value: string },
): Promise<readonly string[]> {
  const keys = await keysIn(store);
  return [...new Set(keys.map(({ epoch, bytes }) => tokenOf({ epoch, bytes }, kind, value)))];
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
