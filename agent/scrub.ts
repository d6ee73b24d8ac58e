/**
 * Stage 3 of 7: replaces what may name a person or a customer by keyed tokens.
 *
 * The last stage that sees plain text; every later one, and the hub, sees its output only. The work
 * is `sdk/scrub`, which the hub's tools and the test kit use too.
 *
 * @module
 */
import type { ColumnBatch } from "../sdk/columns/column.ts";
import type { Scrubber } from "../sdk/scrub/scrubber.ts";
import type { Schema } from "../sdk/table.ts";
import type { SourceCounts } from "./counters.ts";

/** A batch that could not be judged. It goes no further: the caller quarantines it. */
export class ScrubError extends Error {
  override readonly name = "ScrubError";
  readonly code = "scrub";
}

/**
 * Gives `batch` scrubbed, and counts what that replaced.
 *
 * @throws {ScrubError} If the scrubber fails for whatever reason: fail closed.
 */
export function scrub(
  batch: ColumnBatch,
  schema: Schema,
  { scrubber, counts }: { readonly scrubber: Scrubber; readonly counts: SourceCounts },
): ColumnBatch {
  try {
    const [scrubbed, { tokenised, dropped }] = scrubber.scrub(batch, schema);
    counts.tokenised += tokenised;
    counts.dropped += dropped;
    return scrubbed;
  } catch (cause) {
    throw new ScrubError(`Cannot scrub ${batch.rows} events of ${batch.table}`, { cause });
  }
}
