/**
 * Frames as an agent seals them, for the bench of the matcher: scrubbed by the default policy.
 *
 * @module
 */
import { writeWindowsEvent } from "../plugins/event_log/rows.ts";
import { tables } from "../plugins/event_log/table.ts";
import { securityRow } from "../plugins/security_audit/windows/row.ts";
import { securityEvent } from "../plugins/security_audit/windows/table.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { TableWriter } from "../sdk/columns/writer.ts";
import type { WindowsEvent } from "../sdk/read/windows_event.ts";
import { openScrubber, type Scrubber } from "../sdk/scrub/scrubber.ts";
import { type Schema, schemaOf } from "../sdk/table.ts";
import { BodyEncoder } from "../sdk/wire/body.ts";
import { type FrameFields, packBody, sealFrame } from "../sdk/wire/frame.ts";

/** As an agent seals at most. */
export const ROWS = 8192;
const BYTES = 1 << 20;

/** Makes frames of batches. */
export class FrameMaker {
  readonly #scrubber: Scrubber = openScrubber({
    policy: { columns: {} },
    key: { epoch: 1, bytes: new Uint8Array(32).fill(7) },
  });
  readonly #encoder = new BodyEncoder();

  /** The frame of `batch`, scrubbed where a schema is given; its signature is zeros. */
  frame(batch: ColumnBatch, schema: Schema | undefined): Uint8Array {
    const [scrubbed] = schema === undefined ? [batch] : this.#scrubber.scrub(batch, schema);
    const body = this.#encoder.encode({ batch: scrubbed, cursor: undefined });
    return sealFrame(fieldsOf(scrubbed.rows), packBody(body), () => new Uint8Array(64));
  }
}

/**
 * Puts events into the tables that an agent puts them in, the Security channel in one of its own;
 * `take` gets each full batch, which is valid during the call.
 */
export function tableEvents(
  events: Iterable<WindowsEvent>,
  take: (batch: ColumnBatch, schema: Schema) => void,
): void {
  const windows = new TableWriter<typeof tables.WindowsEvent.columns>(
    schemaOf("WindowsEvent", tables.WindowsEvent),
    { rows: ROWS, bytes: BYTES, onFull: () => flush(windows) },
  );
  const security = new TableWriter(schemaOf("SecurityEvent", securityEvent), {
    rows: ROWS,
    bytes: BYTES,
    onFull: () => flush(security),
  });
  const flush = (writer: Pick<TableWriter, "view" | "reset" | "schema">): void => {
    const batch = writer.view();
    if (batch.rows > 0) take(batch, writer.schema);
    writer.reset();
  };
  for (const event of events) {
    if (event.channel === "Security") security.add(securityRow(event));
    else writeWindowsEvent(windows, event);
  }
  flush(windows);
  flush(security);
}

function fieldsOf(rows: number): FrameFields {
  const zeros = (n: number): Uint8Array => new Uint8Array(n);
  return {
    kind: "events",
    groupLast: true,
    agent: zeros(16),
    boot: zeros(16),
    stream: zeros(8),
    epoch: 1,
    seq: 0,
    groupIndex: 0,
    dictionarySeq: 0,
    rows,
    schema: zeros(32),
    firstTime: 0n,
    lastTime: 0n,
    sealedAt: 0n,
    monotonic: 0n,
    previous: zeros(32),
    rowRoot: zeros(32),
    logId: zeros(8),
    logSize: 0,
    logRoot: zeros(32),
    policy: zeros(32),
    keyId: zeros(8),
  };
}
