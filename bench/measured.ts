/**
 * What one run of one peer over one input has cost.
 *
 * @module
 */
import type { Kind } from "./input.ts";

export interface Measured {
  readonly peer: string;
  readonly kind: Kind;
  readonly events: number;
  /** Every event of the input has arrived, and as it should. */
  readonly isComplete: boolean;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  /** From the peer to the far end, TLS and all. */
  readonly wireBytes: number;
}

/** The figures that are compared. */
export function figuresOf(m: Measured) {
  return {
    eventsPerCpuSecond: Math.round(m.events / m.cpuSeconds),
    nsPerEvent: Math.round((m.cpuSeconds / m.events) * 1e9),
    eventsPerSecond: Math.round(m.events / m.wallSeconds),
    bytesPerEvent: Math.round((m.wireBytes / m.events) * 100) / 100,
    peakMiB: Math.round(m.peakBytes / 1024 ** 2),
  };
}
