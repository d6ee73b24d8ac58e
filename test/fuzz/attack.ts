/**
 * Feeds one target for a while, and says what became of the inputs.
 *
 * Input n of a seed is always the same, so that a find is told by target, seed and n.
 *
 * @module
 */
import { setImmediate as turn } from "node:timers/promises";
import { randomOf } from "../../compile/demo/random.ts";
import { hostile } from "./mutate.ts";
import type { Target } from "./target.ts";

/** The runtime frees what failed calls held only between turns, and inputs come from sockets so. */
const INPUTS_A_TURN = 32;

export interface AttackOptions {
  readonly seed: number;
  /** Asked before each input; n is that of the input. */
  goOn(n: number): boolean;
  /** First input, default 0. */
  readonly from?: number;
}

export interface Outcome {
  readonly inputs: number;
  /** How many inputs met with each verdict. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** CPU time of the slowest input, ms: process-wide, so of an input alone only roughly. */
  readonly slowestMs: number;
}

/** An input on which the system would have crashed. */
export class Find extends Error {
  override readonly name = "Find";
  readonly code = "find";
}

/** @throws {Find} At the first input that is neither accepted nor refused with a code. */
export async function attack(target: Target, options: AttackOptions): Promise<Outcome> {
  const verdicts = new Map<string, number>();
  let slowestMs = 0;
  let n = options.from ?? 0;
  for (; options.goOn(n); n++) {
    if (n % INPUTS_A_TURN === 0) await turn();
    const random = randomOf(Math.imul(options.seed, 0x9e3779b1) + n);
    const input = hostile(target.corpus, random);
    const before = process.cpuUsage();
    const verdict = await taken(target, { input, random, at: `seed ${options.seed}, input ${n}` });
    const { user, system } = process.cpuUsage(before);
    slowestMs = Math.max(slowestMs, (user + system) / 1000);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  return { inputs: n - (options.from ?? 0), verdicts, slowestMs };
}

async function taken(
  target: Target,
  { input, random, at }: {
    readonly input: Uint8Array;
    readonly random: ReturnType<typeof randomOf>;
    readonly at: string;
  },
): Promise<string> {
  try {
    return await target.take(input, random);
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const shown = Buffer.from(input.subarray(0, 64)).toString("hex");
    throw new Find(`${target.name}, ${at} (${input.length} bytes, ${shown}…): ${why}`, { cause });
  }
}
