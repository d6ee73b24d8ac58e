/**
 * Retention over a ledger in memory with real frames, for tests.
 *
 * @module
 */
import { generateKeys, keyHash, signer } from "../../sdk/proof/sign.ts";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { frameHash, packBody, sealFrame } from "../../sdk/wire/frame.ts";
import { type Control, openControl } from "../control.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import type { StoredFile } from "../store/manifest.ts";
import type { RetentionOptions } from "./parts.ts";
import { openRetention, type Retention, type WantedHold } from "./retention.ts";
import type { StoreFiles } from "./store_files.ts";

export const DAY_MS = 86_400_000;
export const START_MS = Date.parse("2026-01-01T00:00:00Z");
const TICKS_PER_MS = 10_000;
const keys = generateKeys();
const sign = signer(keys.privateKey);
const agentKeys = generateKeys();
const agentSign = signer(agentKeys.privateKey);

/** An agent's id in hex. */
export const agentId = (n: number): string => `${n}`.repeat(32).slice(0, 32);

/** What may be said of a frame. */
export interface FrameWords {
  readonly table: string;
  readonly agent?: number;
  /** Of its events, ms since the Unix epoch; default: when it is appended. */
  readonly from?: number;
  readonly to?: number;
}

/** What survives a crash, and what does not. */
export interface Disk {
  readonly files: FaultyFiles;
  readonly control: Control;
  readonly clock: { now: number };
  /** The store's files, as the manifest has them. */
  stored: StoredFile[];
  /** Paths that a query reads. */
  readonly pinned: Set<string>;
}

/** A running hub as far as retention sees it. */
export interface Room extends AsyncDisposable {
  readonly ledger: Ledger;
  readonly retention: Retention;
  /** Appends a frame with a body of its own; gives its index. */
  frame(words: FrameWords): number;
  commit(): Promise<void>;
  /** Reads the ledger up to its end, as fan-out does. */
  follow(): Promise<void>;
}

/** Those that the tests know of. */
const TABLES = ["Audit", "Event", "Perf", "Syslog"];

const tablesOf = new Map<string, string>();

/** A schema's hash that stands for `table`. */
function schemaOf(table: string): Uint8Array {
  const bytes = new Uint8Array(32);
  new TextEncoder().encodeInto(table, bytes);
  tablesOf.set(Buffer.from(bytes).toString("hex"), table);
  return bytes;
}

export function openRoomLedger({ files, clock }: Pick<Disk, "files" | "clock">): Promise<Ledger> {
  return openLedger({
    folder: "/ledger",
    files,
    keys,
    sign,
    now: () => BigInt(clock.now) * 10_000n,
    newLogId: () => new Uint8Array(8).fill(1),
    segmentBytes: 6000,
    tailBytes: 2000,
  });
}

/** Opens a hub on `disk`. */
export async function openRoom(
  disk: Disk,
  { isBehind = false, ...more }:
    & Partial<Pick<RetentionOptions, "section" | "witnessed" | "needed">>
    & { /** Has read nothing of the ledger yet. */ readonly isBehind?: boolean } = {},
): Promise<Room> {
  const { control, clock } = disk;
  const ledger = await openRoomLedger(disk);
  const retention = openRetention({
    control,
    ledger,
    section: { frames: 90, parquet: 180, tables: {}, witness_hours: 24 },
    store: fakeStore(disk),
    now: () => clock.now,
    pause: () => Promise.resolve(),
    tableOf: (schema) => tablesOf.get(schema) ?? "",
    tables: () => TABLES,
    needed: () => ledger.durable,
    cursorsAt: () => new Set(),
    witnessed: () => ledger.durable,
    ...more,
  });
  const follow = async (): Promise<void> => {
    while (retention.follower.next < ledger.durable) {
      await retention.follower.take(await ledger.read(retention.follower.next));
    }
  };
  if (!isBehind) await follow();
  let seq = 0;
  return {
    ledger,
    retention,
    follow,
    frame: (words) =>
      ledger.append("frame", keyHash(agentKeys.publicKey), sealed(words, clock.now, seq++)),
    commit: async () => void await ledger.commit(),
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  };
}

function sealed({ table, agent = 1, from, to }: FrameWords, now: number, seq: number): Uint8Array {
  const batch = { table, rows: 0, columns: [] };
  const cursor = new Uint8Array(100).fill(seq);
  const body = packBody(new BodyEncoder().encode({ batch, cursor }));
  const empty = (size: number): Uint8Array => new Uint8Array(size);
  const ticks = (ms: number): bigint => BigInt(Math.round(ms * TICKS_PER_MS));
  return sealFrame(
    {
      kind: "events",
      groupLast: true,
      agent: new Uint8Array(Buffer.from(agentId(agent), "hex")),
      boot: empty(16),
      stream: empty(8),
      epoch: 1,
      seq,
      groupIndex: 0,
      dictionarySeq: seq,
      rows: 0,
      schema: schemaOf(table),
      firstTime: ticks(from ?? now),
      lastTime: ticks(to ?? from ?? now),
      sealedAt: 0n,
      monotonic: 0n,
      previous: frameHash(empty(394)),
      rowRoot: empty(32),
      logId: empty(8),
      logSize: 0,
      logRoot: empty(32),
      policy: empty(32),
      keyId: empty(8),
    },
    body,
    agentSign,
  );
}

/** Files that are names alone; one that a query reads goes when it has ended. */
function fakeStore(disk: Disk): StoreFiles {
  return {
    list: () => disk.stored,
    hash: ({ path }) => Promise.resolve(Buffer.from(path).toString("hex")),
    remove({ id }, { mayRemove, also }) {
      if (disk.stored.every((file) => file.id !== id)) return Promise.resolve("moved");
      if (!mayRemove()) return Promise.resolve("held");
      disk.control.transaction(also);
      disk.stored = disk.stored.filter((file) => file.id !== id);
      return Promise.resolve("removed");
    },
    isGone: (path) => !disk.pinned.has(path),
  };
}

/** A file of the store. */
export function fileOf(id: number, words: Partial<StoredFile> = {}): StoredFile {
  return {
    id,
    table: "Syslog",
    tier: "cold",
    path: `cold/${id}.parquet`,
    rows: 100,
    bytes: 5000,
    fromMs: START_MS,
    toMs: START_MS,
    timeless: 0,
    receivedMs: START_MS,
    ...words,
  };
}

/** Never aborts. */
export const signal = new AbortController().signal;
export const BY = { by: "test" };

/** An empty disk. */
export function diskOf(): Disk {
  const control = openControl(":memory:");
  return { files: faultyFiles(), control, clock: { now: START_MS }, stored: [], pinned: new Set() };
}

/** A hold on all, but for what is said. */
export const holdOn = (words: Partial<WantedHold> = {}): WantedHold => ({
  name: "case",
  table: "*",
  from: undefined,
  to: undefined,
  agent: undefined,
  reason: "asked",
  by: "ada",
  ...words,
});

/** Indexes of the frames whose bytes are gone. */
export async function gone({ ledger }: Room): Promise<readonly number[]> {
  const found: number[] = [];
  for (let at = 0; at < ledger.durable;) {
    const entries = await ledger.read(at);
    found.push(...entries.filter(({ deleted }) => deleted !== undefined).map(({ index }) => index));
    at += entries.length;
  }
  return found;
}

/** As a hub does: a day passes, its clock with it. */
export async function days(disk: Disk, room: Room, count: number): Promise<void> {
  for (let day = 0; day < count; day++) {
    disk.clock.now += DAY_MS;
    await room.follow();
    await room.retention.run(BY, signal);
  }
}

/** Runs twice: the second carries out what the first could not yet. */
export async function runs({ retention }: Room): Promise<void> {
  await retention.run(BY, signal);
  await retention.run(BY, signal);
}
