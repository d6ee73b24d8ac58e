/**
 * Which sources are still being learned: what they send is taken as ordinary.
 *
 * A new host does not raise an alert for all it runs: until its source has sent enough events for
 * long enough, nothing of it is new.
 *
 * @module
 */
import type { Cell, Facts } from "./detector.ts";
import { Entities } from "./entities.ts";

/** A source is learned until both are reached. */
export interface Learn {
  readonly events: number;
  readonly forMs: number;
}

/** The sources of one rule. */
export interface Sources {
  /** Counts `events` of a batch; true while its source is being learned, and how many had to go. */
  learns(facts: Facts, events: number): readonly [boolean, number];
  save(): readonly Cell[];
  load(cells: readonly Cell[]): void;
}

interface Source {
  readonly sinceMs: number;
  readonly events: number;
}

export function sourcesOf(learn: Learn, limit: number): Sources {
  const sources = new Entities<Source>(limit);
  return {
    learns(facts, events) {
      const source = `${facts.agent} ${facts.source}`;
      const known = sources.get(source) ?? { sinceMs: facts.hubMs, events: 0 };
      if (known.events >= learn.events && facts.hubMs - known.sinceMs >= learn.forMs) {
        return [false, 0];
      }
      const counted = { ...known, events: Math.min(known.events + events, learn.events) };
      return [true, sources.set(source, counted)];
    },
    save: () => sources.save(),
    load: (cells) => sources.load(cells),
  };
}

/** `cells` with `prefix` before their keys. */
export function prefixed(prefix: string, cells: readonly Cell[]): readonly Cell[] {
  return cells.map(({ key, value }) => ({ key: prefix + key, value }));
}

/** Those of `cells` that {@link prefixed} gave, as they were before. */
export function unprefixed(prefix: string, cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ key }) => key.startsWith(prefix))
    .map(({ key, value }) => ({ key: key.slice(prefix.length), value }));
}
