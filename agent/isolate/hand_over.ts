/**
 * Ties a plugin's process to its source's pipeline. What the process says in words, such as log
 * lines and why it failed, is scrubbed as free text before anybody sees it.
 *
 * @module
 */
import { type ColumnBatch, entryBytes } from "../../sdk/columns/column.ts";
import type { Gap } from "../../sdk/plugin.ts";
import type { Scrubber } from "../../sdk/scrub/scrubber.ts";
import { column, type Schema, schemaOf, table } from "../../sdk/table.ts";
import type { Log } from "../../sdk/log.ts";
import type { Pipeline } from "../pipeline.ts";
import { scrub } from "../scrub.ts";
import { countFiltered, zeroCounts } from "../counters.ts";
import type { HandOver } from "./isolated_plugin.ts";
import type { ProcessNote } from "./process_note.ts";

/** Hands over to `pipeline`. */
export function handOverTo(
  pipeline: Pipeline,
  { log, note }: { readonly log: Log; readonly note: ProcessNote },
): HandOver {
  const { limits, scrubber } = pipeline.options;
  const scrubbed = (text: string): string => scrubText(text, scrubber);
  return {
    batch: (batch) => {
      pipeline.counts.rejected += rejectedIn(batch);
      pipeline.handOver(batch);
    },
    flush: () => pipeline.flush(),
    gap: (gap) => pipeline.gap(scrubGap(gap, scrubbed)),
    filtered: (policy, count) => countFiltered(pipeline.counts, policy, count),
    log: (level, message) => log[level === "warn" ? "warning" : level](scrubbed(message)),
    scrubbed,
    limits: { rows: limits.rows, bytes: limits.bytes, ms: limits.ms },
    note,
  };
}

/** How many rows are input that was not parsed. */
export function rejectedIn({ columns }: ColumnBatch): number {
  const errors = columns.find(({ name }) => name === "_ParseError");
  if (errors?.form !== "dict") return 0;
  let count = 0;
  for (const index of errors.indexes) if (index > 0) count++;
  return count;
}

function scrubGap(gap: Gap, scrubbed: (text: string) => string): Gap {
  return {
    ...gap,
    ...(gap.from !== undefined && { from: scrubbed(gap.from) }),
    ...(gap.to !== undefined && { to: scrubbed(gap.to) }),
    ...(gap.detail !== undefined && { detail: scrubbed(gap.detail) }),
  };
}

const SAID: Schema = schemaOf(
  "Said",
  table({
    doc: "What a plugin said in words",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      Message: column.string({ class: "content" }),
    },
  }),
);
/** In place of a text that cannot be judged. */
const WITHHELD = "(withheld: it could not be scrubbed)";

/** `text` without what may name somebody. */
export function scrubText(text: string, scrubber: Scrubber): string {
  const bytes = new TextEncoder().encode(text);
  const rows = { bytes, ends: Uint32Array.of(bytes.length) };
  const message = {
    form: "text",
    name: "Message",
    type: "string",
    rows,
    absent: undefined,
  } as const;
  const raw = { table: SAID.name, rows: 1, columns: [message] };
  const { batch } = scrub(raw, SAID, { scrubber, counts: zeroCounts() });
  const [treated] = batch?.columns ?? [];
  if (treated?.form !== "text") return WITHHELD;
  return new TextDecoder().decode(entryBytes(treated.rows, 0));
}
