/**
 * How many bytes of frames an agent may have sent: what the hub has settled, a window ahead of it,
 * and no more than the agent's quota.
 *
 * @module
 */

/** Bytes since the connection opened, and the quota's bucket. */
export interface Credit {
  received: number;
  /** Received and durable, refused or dropped. */
  settled: number;
  granted: number;
  /** Bytes that the quota lets go now. */
  tokens: number;
  /** When `tokens` was right, in ms. */
  at: number;
}

export interface CreditLimits {
  /** Bytes in flight; 0 stops the agent (rule 8). */
  readonly windowBytes: number;
  readonly bytesPerSecond: number;
}

export function createCredit(limits: CreditLimits, now: number): Credit {
  return { received: 0, settled: 0, granted: 0, tokens: capacityOf(limits), at: now };
}

/** Grants what can be granted now; gives the absolute credit, which never falls. */
export function grant(credit: Credit, limits: CreditLimits, now: number): number {
  const refilled = credit.tokens + Math.max(0, now - credit.at) / 1000 * limits.bytesPerSecond;
  credit.tokens = Math.min(capacityOf(limits), refilled);
  credit.at = now;
  const wanted = Math.max(0, credit.settled + limits.windowBytes - credit.granted);
  const given = Math.floor(Math.min(wanted, credit.tokens));
  credit.tokens -= given;
  credit.granted += given;
  return credit.granted;
}

/** At least a window, or no frame of full size could ever go. */
function capacityOf({ windowBytes, bytesPerSecond }: CreditLimits): number {
  return Math.max(windowBytes, bytesPerSecond);
}
