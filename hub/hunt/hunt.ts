/**
 * Runs rules over one file: reads it through its plugin and tells each match.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Gap, Plugin } from "../../sdk/plugin.ts";
import type { Scrubber } from "../../sdk/scrub/scrubber.ts";
import type { Schema } from "../../sdk/table.ts";
import { findingOf, type HuntFinding } from "./finding.ts";
import type { HuntMatcher } from "./matcher.ts";
import { type FileCounts, readFile } from "./read_file.ts";

/** A hunt over one file. */
export interface Hunt {
  readonly file: string;
  readonly plugin: Plugin;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly matcher: HuntMatcher;
  /** Looks at what would leave the host, in place of plain text. */
  readonly scrubber: Scrubber | undefined;
  readonly signal: AbortSignal;
  found(finding: HuntFinding): void;
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
  const { file, plugin, settings, signal, matcher, scrubber, gap, log } = options;
  const seen = new Map<string, number>();
  const batch = (raw: ColumnBatch, schema: Schema): void => {
    const looked = scrubber === undefined ? raw : scrubber.scrub(raw, schema)[0];
    const first = seen.get(raw.table) ?? 0;
    seen.set(raw.table, first + raw.rows);
    for (const { rule, row } of matcher.match(looked)) {
      options.found(findingOf(rule, { batch: looked, row }, { file, first }));
    }
    options.looked(raw.rows);
  };
  return await readFile({ file, plugin, settings, signal, batch, gap, log });
}
