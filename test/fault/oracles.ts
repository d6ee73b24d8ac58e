/**
 * What must hold when all has come to rest.
 *
 * @module
 */
import { statusOf } from "../../agent/source.ts";
import { checkLedger } from "../../hub/ledger/segments.ts";
import { LedgerError } from "../../hub/ledger/ledger_error.ts";
import type { LedgerEntry } from "../../hub/ledger/ledger.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import { decodeBody, frameHash, parseHeader } from "../../sdk/wire/frame.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { hashOf } from "./frame_book.ts";
import type { Machine } from "./proc.ts";
import { SOURCES } from "./sim_agent.ts";
import { openSimLedger } from "./sim_hub.ts";
import type { Simulation } from "./simulation.ts";

/** Conservation, of the life that is at rest. */
export function checkRest(sim: Simulation): void {
  for (const pipeline of sim.agent?.pipelines ?? []) {
    const { source, plugin } = pipeline.options;
    const { conserved, read, acked, shed } = statusOf({ name: source, plugin }, pipeline);
    if (!conserved) sim.wrong(`${source}: its counts do not add up`);
    if (read !== acked + shed) sim.wrong(`${source}: read ${read}, acked ${acked}, shed ${shed}`);
  }
}

/** One stream as the ledger has it. */
interface Found {
  readonly numbers: number[];
  /** By boot: what gaps say that it has lost. */
  readonly gaps: Map<string, number>;
  /** By boot: its newest event. */
  readonly newest: Map<string, number>;
}

/** Reads the ledger as a start does; gives what is damaged. */
export async function checkLedgerAtRest(
  sim: Simulation,
  machine: Machine,
): Promise<string | undefined> {
  const { disk, world } = machine;
  disk.plan = () => undefined;
  disk.syncing = () => Promise.resolve();
  try {
    await using ledger = await openSimLedger(sim, { files: disk, wall: () => 1.8e12 + world.now });
    const entries: LedgerEntry[] = [];
    for (;;) {
      const some = await ledger.read(entries.length);
      if (some.length === 0) break;
      entries.push(...some);
    }
    const { size, root } = ledger.checkpoint;
    const checked = await checkLedger(disk, "/ledger");
    if (checked.size !== size || Buffer.compare(checked.root, root) !== 0) {
      sim.wrong("the ledger's tree is not the one that it signs");
    }
    const { seen } = sim.heads;
    if (seen !== undefined && seen.size > size) {
      sim.wrong("the ledger is shorter than it has signed");
    }
    judge(sim, entries);
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError) return error.message;
    throw error;
  }
}

function judge(sim: Simulation, entries: readonly LedgerEntry[]): void {
  const frames = entries.filter(({ kind }) => kind === "frame").map(({ payload }) => payload);
  checkChains(sim, frames);
  const held = new Set(frames.map(hashOf));
  for (const at of sim.frames.missing(held, sim.ledgerFlipped)) {
    sim.wrong(`${at} was acknowledged and is gone`);
  }
  const [log, net] = SOURCES.map((name) => foundOf(frames, streamIdOf(name)));
  checkReplayable(sim, log!);
  checkLossy(sim, net!);
}

/** Seqs of an epoch are whole and chained, epochs rise, and nothing is there that was not sent. */
function checkChains(sim: Simulation, frames: readonly Uint8Array[]): void {
  const at = new Map<string, { epoch: number; next: number; tail: Uint8Array }>();
  for (const bytes of frames) {
    const { stream, epoch, seq, previous } = parseHeader(bytes);
    const key = Buffer.from(stream).toString("hex");
    const before = at.get(key);
    const place = `${key}/${epoch}/${seq}`;
    const isSame = before?.epoch === epoch;
    if (!sim.frames.isKnown(bytes)) sim.wrong(`${place} is in the ledger and was never sent`);
    if (before !== undefined && epoch < before.epoch) sim.wrong(`${place} is of a closed epoch`);
    if (seq !== (isSame ? before.next : 0)) sim.wrong(`${place} is out of its place`);
    const tail = isSame ? before.tail : new Uint8Array(32);
    if (Buffer.compare(tail, previous) !== 0) sim.wrong(`${place} breaks the chain`);
    at.set(key, { epoch, next: seq + 1, tail: frameHash(bytes) });
  }
}

function foundOf(frames: readonly Uint8Array[], stream: Uint8Array): Found {
  const found: Found = { numbers: [], gaps: new Map(), newest: new Map() };
  for (const bytes of frames) {
    const header = parseHeader(bytes);
    if (Buffer.compare(header.stream, stream) !== 0) continue;
    const boot = Buffer.from(header.boot).toString("hex");
    const { batch } = decodeBody(bytes, header);
    for (let row = 0; row < batch.rows; row++) {
      const { N, Count } = rowOf(batch, row);
      if (header.kind === "gap") {
        found.gaps.set(boot, (found.gaps.get(boot) ?? 0) + Number(Count ?? 0));
      } else {
        found.numbers.push(Number(N));
        found.newest.set(boot, Number(N));
      }
    }
  }
  return found;
}

/** Lost 0, doubled 0, out of order 0. */
function checkReplayable(sim: Simulation, { numbers }: Found): void {
  const at = numbers.findIndex((n, i) => n !== i + 1);
  if (at >= 0) {
    sim.wrong(`log: event ${at + 1} should follow ${at}, ${numbers[at]} does (${numbers.length})`);
  } else if (numbers.length !== sim.logged) {
    sim.wrong(`log: ${numbers.length} events of ${sim.logged}`);
  }
}

/**
 * Nothing doubled or out of order; what a life has lost while it went on is in its gaps. What was
 * in memory when the life ended nobody could count: a new boot id says so.
 */
function checkLossy(sim: Simulation, { numbers, gaps, newest }: Found): void {
  const at = numbers.findIndex((n, i) => i > 0 && n <= numbers[i - 1]!);
  if (at >= 0) sim.wrong(`net: event ${numbers[at]} comes after ${numbers[at - 1]}`);
  if (sim.damaged) return;
  const held = new Set(numbers);
  const all = { lost: 0, told: 0 };
  for (const [boot, { from, to }] of sim.lives) {
    const last = to === undefined ? sim.emitted : newest.get(boot) ?? 0;
    let lost = 0;
    for (let n = from + 1; n <= last; n++) if (!held.has(n)) lost++;
    const told = gaps.get(boot) ?? 0;
    all.lost += lost;
    all.told += told;
    if (lost > told) {
      sim.wrong(`net: ${lost} events of ${from + 1} to ${last} are lost, gaps tell of ${told}`);
    }
  }
  if (all.lost > all.told) sim.wrong(`net: ${all.lost} events are lost, gaps tell of ${all.told}`);
}
