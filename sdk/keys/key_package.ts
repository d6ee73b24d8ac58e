/**
 * A key package: the tenant's token keys, sealed by the key holder for one agent. Hubs carry it.
 *
 * | offset   | size | content                                                           |
 * | -------: | ---: | ----------------------------------------------------------------- |
 * |        0 |    4 | `CUSP`                                                            |
 * |        4 |    1 | version, 1                                                        |
 * |        5 |    1 | number of epochs n, 1 to 32                                       |
 * |        6 |   16 | agent id                                                          |
 * |       22 |    8 | serial, big-endian: an agent takes none below its last            |
 * |       30 |   32 | the holder's Ed25519 public key                                   |
 * |       62 |   32 | reveal key, X25519; zeros where there is none                     |
 * |       94 | 20 n | epochs, ascending: number (4), in use from (8), joined until (8)  |
 * |          |   85 + 32 n | box for the agent: the epochs' keys, 32 bytes each         |
 * |          |   64 | the holder's signature over all before it                         |
 *
 * Times are ms since the Unix epoch. An epoch is used from its time on; while one is still joined
 * after the next is in use, the agent says for each value how the old token continues.
 *
 * @module
 */
import { KeyError, type Sign, verifier } from "../proof/sign.ts";
import type { TokenKey } from "../scrub/token.ts";
import { BOX_OVERHEAD, boxer, type BoxKeys, openBox, type Random } from "./box.ts";

export const MOST_EPOCHS = 32;
/** Largest package, in bytes. */
export const MOST_PACKAGE_BYTES = 94 + MOST_EPOCHS * 52 + BOX_OVERHEAD + 64;
const MAGIC = 0x43555350;
const VERSION = 1;
const HEAD_BYTES = 94;
const EPOCH_BYTES = 20;
const KEY_BYTES = 32;

/** When one epoch of the token key is used. */
export interface KeyEpoch {
  readonly epoch: number;
  /** ms since the Unix epoch: agents use it from here on, until the next one's time. */
  readonly from: number;
  /** ms since the Unix epoch: so long its tokens are joined with those of the next. */
  readonly until: number;
}

/** An epoch and its key, 32 bytes. */
export interface EpochKey extends KeyEpoch {
  readonly bytes: Uint8Array;
}

/** What anybody can read of a package. */
export interface PackageHead {
  /** 16 bytes, hex. */
  readonly agent: string;
  readonly serial: number;
  /** Ed25519, 32 bytes. */
  readonly holder: Uint8Array;
  /** X25519, 32 bytes. */
  readonly reveal: Uint8Array | undefined;
  readonly epochs: readonly KeyEpoch[];
}

/** What its agent can read. */
export interface OpenedPackage extends PackageHead {
  readonly keys: readonly EpochKey[];
}

/** Why bytes are not a package that this agent takes. They never will be. */
export class PackageError extends Error {
  override readonly name = "PackageError";
  readonly permanent = true;
  readonly code: "form" | "holder" | "signature" | "agent" | "box" | "serial" | "epoch";

  constructor(code: PackageError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Seals `keys` (ascending by epoch) to the agent whose box key is `to`. */
export function sealPackage(
  head: Omit<PackageHead, "epochs">,
  keys: readonly EpochKey[],
  seal: { readonly to: Uint8Array; readonly sign: Sign; readonly random: Random },
): Uint8Array {
  if (keys.length === 0 || keys.length > MOST_EPOCHS) {
    throw new RangeError(`Cannot seal package: it has ${keys.length} epochs`);
  }
  const box = boxer(seal.to, seal.random)(Buffer.concat(keys.map(({ bytes }) => bytes)));
  const bytes = new Uint8Array(HEAD_BYTES + keys.length * EPOCH_BYTES + box.length + 64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  bytes[4] = VERSION;
  bytes[5] = keys.length;
  bytes.set(Buffer.from(head.agent, "hex"), 6);
  view.setBigUint64(22, BigInt(head.serial));
  bytes.set(head.holder, 30);
  if (head.reveal !== undefined) bytes.set(head.reveal, 62);
  for (const [i, { epoch, from, until }] of keys.entries()) {
    const at = HEAD_BYTES + i * EPOCH_BYTES;
    view.setUint32(at, epoch);
    view.setBigUint64(at + 4, BigInt(from));
    view.setBigUint64(at + 12, BigInt(until));
  }
  const end = bytes.length - 64;
  bytes.set(box, end - box.length);
  bytes.set(seal.sign(bytes.subarray(0, end)), end);
  return bytes;
}

/** Reads what anybody can; nothing of it is verified. @throws {PackageError} `form` */
export function readPackage(bytes: Uint8Array): PackageHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes[5] ?? 0;
  const length = HEAD_BYTES + count * (EPOCH_BYTES + KEY_BYTES) + BOX_OVERHEAD + 64;
  const isForm = bytes.length === length && view.getUint32(0) === MAGIC && bytes[4] === VERSION &&
    count > 0 && count <= MOST_EPOCHS;
  if (!isForm) throw new PackageError("form", "Cannot read key package: its bytes are none");
  const reveal = bytes.slice(62, 94);
  const epochs = Array.from({ length: count }, (_, i): KeyEpoch => {
    const at = HEAD_BYTES + i * EPOCH_BYTES;
    return {
      epoch: view.getUint32(at),
      from: Number(view.getBigUint64(at + 4)),
      until: Number(view.getBigUint64(at + 12)),
    };
  });
  if (epochs.some(({ epoch }, i) => epoch === 0 || epoch <= (epochs[i - 1]?.epoch ?? 0))) {
    throw new PackageError("form", "Cannot read key package: its epochs do not ascend");
  }
  return {
    agent: Buffer.from(bytes.subarray(6, 22)).toString("hex"),
    serial: Number(view.getBigUint64(22)),
    holder: bytes.slice(30, 62),
    reveal: reveal.every((byte) => byte === 0) ? undefined : reveal,
    epochs,
  };
}

/** Who a package must come from and be for. */
export interface PackageExpected {
  /** The tenant's holder: Ed25519, 32 bytes. */
  readonly holder: Uint8Array;
  /** 16 bytes, hex. */
  readonly agent: string;
  readonly box: BoxKeys;
}

/** Opens the package of this agent. @throws {PackageError} */
export function openPackage(
  bytes: Uint8Array,
  { holder, agent, box }: PackageExpected,
): OpenedPackage {
  const head = readPackage(bytes);
  if (!Buffer.from(holder).equals(head.holder)) {
    throw new PackageError("holder", "Cannot take key package: another holder has made it");
  }
  const end = bytes.length - 64;
  if (!verifies(holder, bytes.subarray(0, end), bytes.subarray(end))) {
    throw new PackageError("signature", "Cannot take key package: its signature does not match");
  }
  if (head.agent !== agent) {
    throw new PackageError("agent", "Cannot take key package: it is for another agent");
  }
  const keys = keysIn(bytes, head, box);
  return {
    ...head,
    keys: head.epochs.map((epoch, i) => ({
      ...epoch,
      bytes: keys.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES),
    })),
  };
}

/** The epoch that is used at `now`: the last one whose time has come, else the first. */
export function epochAt<E extends KeyEpoch>(epochs: readonly E[], now: number): E | undefined {
  return epochs.findLast(({ from }) => from <= now) ?? epochs[0];
}

/** As the scrubber takes it. */
export function tokenKeyOf({ epoch, bytes }: EpochKey): TokenKey {
  return { epoch, bytes };
}

function verifies(holder: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifier(holder)(message, signature);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}

function keysIn(bytes: Uint8Array, head: PackageHead, box: BoxKeys): Uint8Array {
  const start = HEAD_BYTES + head.epochs.length * EPOCH_BYTES;
  try {
    return openBox(bytes.subarray(start, bytes.length - 64), box);
  } catch (cause) {
    throw new PackageError("box", "Cannot take key package: it is sealed to another box key", {
      cause,
    });
  }
}
