/**
 * A small world to make bundles in: one agent's frames in one hub's log, with a witness.
 *
 * @module
 */
import type { ColumnBatch } from "../columns/column.ts";
import { type BundleRecord, bundleWriter, type ClaimedKey } from "../proof/bundle.ts";
import { type Checkpoint, originOf, signCheckpoint } from "../proof/checkpoint.ts";
import { inclusionProof, leafHash, subtreesOf } from "../proof/merkle.ts";
import { nativeProvider } from "../proof/native_provider.ts";
import { keyHash, keyId, type Keys, publicKeyOf, signer } from "../proof/sign.ts";
import { sha256 } from "../runtime/hash.ts";
import { BodyEncoder } from "../wire/body.ts";
import { type FrameFields, frameHash, packBody, sealFrame } from "../wire/frame.ts";
import { stringsOf } from "./arbitraries.ts";

export const ORIGIN: string = originOf(new Uint8Array(8).fill(7));
export const SOURCE = "syslog";

/** Keys that are the same in each run. */
export function keysOf(n: number): Keys {
  const privateKey = new Uint8Array(32).fill(n);
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

export const AGENT: Keys = keysOf(1);
export const HUB: Keys = keysOf(2);
export const WITNESS: ClaimedKey = {
  role: "witness",
  name: "witness.example/w1",
  publicKey: keysOf(3).publicKey,
};

/** Kinds of ledger entries, by number. */
export const ENTRY = { frame: 1, tick: 2, epoch: 4, agent: 5, succession: 8 } as const;

/** The bytes of a ledger entry. */
export function entryOf(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(42 + payload.length);
  bytes[0] = 1;
  bytes[1] = kind;
  bytes.set(keyHash(AGENT.publicKey), 10);
  bytes.set(payload, 42);
  return bytes;
}

export const agentId: Uint8Array = keyHash(AGENT.publicKey).subarray(0, 16);
export const streamId: Uint8Array = sha256(
  "custos/stream/v1",
  new TextEncoder().encode(SOURCE),
).subarray(0, 8);

export function jsonOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The agent's enrolment. */
export function enrolment(keys: Keys = AGENT): Uint8Array {
  const id = Buffer.from(keyHash(keys.publicKey).subarray(0, 16)).toString("hex");
  const publicKey = Buffer.from(keys.publicKey).toString("hex");
  return entryOf(
    ENTRY.agent,
    jsonOf({ id, publicKey, host: "web-1", os: "linux", state: "active" }),
  );
}

/** An epoch's opening. */
export function opening(
  epoch: number,
  before?: { readonly epoch: number; readonly next: number; readonly tail: Uint8Array },
): Uint8Array {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return entryOf(
    ENTRY.epoch,
    jsonOf({
      agent: hex(agentId),
      stream: hex(streamId),
      name: SOURCE,
      plugin: SOURCE,
      epoch,
      reason: "first",
      ...(before && { before: { ...before, tail: hex(before.tail) } }),
    }),
  );
}

/** What a frame of the room may have other than the usual. */
export type FrameWishes = Partial<FrameFields> & {
  readonly batch?: ColumnBatch;
  readonly by?: Keys;
  /** In the body. */
  readonly bodySeed?: Uint8Array;
};

/** A frame of `rows` rows; `seq` 0 of epoch 1 unless wished otherwise. */
export function frameOf(wishes: FrameWishes = {}): Uint8Array {
  const { by = AGENT, batch = batchOf(3), bodySeed: seed, ...fields } = wishes;
  const body = packBody(
    new BodyEncoder().encode({ batch, cursor: undefined, ...(seed && { seed }) }),
  );
  const seq = fields.seq ?? 0;
  return sealFrame(
    {
      kind: "events",
      groupLast: true,
      agent: agentId,
      boot: new Uint8Array(16).fill(9),
      stream: streamId,
      epoch: 1,
      seq,
      groupIndex: 0,
      dictionarySeq: seq,
      rows: batch.rows,
      schema: new Uint8Array(32).fill(5),
      firstTime: 10n,
      lastTime: 20n,
      sealedAt: 30n,
      monotonic: 40n,
      previous: new Uint8Array(32),
      rowRoot: new Uint8Array(32),
      logId: new Uint8Array(8),
      logSize: 0,
      logRoot: new Uint8Array(32),
      policy: new Uint8Array(32),
      keyId: keyId(AGENT.publicKey),
      ...fields,
    },
    body,
    signer(by.privateKey),
  );
}

/** `count` frames of epoch 1, each naming the one before it. */
export function chainOf(count: number, rows = 3): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let seq = 0; seq < count; seq++) {
    const before = frames.at(-1);
    frames.push(frameOf({
      seq,
      batch: batchOf(rows, seq),
      ...(before && { previous: frameHash(before) }),
    }));
  }
  return frames;
}

/** Rows of one text column. */
export function batchOf(rows: number, seed = 0): ColumnBatch {
  const texts = Array.from({ length: rows }, (_, row) => `Failed password ${seed} ${row * 7919}`);
  const message = { name: "SyslogMessage", type: "string", absent: undefined } as const;
  return {
    table: "Syslog",
    rows,
    columns: [{ form: "text", ...message, rows: stringsOf(texts) }],
  };
}

/** C2SP tlog-cosignature of a note by {@link WITNESS}, at second `time`. */
export function cosigned(note: string, time = 1_790_000_000): string {
  const end = note.indexOf("\n\n") + 1;
  const message = new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${note.slice(0, end)}`);
  const id = sha256(`${WITNESS.name}\n`, Uint8Array.of(4), WITNESS.publicKey).subarray(0, 4);
  const at = new Uint8Array(8);
  new DataView(at.buffer).setBigUint64(0, BigInt(time));
  const signature = signer(keysOf(3).privateKey)(message);
  const base64 = Buffer.concat([id, at, signature]).toString("base64");
  return `${note}\u2014 ${WITNESS.name} ${base64}\n`;
}

/** The log's signed head over `entries`. */
export function headOf(entries: readonly Uint8Array[], by: Keys = HUB): Checkpoint {
  const leaves = entries.map((entry) => leafHash(entry));
  const head = { origin: ORIGIN, size: leaves.length, root: subtreesOf(leaves)(0, leaves.length) };
  return signCheckpoint(head, by.publicKey, signer(by.privateKey));
}

/** The records of a bundle over all `entries` of the log. */
export function recordsOf(entries: readonly Uint8Array[]): readonly BundleRecord[] {
  const subtree = subtreesOf(entries.map((entry) => leafHash(entry)));
  return [
    { kind: "checkpoint", note: cosigned(headOf(entries).note) },
    { kind: "key", role: "hub", name: ORIGIN, publicKey: HUB.publicKey },
    { kind: "key", ...WITNESS },
    ...entries.map((entry, index): BundleRecord => ({
      kind: "entry",
      index,
      proof: inclusionProof(index, entries.length, subtree),
      entry,
    })),
    { kind: "end" },
  ];
}

/** A bundle's bytes. */
export function bytesOf(records: readonly BundleRecord[]): Uint8Array {
  const writer = bundleWriter(nativeProvider.sha256);
  return new Uint8Array(Buffer.concat([writer.start(), ...records.map((r) => writer.record(r))]));
}

/** A whole, good log: enrolment, epoch, `frames` frames. */
export function logOf(frames: readonly Uint8Array[]): readonly Uint8Array[] {
  return [enrolment(), opening(1), ...frames.map((frame) => entryOf(ENTRY.frame, frame))];
}
