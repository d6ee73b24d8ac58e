/**
 * The agent's own counters, from its table.
 *
 * @module
 */
import { rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";

/** One row of the table `CustosAgent`: counts of one source since the agent's start. */
export interface AgentCounters {
  /** Run of the agent, hexadecimal. */
  readonly boot: string;
  /** ms since the Unix epoch. */
  readonly at: number;
  readonly plugin: string;
  readonly read: number;
  readonly sealed: number;
  readonly acked: number;
  readonly inFlight: number;
  readonly shed: number;
  readonly quarantined: number;
  readonly filtered: number;
  /** The same by policy; absent of agents that do not tell. */
  readonly filteredBy?: Readonly<Record<string, number>>;
}

/** The counters that `batch` brings, by source; the last row of a source is the one that counts. */
export function readCounters(
  batch: ColumnBatch,
  boot: string,
): readonly (AgentCounters & { readonly source: string })[] {
  const bySource = new Map<string, AgentCounters & { readonly source: string }>();
  for (let row = 0; row < batch.rows; row++) {
    const cells = rowOf(batch, row);
    const number = (name: string): number => {
      const value = cells[name];
      return typeof value === "number" && value >= 0 ? value : 0;
    };
    const text = (name: string): string => typeof cells[name] === "string" ? cells[name] : "";
    const source = text("Source");
    bySource.set(source, {
      source,
      boot,
      at: Date.parse(text("TimeGenerated")) || 0,
      plugin: text("Plugin"),
      read: number("Read"),
      sealed: number("Sealed"),
      acked: number("Acked"),
      inFlight: number("InFlight"),
      shed: number("Shed"),
      quarantined: number("Quarantined"),
      filtered: number("Filtered"),
      filteredBy: policiesIn(text("FilteredBy")),
    });
  }
  return [...bySource.values()];
}

/** `owned_channels=12 other_providers=3` by its names. */
function policiesIn(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries([...text.matchAll(/(\w+)=(\d{1,15})(?: |$)/g)].map(
    ([, policy = "", count]) => [policy, Number(count)],
  ));
}
