/**
 * Runs the hub's stages, as many as are asked for, over recorded frames, and says what they cost.
 *
 * @module
 */
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { type Control, openControl } from "../hub/control.ts";
import { openDetect } from "../hub/detect/detect.ts";
import { loadRules } from "../hub/detect/load_rules.ts";
import { fanOut } from "../hub/fanout/fanout.ts";
import { createHandover } from "../hub/fanout/handover.ts";
import type { Follower } from "../hub/fanout/follower.ts";
import { DEFAULT_LIMITS, type Ingest } from "../hub/ingest/ingest.ts";
import { createRefusals } from "../hub/ingest/refusals.ts";
import { createIndex, streamKey } from "../hub/ingest/stream_index.ts";
import { type Ledger, openLedger } from "../hub/ledger/ledger.ts";
import { createLive } from "../hub/live/live.ts";
import { openSources } from "../hub/live/sources.ts";
import { openManifest } from "../hub/store/manifest.ts";
import { openStore, type Store } from "../hub/store/store.ts";
import { generateKeys, signer } from "../sdk/proof/sign.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../sdk/scrub/address.ts";
import { feed } from "./feed.ts";
import type { RecordedFrames } from "./recorded_frames.ts";

/** In the order in which they are added: the difference of two runs is what a stage costs. */
export const STAGES = ["admit and record", "detect", "live and sources", "store"] as const;

export interface HubCost {
  /** User and system, all threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly findings: number;
}

/** Feeds `recorded` to the first `stages` of {@link STAGES}, in an empty folder. */
export async function measureHub(
  recorded: RecordedFrames,
  { folder, stages }: { readonly folder: string; readonly stages: number },
): Promise<HubCost> {
  await using ledger = await ledgerIn(folder);
  await using control = openControl(join(folder, "control.sqlite"));
  const { rules } = await loadRules({
    names: () => Promise.resolve([]),
    read: () => Promise.resolve(""),
  });
  await using detect = openDetect({ control, rules });
  await using store = await storeIn(folder, control);
  const groups: readonly (readonly Follower[])[] = [
    [],
    [detect],
    [createLive(0, Date.now).follower, openSources(control, Date.now).follower],
    [store],
  ];
  const followers = groups.slice(0, stages).flat();
  const { ingest, decoded, sourceName } = ingestInto(ledger);
  const stop = new AbortController();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const following = fanOut(ledger, followers, stop.signal, { sourceName, decoded });
  await feed(ingest, recorded);
  while (followers.some(({ next }) => next < ledger.durable)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await store.flush();
  const wallSeconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  stop.abort();
  await following;
  return { cpuSeconds: (user + system) / 1e6, wallSeconds, findings: detect.counts.findings };
}

function ledgerIn(folder: string): Promise<Ledger> {
  const keys = generateKeys();
  return openLedger({
    folder: join(folder, "ledger"),
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => BigInt(Date.now()) * 10_000n,
    newLogId: () => new Uint8Array(randomBytes(8)),
  });
}

function storeIn(folder: string, control: Control): Promise<Store> {
  return openStore({
    manifest: openManifest(control),
    folder: join(folder, "store"),
    files: nodeFiles(),
    categories: ADDRESS_CATEGORIES,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

/** Admission with a quota that no run reaches, and the way from it to the followers. */
function ingestInto(ledger: Ledger) {
  const index = createIndex();
  const handover = createHandover();
  const ingest: Ingest = {
    ledger,
    index,
    logId: ledger.logId,
    limits: () => ({ ...DEFAULT_LIMITS, bytesPerSecond: 1e9 }),
    events: {
      recorded: handover.put,
      fatal(error) {
        throw error;
      },
    },
    now: Date.now,
    random: (size) => new Uint8Array(randomBytes(size)),
    connected: new Map(),
    refusals: createRefusals(),
  };
  const sourceName = (agent: string, stream: string) =>
    index.streams.get(streamKey(agent, stream))?.name;
  return { ingest, decoded: handover.take, sourceName };
}
