/**
 * How often somebody may call: a token bucket a caller, of which there is a bounded number.
 *
 * @module
 */

/** A bucket's size and how fast it fills. */
export interface Limit {
  /** Calls that may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Takes from buckets. */
export interface Limiter {
  /** 0 where the call may go on, else the ms after which one may. */
  take(who: string): number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Buckets that are kept; the least recently used one goes first, and was full or will be. */
const MOST_BUCKETS = 10_000;

/** Creates a limiter. */
export function createLimiter(limit: Limit, now: () => number): Limiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(who) {
      const at = now();
      const old = buckets.get(who) ?? { tokens: limit.burst, at };
      const filled = old.tokens + Math.max(0, at - old.at) / 1000 * limit.perSecond;
      const tokens = Math.min(limit.burst, filled);
      buckets.delete(who);
      buckets.set(who, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
      if (buckets.size > MOST_BUCKETS) buckets.delete(buckets.keys().next().value!);
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / limit.perSecond * 1000);
    },
  };
}
