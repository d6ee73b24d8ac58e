/**
 * Many seeds, one after the other, and what came of them together.
 *
 * @module
 */
import { simulate } from "./simulation.ts";

/** At least, in each seed. */
export const LEAST = { events: 200, faults: 5 } as const;

export interface Tally {
  readonly seeds: number;
  readonly events: number;
  readonly faults: number;
  /** `fault/stage`, how often. */
  readonly hits: readonly (readonly [string, number])[];
  /** Seeds at whose end the agent had found out that a bit flip cost the hub an entry. */
  readonly foundOut: number;
  readonly failed: readonly { readonly seed: number; readonly wrongs: readonly string[] }[];
}

/** `stops`: at the first that fails. */
export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
  readonly stops?: boolean;
}

export async function runSeeds(
  { from, seeds, stops = false }: SeedRange,
  trace?: (line: string) => void,
): Promise<Tally> {
  const tallies: Tally[] = [];
  for (let seed = from; seed < from + seeds; seed++) {
    const { events, faults, hits, wrongs, isFoundOut } = await simulate(seed, trace);
    const isWeak = !isFoundOut && (events < LEAST.events || faults < LEAST.faults);
    const foundOut = isFoundOut ? 1 : 0;
    const all = isWeak ? [...wrongs, `only ${events} events and ${faults} faults`] : wrongs;
    const failed = all.length === 0 ? [] : [{ seed, wrongs: all }];
    tallies.push({ seeds: 1, events, faults, hits: [...hits], foundOut, failed });
    if (stops && failed.length > 0) break;
  }
  return together(tallies);
}

export function together(tallies: readonly Tally[]): Tally {
  const hits = new Map<string, number>();
  for (const [cell, count] of tallies.flatMap((tally) => tally.hits)) {
    hits.set(cell, (hits.get(cell) ?? 0) + count);
  }
  const sum = (of: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    seeds: sum((tally) => tally.seeds),
    events: sum((tally) => tally.events),
    faults: sum((tally) => tally.faults),
    hits: [...hits],
    foundOut: sum((tally) => tally.foundOut),
    failed: tallies.flatMap((tally) => tally.failed),
  };
}
