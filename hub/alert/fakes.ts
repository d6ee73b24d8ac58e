/**
 * Findings, and a clock that a test moves, for the tests of this folder.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import { type Finding, findingId, type Hit } from "../detect/detector.ts";

export const T0 = 1_750_000_000_000;

/** A row of evidence at ledger entry `entry`. */
export function evidence(entry: number): Evidence {
  const time = new Date(T0 + entry * 1_000).toISOString();
  return {
    entry,
    row: 0,
    table: "Logins",
    agent: "a1",
    source: "web",
    time,
    fields: { Host: "h1" },
  };
}

/** A finding of rule `r1` at ledger entry `entry`. */
export function finding(entry: number, change: Partial<Finding> = {}): Finding {
  const hit: Hit = {
    kind: change.kind ?? "hit",
    entity: change.entity ?? "h1",
    summary: "Seen",
    events: 3,
    evidence: [evidence(entry)],
  };
  return {
    ...hit,
    id: findingId(change.rule ?? "r1", hit, entry),
    rule: "r1",
    title: "Rule one",
    severity: "high",
    entry,
    hubMs: T0 + entry * 1_000,
    ...change,
  };
}

/** Findings as stage 5 keeps them. */
export function findingLog(...findings: readonly Finding[]) {
  const all = [...findings];
  return {
    all,
    after: (number: number, limit: number) =>
      all.map((one, i) => ({ number: i + 1, finding: one })).filter((one) => one.number > number)
        .slice(0, limit),
  };
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that stands until a test moves it. */
export function fakeClock() {
  let now = T0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    sleep(ms: number, signal: AbortSignal): Promise<void> {
      return new Promise((done) => {
        if (signal.aborted) return done();
        const sleeper = {
          atMs: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            done();
          },
        };
        sleepers.add(sleeper);
        signal.addEventListener("abort", sleeper.wake, { once: true });
      });
    },
    /** Moves to the moment at which the next sleeper wakes, and lets it run. */
    async next(): Promise<void> {
      const [first] = [...sleepers].toSorted((a, b) => a.atMs - b.atMs);
      if (first === undefined) throw new RangeError("Cannot move clock: nobody sleeps");
      now = Math.max(now, first.atMs);
      first.wake();
      await settled();
    },
  };
}

/** Lets everything run that waits for no clock and no network. */
export function settled(): Promise<void> {
  return new Promise((done) => setImmediate(() => setImmediate(done)));
}
