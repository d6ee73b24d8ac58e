/**
 * Runs rules over one file: reads it through its plugin and tells each match.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Gap, Plugin } from "../../sdk/plugin.ts";
import type { Scrubber } from "../../sdk/scrub/scrubber.ts";
import type { Schema } from "../../sdk/table.ts";
import type { RunningRule } from "../detect/sigma/run/running.ts";
import type { CorrelationHunt, Feeding } from "./correlation_hunt.ts";
import { findingOf, type HuntFinding } from "./finding.ts";
import type { HuntMatcher } from "./matcher.ts";
import { type FileCounts, readFile } from "./read_file.ts";

/** A hunt over one file. */
export interface Hunt {
  readonly file: string;
  readonly plugin: Plugin;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly matcher: HuntMatcher<RunningRule>;
  /** By id of a rule, whether what it matches is a finding. */
  readonly shows: (id: string) => boolean;
  /** Gets the matches that correlations rest on; undefined: there are none. */
  readonly correlating: CorrelationHunt | undefined;
  /** Looks at what would leave the host, in place of plain text. */
  readonly scrubber: Scrubber | undefined;
  readonly signal: AbortSignal;
  found(finding: HuntFinding): void;
  /** Resolves when findings were taken: nothing more is read before. */
  printed(): Promise<void>;
  /** Told how many events were looked at, batch by batch. */
  looked(events: number): void;
  gap(gap: Gap): void;
  log(message: string): void;
}

/**
 * Gives the counts of the file.
 *
 * @throws {ReadError} If its plugin refuses or cannot read it.
 */
export async function hunt(options: Hunt): Promise<FileCounts> {
  const { file, plugin, settings, signal, scrubber, gap, log, printed } = options;
  const seen = new Map<string, number>();
  const batch = (raw: ColumnBatch, schema: Schema): void => {
    const looked = scrubber === undefined ? raw : scrubber.scrub(raw, schema)[0];
    const first = seen.get(raw.table) ?? 0;
    seen.set(raw.table, first + raw.rows);
    look(options, looked, first);
    options.looked(raw.rows);
  };
  return await readFile({ file, plugin, settings, signal, batch, gap, log, taken: printed });
}

/** Looks at `batch`, whose first row is row `first` of its table. */
function look(
  { file, matcher, shows, correlating, found }: Hunt,
  batch: ColumnBatch,
  first: number,
): void {
  const feeding: Feeding[] = [];
  const matched = new Set<string>();
  for (const { rule, row } of matcher.match(batch)) {
    const { id } = rule.rule;
    // A rule that two log sources of one table feed matches an event once.
    const key = `${row} ${id}`;
    if (matched.has(key)) continue;
    matched.add(key);
    const isFeeding = correlating?.wants(id) === true;
    if (!isFeeding && !shows(id)) continue;
    const finding = findingOf(rule, { batch, row }, { file, first });
    if (isFeeding) feeding.push({ rule, row, finding });
    if (shows(id)) found(finding);
  }
  if (feeding.length > 0) correlating?.take(batch, feeding);
}
