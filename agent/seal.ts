/**
 * Stage 5 of 7: makes a group's parts into signed frames, each chained to the one before it.
 *
 * @module
 */
import { type Schema, schemaHash } from "../sdk/table.ts";
import { type FrameFields, frameHash, sealFrame } from "../sdk/wire/frame.ts";
import { type Group, ticksOf } from "./batch.ts";
import type { Chain } from "./spool/reseal.ts";

/** What every frame of this agent says of its origin. */
export interface Sealer {
  /** 16 bytes. */
  readonly agent: Uint8Array;
  /** 16 bytes. */
  readonly boot: Uint8Array;
  /** 8 bytes. */
  readonly keyId: Uint8Array;
  /** 32 bytes. */
  readonly policy: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
  /** While the key changes, nothing may be sealed until this resolves; undefined if it may now. */
  held?(): Promise<void> | undefined;
  /** ms since the epoch. */
  now(): number;
  /** ns. */
  monotonic(): bigint;
  /** The last checkpoint of the hub that this agent has verified. */
  witnessed(): Witnessed;
}

export interface Witnessed {
  /** 8 bytes. */
  readonly logId: Uint8Array;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** What an agent that has seen no checkpoint says. */
export const NOTHING_WITNESSED: Witnessed = {
  logId: new Uint8Array(8),
  size: 0,
  root: new Uint8Array(32),
};

/** Resolves when the key in force may seal. */
export async function untilFree({ held }: Pick<Sealer, "held">): Promise<void> {
  for (let until = held?.(); until !== undefined; until = held?.()) await until;
}

/** Seals `group` as the next frames of `stream`; gives them and where the chain then stands. */
export function seal(
  group: Group,
  stream: Uint8Array,
  { chain, sealer }: { readonly chain: Chain; readonly sealer: Sealer },
): { readonly frames: readonly Uint8Array[]; readonly chain: Chain } {
  const frames: Uint8Array[] = [];
  let { seq, tail } = chain;
  for (const [groupIndex, part] of group.parts.entries()) {
    const witnessed = sealer.witnessed();
    const fields: FrameFields = {
      kind: part.gap ? "gap" : "events",
      groupLast: groupIndex === group.parts.length - 1,
      agent: sealer.agent,
      boot: sealer.boot,
      stream,
      epoch: chain.epoch,
      seq,
      groupIndex,
      dictionarySeq: seq,
      rows: part.rows,
      schema: hashOf(part.schema),
      firstTime: part.firstTime,
      lastTime: part.lastTime,
      sealedAt: ticksOf(sealer.now()),
      monotonic: sealer.monotonic(),
      previous: tail,
      rowRoot: part.rowRoot,
      logId: witnessed.logId,
      logSize: witnessed.size,
      logRoot: witnessed.root,
      policy: part.policy ?? sealer.policy,
      keyId: sealer.keyId,
    };
    const frame = sealFrame(fields, part.body, sealer.sign);
    frames.push(frame);
    tail = frameHash(frame);
    seq++;
  }
  return { frames, chain: { epoch: chain.epoch, seq, tail } };
}

const hashes = new WeakMap<Schema, Uint8Array>();

function hashOf(schema: Schema): Uint8Array {
  let hash = hashes.get(schema);
  if (hash === undefined) {
    hash = schemaHash(schema);
    hashes.set(schema, hash);
  }
  return hash;
}
