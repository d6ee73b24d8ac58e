/**
 * A hub's data folder with a ledger of sealed frames and a store that is made of them, for tests.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { keyHash, signer } from "../../sdk/proof/sign.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { AGENT, enrolment, frameOf, HUB, jsonOf, opening } from "../../sdk/testkit/bundle_room.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { type Control, openControl } from "../control.ts";
import { openItems } from "../fanout/items.ts";
import { sourceNamesOf } from "../fanout/source_names.ts";
import { HUB_KEY_HASH } from "../ledger/entry.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { CONTROL_FILE } from "../listening.ts";
import { noteRecorder } from "../notes.ts";
import { compactFiles } from "./cold/compact_files.ts";
import { COMPACT_POLICY, compactOnce, type CompactPolicy } from "./compact.ts";
import type { Engine, EngineCompact } from "./engine.ts";
import { type Manifest, openManifest } from "./manifest.ts";
import { openStore } from "./store.ts";
import { never } from "./test_room.ts";

export interface LedgerRoom extends AsyncDisposable {
  /** The hub's data folder. */
  readonly folder: string;
  readonly control: Control;
  readonly manifest: Manifest;
  readonly ledger: Ledger;
  /** Records each batch as a frame of its own, and stores them in one flush. */
  take(batches: readonly ColumnBatch[]): Promise<void>;
  /** Puts hot files together, as long as there is something to do. */
  compact(policy?: Partial<CompactPolicy>): Promise<void>;
  /** Closes ledger and control file, as a stop of the hub does. */
  stop(): Promise<void>;
}

/** Every file is worth it. */
const EAGER: CompactPolicy = { ...COMPACT_POLICY, hotFiles: 1, coldFiles: 1e9 };
const AGENT_HASH = keyHash(AGENT.publicKey);

/** Where a room is; by default on the disk. */
export interface RoomPlace {
  readonly files: Files;
  readonly folder: string;
  readonly control: Control;
}

export async function openLedgerRoom(place: RoomPlace = onDisk()): Promise<LedgerRoom> {
  const { files, folder, control } = place;
  const manifest = openManifest(control);
  const ledger = await openRoomLedger(folder, files);
  const append = frameWriter(ledger);
  const store = await openStore({
    manifest,
    folder: join(folder, "store"),
    files,
    categories: ADDRESS_CATEGORIES,
    after: never,
    pause: () => Promise.resolve(),
  });
  const items = openItems({ sourceName: sourceNamesOf(ledger) });
  const follow = async (): Promise<void> => {
    while (store.next < ledger.durable) {
      await store.take(await items(await ledger.read(store.next)));
    }
    await store.flush();
  };
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await ledger[Symbol.asyncDispose]();
    await control[Symbol.asyncDispose]();
  };
  return {
    folder,
    control,
    manifest,
    ledger,
    async take(batches) {
      batches.forEach(append);
      await ledger.commit();
      await follow();
    },
    async compact(policy) {
      await compactAll({ place, manifest, ledger }, { ...EAGER, ...policy });
      await follow();
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (place.files === DISK) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const DISK = nodeFiles();

function onDisk(): RoomPlace {
  const folder = mkdtempSync(join(tmpdir(), "custos-ledger-"));
  return { files: DISK, folder, control: openControl(join(folder, CONTROL_FILE)) };
}

/** Appends a batch as the next frame of one stream, and what a frame needs before it. */
function frameWriter(ledger: Ledger): (batch: ColumnBatch) => void {
  if (ledger.size === 0) {
    ledger.append("agent", HUB_KEY_HASH, enrolment().subarray(42));
    ledger.append("epoch", HUB_KEY_HASH, opening(1).subarray(42));
  }
  let [previous, seq] = [new Uint8Array(32), 0];
  const schemas = new Map<string, Uint8Array>();
  return (batch) => {
    let schema = schemas.get(batch.table);
    if (schema === undefined) {
      const payload = jsonOf({ name: batch.table, columns: {} });
      ledger.append("schema", HUB_KEY_HASH, payload);
      schema = sha256("custos/schema/v1", payload);
      schemas.set(batch.table, schema);
    }
    const frame = frameOf({ seq: seq++, batch, previous, schema });
    previous = new Uint8Array(frameHash(frame));
    ledger.append("frame", AGENT_HASH, frame);
  };
}

async function compactAll(
  { place: { files, folder }, manifest, ledger }: {
    readonly place: RoomPlace;
    readonly manifest: Manifest;
    readonly ledger: Ledger;
  },
  policy: CompactPolicy,
): Promise<void> {
  const engine = {
    compact: async (request: EngineCompact) => compactFiles(files, { kind: "compact", ...request }),
  };
  const options = {
    manifest,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is asked
    engine: engine as Partial<Engine> as Engine,
    files,
    folder: join(folder, "store"),
    policy,
    record: noteRecorder(ledger),
  };
  const { signal } = new AbortController();
  while (await compactOnce(options, signal));
}

/** The ledger of a room; the hub's key is that of the bundles' room. */
export function openRoomLedger(folder: string, files: Files): Promise<Ledger> {
  return openLedger({
    folder: join(folder, "ledger"),
    files,
    keys: HUB,
    sign: signer(HUB.privateKey),
    now: () => 17_900_000_000_000_000n,
    newLogId: () => new Uint8Array(8).fill(7),
  });
}
