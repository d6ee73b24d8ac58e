/**
 * What the API says of a source: its totals, its rate, and where each event has gone.
 *
 * @module
 */
import type { Source } from "../../sdk/api/status.ts";
import type { SourceTotals } from "./sources.ts";

/** Puts together what is known of one source. */
export function sourceOf(
  totals: SourceTotals,
  known: { readonly eventsPerSecond: number; readonly host: string },
): Source {
  const { agent, source, events, gaps } = totals;
  const hasFrame = totals.seq >= 0;
  return {
    agent,
    source,
    host: known.host,
    plugin: totals.counters?.plugin ?? "",
    tables: [...totals.tables],
    events,
    eventsPerSecond: known.eventsPerSecond,
    lastEvent: timeOf(totals.lastEvent),
    lastSeen: timeOf(totals.lastSeen),
    lagMs: hasFrame ? totals.lastSeen - totals.sealedAt : null,
    epoch: hasFrame ? totals.epoch : null,
    lastSeq: hasFrame ? totals.seq : null,
    gaps,
    conservation: conservationOf(totals),
  };
}

/**
 * The conservation law of one source, of the agent's run that its newest counters are of: read =
 * stored + inFlight + shed + quarantined + filtered + unknown.
 *
 * The agent's count is older than the ledger's: of the events it had sealed by then, the ledger
 * has the first, in order, so that its share is the smaller of both. What the agent has seen
 * acknowledged and the ledger does not have is neither stored nor on its way.
 */
export function conservationOf(totals: SourceTotals): Source["conservation"] {
  const { counters } = totals;
  if (counters === undefined) return null;
  const { read, sealed, acked, shed, quarantined, filtered } = counters;
  const stored = Math.min(eventsOfRun(totals, counters.boot), sealed);
  const gone = Math.max(0, acked - stored);
  const inFlight = counters.inFlight + sealed - stored - gone;
  const unknown = read - (stored + inFlight + shed + quarantined + filtered);
  return {
    at: new Date(counters.at).toISOString(),
    read,
    stored,
    inFlight,
    shed,
    quarantined,
    filtered,
    filteredBy: counters.filteredBy ?? {},
    unknown: Math.max(0, unknown),
    // What is missing is shown as unknown and is a breach all the same: nothing else explains it.
    holds: unknown === 0,
  };
}

function eventsOfRun({ boot, bootEvents, before }: SourceTotals, run: string): number {
  if (boot === run) return bootEvents;
  return before?.boot === run ? before.events : 0;
}

/** An agent's clock may say anything: what is no time of the years 1970 to 9999 is none. */
function timeOf(ms: number): string | null {
  return ms > 0 && ms < 253_402_300_800_000 ? new Date(ms).toISOString() : null;
}
