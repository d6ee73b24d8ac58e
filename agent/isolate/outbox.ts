/**
 * What a plugin's process has emitted and not sent: batches go out at the limits or after a while,
 * the cursor that covers them behind them.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import type { Json } from "../../sdk/table.ts";
import { zeroCounts } from "../counters.ts";
import { openSink, type Sink, type SinkTable } from "../read/sink.ts";
import { after } from "../wait.ts";
import type { RunRequest } from "./messages.ts";

export interface OutboxOptions {
  readonly limits: RunRequest["limits"];
  batch(batch: ColumnBatch): void;
  cursor(cursor: Json): void;
}

export class Outbox {
  readonly sink: Sink;
  readonly #options: OutboxOptions;
  #cursor: Json | undefined;
  /** Rows in the writers that the cursor covers. */
  #covered = 0;
  /** Rows and bytes that went out since the last cursor did. */
  #ahead = { rows: 0, bytes: 0 };
  #due: (() => void) | undefined;

  constructor(plugin: Plugin, options: OutboxOptions) {
    this.#options = options;
    this.sink = openSink(plugin, {
      rows: options.limits.rows,
      bytes: options.limits.bytes,
      counts: zeroCounts(),
      now: Date.now,
      onFull: (table) => this.#onFull(table),
    });
  }

  /** All emitted so far is covered by `cursor`. */
  advance(cursor: Json): void {
    const { limits } = this.#options;
    this.#cursor = cursor;
    this.#covered = this.sink.rows();
    const rows = this.#ahead.rows + this.#covered;
    const bytes = this.#ahead.bytes + this.sink.byteLength();
    if (rows >= limits.rows || bytes >= limits.bytes) this.#flush();
    else this.#due ??= after(limits.ms, () => this.#onDue());
  }

  /** For a listener, which has no cursors: sends what there is from time to time. */
  keepSending(): void {
    this.#due = after(this.#options.limits.ms, () => {
      this.#sendAll();
      this.keepSending();
    });
  }

  /** The plugin has ended. What no cursor covers goes without one: it may be read again. */
  end(): void {
    if (this.sink.rows() !== this.#covered) this.#cursor = undefined;
    this.#flush();
  }

  /** Rows that no cursor covers yet wait for the next one, which would else come too early. */
  #onDue(): void {
    this.#due = undefined;
    if (this.sink.rows() === this.#covered) this.#flush();
    else this.#due = after(this.#options.limits.ms, () => this.#onDue());
  }

  #flush(): void {
    this.#due?.();
    this.#due = undefined;
    this.#sendAll();
    if (this.#cursor !== undefined) this.#options.cursor(this.#cursor);
    this.#cursor = undefined;
    this.#covered = 0;
    this.#ahead = { rows: 0, bytes: 0 };
  }

  #sendAll(): void {
    for (const table of this.sink.tables) if (table.writer.rows > 0) this.#send(table);
  }

  /** In the middle of what the next cursor covers: one that covers only a part is of no use now. */
  #onFull(table: SinkTable): void {
    this.#cursor = undefined;
    this.#covered = -1;
    this.#send(table);
  }

  #send({ writer, gap }: SinkTable): void {
    this.#ahead.rows += writer.rows;
    this.#ahead.bytes += writer.byteLength;
    if (!gap) this.#options.batch(writer.view());
    writer.reset();
  }
}
