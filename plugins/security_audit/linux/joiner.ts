/**
 * Puts the records of an event together, among those of others that come in between.
 *
 * The log has no record that says an event is whole: auditd keeps that (EOE) to itself. A PROCTITLE
 * is the last one that the kernel writes; programs' own records stand alone; what is left is whole
 * when the log is two seconds ahead of it (auditd.conf: `end_of_event_timeout`), or silent so long.
 *
 * @module
 */
import type { Place } from "../../../sdk/read/held_lines.ts";
import type { AuditRecord } from "./record.ts";
import { isAlone } from "./record_types.ts";

const LAST = new Set(["PROCTITLE", "EOE"]);
/** An event waits for its rest so long, in the log's own time, ms. */
export const END_OF_EVENT_MS = 2_000;
const MOST_WAITING = 256;
/** Records of one event: a command line of 128 KiB has some 20. */
const MOST_RECORDS = 2_048;

interface Waiting {
  readonly key: string;
  readonly place: Place;
  readonly records: AuditRecord[];
}

/** Joins records; whole events go to `emit`. */
export class Joiner {
  readonly #emit: (records: readonly AuditRecord[]) => void;
  /** In the order of their first records. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(emit: (records: readonly AuditRecord[]) => void) {
    this.#emit = emit;
  }

  /** What identifies the event of `record`, over hosts and boots. */
  static keyOf(record: AuditRecord): string {
    return record.node === undefined ? record.id : `${record.node} ${record.id}`;
  }

  /** First lines of the events that are not whole. */
  get places(): readonly Place[] {
    return [...this.#waiting.values()].map(({ place }) => place);
  }

  get keys(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  add(record: AuditRecord, place: Place): void {
    this.#endBefore(record.time - END_OF_EVENT_MS);
    const key = Joiner.keyOf(record);
    const before = this.#waiting.get(key);
    if (before === undefined) {
      if (record.type === "EOE") return;
      if (isAlone(record.type)) {
        this.#emit([record]);
        return;
      }
    }
    const waiting = before ?? { key, place, records: [] };
    if (record.type !== "EOE") waiting.records.push(record);
    if (LAST.has(record.type) || waiting.records.length >= MOST_RECORDS) this.#end(waiting);
    else if (before === undefined) this.#waiting.set(key, waiting);
    if (this.#waiting.size > MOST_WAITING) this.endOldest();
  }

  /** No more comes for the oldest event, if there is one. */
  endOldest(): void {
    const [oldest] = this.#waiting.values();
    if (oldest !== undefined) this.#end(oldest);
  }

  /** No more comes for any of them. */
  endAll(): void {
    while (this.#waiting.size > 0) this.endOldest();
  }

  #endBefore(time: number): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.records[0]!.time >= time) return;
      this.#end(waiting);
    }
  }

  #end({ key, records }: Waiting): void {
    this.#waiting.delete(key);
    this.#emit(records);
  }
}
