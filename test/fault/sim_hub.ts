/**
 * The simulated hub: the real ledger, index and sessions, over a disk and a link that are not there.
 *
 * @module
 */
import { encodeEntry } from "../../hub/ingest/entries.ts";
import { appendEntry, DEFAULT_LIMITS, type Ingest } from "../../hub/ingest/ingest.ts";
import type { IngestLedger } from "../../hub/ingest/ingest_ledger.ts";
import { loadIndex } from "../../hub/ingest/load_index.ts";
import { createRefusals } from "../../hub/ingest/refusals.ts";
import type { Session } from "../../hub/ingest/session.ts";
import { type Ledger, openLedger } from "../../hub/ledger/ledger.ts";
import { keyHash } from "../../sdk/proof/sign.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import type { Proc } from "./proc.ts";
import type { Simulation } from "./simulation.ts";

/** A running hub. */
export interface SimHub {
  readonly proc: Proc;
  readonly ledger: Ledger;
  readonly ingest: Ingest;
  readonly sessions: Set<Session>;
}

export function openSimLedger(
  sim: Simulation,
  { files, wall }: { readonly files: Files; readonly wall: () => number },
): Promise<Ledger> {
  return openLedger({
    folder: "/ledger",
    files,
    keys: sim.hubKeys.keys,
    sign: sim.hubKeys.sign,
    now: () => BigInt(Math.floor(wall())) * 10_000n,
    newLogId: () => sim.logId,
    segmentBytes: 4_000,
    tailBytes: 4_000,
  });
}

/** Starts it; rejects, or never settles, if it dies meanwhile. */
export async function startHub(sim: Simulation, proc: Proc): Promise<SimHub> {
  const wall = () => proc.wall();
  const ledger = await proc.live(openSimLedger(sim, { files: proc.files(), wall }));
  const logId = Buffer.from(sim.logId).toString("hex");
  const index = await proc.live(loadIndex(ledger, logId, undefined));
  const watched: IngestLedger = {
    get size() {
      return ledger.size;
    },
    get checkpoint() {
      return ledger.checkpoint;
    },
    append: (kind, hash, payload) =>
      proc.within("record", () => {
        sim.flipHub("record");
        return ledger.append(kind, hash, payload);
      }),
    commit: () => proc.within("sync", () => proc.live(ledger.commit())),
    tiles: { consistency: (from, to) => proc.live(ledger.tiles.consistency(from, to)) },
    read: (from, options) => proc.live(ledger.read(from, options)),
  };
  const ingest: Ingest = {
    ledger: watched,
    index,
    logId: sim.logId,
    limits: () => {
      if (proc.isAlive) sim.creditAsked(proc.stage);
      const windowBytes = sim.world.now < sim.noCreditUntil ? 0 : DEFAULT_LIMITS.windowBytes;
      return { ...DEFAULT_LIMITS, windowBytes };
    },
    events: {
      fatal: (error) => proc.end("error", error),
      equivocation: ({ stream, epoch, seq }) =>
        sim.wrong(`equivocation noted at ${stream}/${epoch}/${seq}`),
    },
    refusals: createRefusals(),
    now: () => Math.floor(wall()),
    random: (n) => sim.world.chance.bytes(n),
    connected: new Map(),
  };
  await introduce(sim, ingest);
  proc.started();
  const hub: SimHub = { proc, ledger, ingest, sessions: new Set() };
  tickEach(hub);
  return hub;
}

/** Enrols the one agent. */
async function introduce(sim: Simulation, ingest: Ingest): Promise<void> {
  const { publicKey } = sim.agentKeys.keys;
  const hash = keyHash(publicKey);
  const id = Buffer.from(hash.subarray(0, 16)).toString("hex");
  if (ingest.index.agents.has(id)) return;
  const hex = Buffer.from(publicKey).toString("hex");
  const entry = { id, publicKey: hex, host: "host", os: "none", state: "active" } as const;
  appendEntry(ingest, { kind: "agent", keyHash: hash, payload: encodeEntry(entry) });
  await ingest.ledger.commit();
}

function tickEach({ proc, sessions }: SimHub): void {
  const again = (): void =>
    void proc.after(1_000, () => {
      for (const session of sessions) session.tick();
      again();
    });
  again();
}
