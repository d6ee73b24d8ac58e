/**
 * Events per second by source, over the last ten seconds.
 *
 * @module
 */

/** Seconds that a mean spans. */
const SPAN = 10;

/** Events per second of one source. */
export interface SourceRate {
  readonly agent: string;
  readonly source: string;
  readonly eventsPerSecond: number;
}

/** Counts events and, once a second, turns the counts into rates. */
export interface Rates {
  add(agent: string, source: string, events: number): void;
  /** Ends a second; gives the events counted in it. */
  tick(): number;
  /** Sources that had events within the span, by their means. */
  list(): readonly SourceRate[];
  /** The mean of one source. */
  of(agent: string, source: string): number;
}

interface Counted {
  readonly agent: string;
  readonly source: string;
  /** Events of the last seconds; the last is of the running one. */
  readonly seconds: number[];
}

/** Creates counters that have counted nothing. */
export function createRates(): Rates {
  const counted = new Map<string, Counted>();
  let total = 0;
  return {
    add(agent, source, events) {
      const key = keyOf(agent, source);
      const own = counted.get(key) ?? { agent, source, seconds: [0] };
      own.seconds[own.seconds.length - 1]! += events;
      counted.set(key, own);
      total += events;
    },
    tick() {
      for (const [key, { seconds }] of counted) {
        seconds.push(0);
        if (seconds.length > SPAN + 1) seconds.shift();
        if (seconds.every((events) => events === 0)) counted.delete(key);
      }
      const ended = total;
      total = 0;
      return ended;
    },
    list: () =>
      [...counted.values()].map((own) => ({
        agent: own.agent,
        source: own.source,
        eventsPerSecond: mean(own.seconds),
      })),
    of: (agent, source) => mean(counted.get(keyOf(agent, source))?.seconds ?? []),
  };
}

function keyOf(agent: string, source: string): string {
  return `${agent} ${source}`;
}

/** Of the whole seconds: the running one would pull it down. */
function mean(seconds: readonly number[]): number {
  const whole = seconds.slice(0, -1);
  if (whole.length === 0) return 0;
  return Math.round(whole.reduce((sum, events) => sum + events, 0) / whole.length * 10) / 10;
}
