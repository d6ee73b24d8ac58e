/**
 * The account at the end of day two: of each agent's lines, what the ledger has.
 *
 * @module
 */
import { join } from "node:path";
import { cellOf } from "../../sdk/columns/cell.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import type { DayAgent } from "./agent.ts";

/** All agents together. */
export interface Tally {
  readonly written: number;
  /** Different lines in the ledger. */
  readonly stored: number;
  /** Lines that went with a disk before any hub had them. */
  readonly gone: number;
  /** Lines that are missing although nothing explains it. */
  readonly lost: number;
  /** Lines of agents that have signed a gap without a number, and that are missing. */
  readonly inGaps: number;
  readonly doubled: number;
  readonly gaps: number;
  /** The first numbers of what is wrong, by agent. */
  readonly examples: readonly string[];
}

interface Counted {
  readonly times: Uint16Array;
  gaps: number;
}

/** Reads the ledger in a hub's data folder; the hub must have stopped. */
export async function tallyOf(data: string, agents: readonly DayAgent[]): Promise<Tally> {
  const counted = new Map<DayAgent, Counted>();
  const byId = new Map<string, Counted>();
  for (const agent of agents) {
    const count = { times: new Uint16Array(agent.written), gaps: 0 };
    counted.set(agent, count);
    for (const id of agent.ids) byId.set(id, count);
  }
  for await (const { header, batch } of ledgerFrames(join(data, "ledger"))) {
    const count = byId.get(Buffer.from(header.agent).toString("hex"));
    if (count === undefined) continue;
    if (header.kind === "gap") count.gaps += batch.rows;
    if (batch.table !== "Syslog") continue;
    const numbers = batch.columns.find(({ name }) => name === "ProcessID");
    for (let row = 0; numbers !== undefined && row < batch.rows; row++) {
      const n = cellOf(numbers, row);
      if (typeof n === "number" && n < count.times.length) count.times[n]!++;
    }
  }
  return sumOf(counted);
}

function sumOf(counted: ReadonlyMap<DayAgent, Counted>): Tally {
  const sum = { written: 0, stored: 0, gone: 0, lost: 0, inGaps: 0, doubled: 0, gaps: 0 };
  const examples: string[] = [];
  for (const [agent, { times, gaps }] of counted) {
    const missing: number[] = [];
    const doubled: number[] = [];
    times.forEach((count, n) => {
      if (count > 0) sum.stored++;
      else if (agent.gone.has(n)) sum.gone++;
      else missing.push(n);
      if (count > 1) doubled.push(n);
    });
    sum.written += times.length;
    sum.gaps += gaps;
    sum.doubled += doubled.length;
    sum[gaps > 0 ? "inGaps" : "lost"] += missing.length;
    const example = (what: string, numbers: readonly number[]): void => {
      if (numbers.length === 0) return;
      examples.push(`agent ${agent.number}: ${what} ${numbers.slice(0, 5).join(", ")}`);
    };
    example("missing", missing);
    example("doubled", doubled);
  }
  return { ...sum, examples };
}
