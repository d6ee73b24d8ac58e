/**
 * Events that went for want of room, until a gap tells of them.
 *
 * @module
 */
import type { Gap } from "../sdk/plugin.ts";

/** How many, and since when. */
export interface Shed {
  readonly count: number;
  /** Ms since the epoch. */
  readonly since: number;
}

/** Both in one. */
export function addShed(before: Shed | undefined, more: Shed): Shed | undefined {
  if (more.count === 0) return before;
  if (before === undefined) return more;
  return { count: before.count + more.count, since: Math.min(before.since, more.since) };
}

/** The gap that tells of them, at `nowMs`. */
export function gapOf({ count, since }: Shed, nowMs: number): Gap {
  return {
    reason: "ring-overflow",
    count,
    from: new Date(since).toISOString(),
    to: new Date(nowMs).toISOString(),
    detail: "shed: the spool could not take them",
  };
}
