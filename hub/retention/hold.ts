/**
 * Legal hold: what may not be deleted, however old it is.
 *
 * In doubt something is under hold: clocks of agents may be wrong, so both the events' own times
 * and the time of receipt count, and a file with rows of many agents is held for any of them.
 *
 * @module
 */

/** Somebody must be able to show these events. Times are ms since the Unix epoch. */
export interface Hold {
  readonly name: string;
  /** `*`: all tables. */
  readonly table: string;
  /** undefined: without a beginning. */
  readonly from: number | undefined;
  /** undefined: without an end. */
  readonly to: number | undefined;
  /** Id in hex; undefined: all. */
  readonly agent: string | undefined;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  /** Ledger index of its note. */
  readonly entry: number;
}

/** From the earliest to the latest, both inclusive, ms since the Unix epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What may be deleted: a frame or a file. */
export interface Holdable {
  readonly table: string;
  /** Of the events, by their own times; undefined: some have none. */
  readonly events: Span | undefined;
  /** When the hub received them; -Infinity where that is not known. */
  readonly received: Span;
  /** Whose it is; undefined: maybe anybody's. */
  readonly agent: string | undefined;
}

/** Whether any of `holds` keeps it. */
export function isHeld(holds: Iterable<Hold>, thing: Holdable): boolean {
  for (const hold of holds) if (holdsIt(hold, thing)) return true;
  return false;
}

function holdsIt(hold: Hold, { table, events, received, agent }: Holdable): boolean {
  if (hold.table !== "*" && hold.table !== table) return false;
  if (hold.agent !== undefined && agent !== undefined && hold.agent !== agent) return false;
  return events === undefined || meets(hold, events) || meets(hold, received);
}

function meets({ from = -Infinity, to = Infinity }: Hold, span: Span): boolean {
  return span.from <= to && span.to >= from;
}
