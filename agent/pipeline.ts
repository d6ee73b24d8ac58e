/**
 * One source's way through the agent, stage by stage:
 *
 * 1. read   (`read/`)    the plugin gives column batches and cursors
 * 2. stamp  (`stamp.ts`) host and times
 * 3. scrub  (`scrub.ts`) the last stage that sees plain text
 * 4. batch  (`batch.ts`) columns of a table, encoded; a group a cursor
 * 5. seal   (`seal.ts`)  signed, chained frames
 * 6. spool  (`spool/`)   durable, the cursor inside
 * 7. send   (`send/`)    to the hub, under credit, until acknowledged
 *
 * @module
 */
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { pickRows } from "../sdk/columns/pick_rows.ts";
import type { Gap } from "../sdk/plugin.ts";
import type { Json, Schema } from "../sdk/table.ts";
import type { Part } from "./batch.ts";
import { inFlight, type SourceCounts } from "./counters.ts";
import { type CutStream, openCutStream } from "./cut_stream.ts";
import { judgedSchema } from "./isolate/judged_schema.ts";
import { Pace } from "./pace.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Downstream, SourceState } from "./read/run_plugin.ts";
import { openSink, type RefusedFrame, type Sink, type SinkTable } from "./read/sink.ts";
import { type Fault, scrub } from "./scrub.ts";
import { seal, untilFree } from "./seal.ts";
import { addShed, gapOf, type Shed } from "./shed.ts";
import { stamp } from "./stamp.ts";
import { Tally } from "./tally.ts";

/** A batch that came whole, from a plugin in a process of its own. */
interface Handed {
  readonly table: SinkTable;
  readonly raw: ColumnBatch;
  /** What it is scrubbed by. */
  readonly judged: Schema;
}

/** Bytes sealed and not yet durable that make a source wait. */
const MOST_UNSYNCED_BYTES = 8 * 1024 * 1024;

/** The stages of one source, wired; `Downstream` is what its plugin's runner drives. */
export class Pipeline implements Downstream {
  readonly counts: SourceCounts;
  readonly sink: Sink;
  readonly options: PipelineOptions;
  readState: SourceState = "waiting";
  why = "";
  #parts: Part[] = [];
  #partRows = 0;
  /** Rows that were taken with those of the parts and could not be scrubbed. */
  #faultyRows = 0;
  /** Rows of parts and writers that the last cursor covers. */
  #coveredRows = 0;
  #latest: Json | undefined;
  #durable: Json | undefined;
  #unsynced = 0;
  readonly #pace: Pace;
  readonly #tally: Tally;
  /** Events that went for want of room and that no gap tells of yet. */
  #shed: Shed | undefined;
  /** The last batch that was handed over: it may become the last of its group. */
  #handed: Handed | undefined;
  #appends: Promise<void> = Promise.resolve();
  /** Aborts, with the reason, when an append failed: what was read since must be read again. */
  #lost = new AbortController();
  /** Until the hub has said what it has. */
  #cut: CutStream | undefined;

  constructor(options: PipelineOptions) {
    this.options = options;
    const { after, limits: { ms: everyMs }, stamp: { now } } = options;
    this.#pace = new Pace({ everyMs, now, after, onDue: () => this.#onDue() });
    this.#tally = options.tally ?? new Tally();
    this.counts = this.#tally.counts;
    this.#durable = options.cursor;
    this.#latest = options.cursor;
    if (!options.lossy && options.spool.isCut()) this.#cut = openCutStream(options.after);
    this.sink = openSink(options.plugin, {
      rows: options.limits.rows,
      bytes: options.limits.bytes,
      counts: this.counts,
      now: options.stamp.now,
      onFull: (table) => this.#take(table, undefined),
    });
  }

  cursor(): Json | undefined {
    return this.#durable;
  }

  advance(cursor: Json): void {
    this.#latest = cursor;
    const rows = this.#pendingRows();
    this.#coveredRows = rows;
    if (rows === 0) return;
    const { limits } = this.options;
    if (rows < limits.rows && this.sink.byteLength() < limits.bytes) this.#pace.soon();
    else {
      this.#pace.sealed();
      this.#close();
    }
  }

  /** Takes a whole batch of one of the plugin's tables, as if the plugin had written its rows. */
  handOver(raw: ColumnBatch): void {
    const table = this.sink.tables.find(({ schema, gap }) => !gap && schema.name === raw.table);
    if (table === undefined) throw new TypeError(`Cannot take ${raw.table}: it is not declared`);
    this.#takeHanded(undefined);
    if (raw.rows === 0) return;
    this.#handed = { table, raw, judged: judgedSchema(table.schema, raw) };
  }

  /** For sources without cursors: seals what there is. */
  flush(): void {
    this.#coveredRows = this.#pendingRows();
    if (this.#coveredRows > 0) this.#close();
  }

  /** @throws {Error} If an append has failed: the runner starts the plugin at the durable cursor. */
  async room(): Promise<void> {
    await this.#agree();
    while (this.#unsynced > MOST_UNSYNCED_BYTES) await this.#appends;
    await untilFree(this.options.sealer);
    if (!this.options.lossy && this.options.spool.room() === "full") {
      this.state("waiting", "the spool is full");
      await this.options.spool.roomAgain(this.options.signal);
      this.state("running");
    }
    // Last: the append that found the spool full tells so only after a turn.
    this.#lost.signal.throwIfAborted();
  }

  lost(): AbortSignal {
    return this.#lost.signal;
  }

  async settle(): Promise<void> {
    await untilFree(this.options.sealer);
    this.#pace.cancel();
    if (this.#pendingRows() === this.#coveredRows && this.#coveredRows > 0) this.#close();
    this.#forgetOpen();
    // Gaps have a reserve: nobody else could tell of it after the end.
    if (this.#shed !== undefined) this.#seal();
    await this.#appends;
    this.#latest = this.#durable;
    if (this.#lost.signal.aborted) this.#lost = new AbortController();
  }

  state(state: SourceState, why = ""): void {
    this.readState = state;
    this.why = why;
  }

  /** The hub has said where the stream goes on. */
  agreed(): void {
    this.#cut?.agreed();
  }

  /** The hub has all frames of `epoch` up to `seq`, and all of older epochs. */
  acked(epoch: number, seq: number): void {
    this.#tally.acked(epoch, seq);
  }

  /** A loss that an outer stage knows of, such as a frame that the hub refused for good. */
  gap(gap: Gap, refused?: RefusedFrame): void {
    this.sink.gap(gap, refused);
    this.#pace.later();
  }

  /** Events that the plugin has given and no stage has counted yet. */
  unread(): number {
    return this.sink.rows() - this.#gapRows() + this.#handedRows();
  }

  /** Events in memory: read, and neither durable nor accounted for otherwise. */
  inFlight(): number {
    return inFlight(this.counts) + this.unread();
  }

  async #agree(): Promise<void> {
    if (this.#cut === undefined) return;
    const { spool, box, stream, signal } = this.options;
    this.state("waiting", "the spool was cut: the hub is asked what it has");
    await this.#cut.wait(signal);
    this.#cut = undefined;
    const sealed = spool.cursor();
    this.#durable = sealed === undefined ? undefined : box.open(sealed, stream);
    this.#latest = this.#durable;
    this.state("running");
  }

  #pendingRows(): number {
    return this.#partRows + this.#faultyRows + this.#handedRows() + this.sink.rows();
  }

  #handedRows(): number {
    return this.#handed?.raw.rows ?? 0;
  }

  #onDue(): void {
    const rows = this.#pendingRows();
    if (rows === 0 && this.#shed === undefined) return;
    const gapsOnly = rows === this.#gapRows() && this.#parts.length === 0;
    // Rows that no cursor covers yet would be read twice after a crash: the next cursor closes.
    if (rows === this.#coveredRows || gapsOnly) this.#close();
    else this.#pace.later();
  }

  #gapRows(): number {
    return this.sink.tables.at(-1)?.writer.rows ?? 0;
  }

  /** Stages 4 to 6 for what was gathered: the group is sealed with the latest cursor. */
  #close(): void {
    this.#pace.cancel();
    if (this.options.lossy && this.options.spool.room() === "full") {
      this.#shedOpen();
      return;
    }
    if (this.options.sealer.held?.() !== undefined || this.#cut !== undefined) {
      this.#pace.later();
      return;
    }
    // What follows a group that was not kept must not be: its cursor would skip that group.
    if (!this.#lost.signal.aborted) this.#seal();
  }

  #seal(): void {
    const shed = this.#reportShed();
    const cursor = this.#latest === undefined
      ? undefined
      : this.options.box.seal(this.#latest, this.options.stream);
    const filled = this.sink.tables.filter(({ writer }) => writer.rows > 0);
    const isHanded = this.#handed !== undefined;
    this.#takeHanded(filled.length === 0 ? cursor : undefined);
    for (const table of filled) this.#take(table, table === filled.at(-1) ? cursor : undefined);
    if (filled.length === 0 && !isHanded) this.#takeEmpty(cursor);
    const parts = this.#parts;
    const rows = this.#partRows;
    this.#parts = [];
    this.#partRows = 0;
    this.#faultyRows = 0;
    this.#coveredRows = 0;
    if (parts.length > 0) this.#append(parts, { rows, cursor: this.#latest, shed });
  }

  /** `shed` is what a gap among `parts` tells of. */
  #append(
    parts: readonly Part[],
    { rows, cursor, shed }: {
      readonly rows: number;
      readonly cursor: Json | undefined;
      readonly shed: Shed | undefined;
    },
  ): void {
    const { sealer, spool, stream } = this.options;
    const { frames, chain } = seal({ parts, rows }, stream, { chain: spool.chain(), sealer });
    const { epoch } = chain;
    const sealedAt = performance.now();
    const sealedMs = this.options.stamp.now();
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    const events = eventsIn(parts);
    this.#unsynced += bytes;
    this.#appends = spool.append(frames).then(() => {
      this.#durable = cursor;
      const group = { epoch, seq: chain.seq - 1, events, sealedAt };
      this.#tally.sealed(group, { frames: frames.length, bytes });
    }, (error: unknown) => {
      // Not durable: replayable sources read it again, what others had is lost and said so.
      if (this.options.lossy) {
        this.counts.shed += events;
        if (shed !== undefined) this.counts.gaps--;
        this.#noteShed({ count: events + (shed?.count ?? 0), since: shed?.since ?? sealedMs });
        return;
      }
      this.counts.read -= events;
      this.#lost.abort(error);
    }).finally(() => {
      this.#unsynced -= bytes;
    });
  }

  /** Stages 2 to 4 for the rows in one table's writer. */
  #take(table: SinkTable, cursor: Uint8Array | undefined): void {
    try {
      this.#takeBatch({ table, raw: table.writer.view(), judged: table.schema }, cursor);
    } finally {
      table.writer.reset();
    }
  }

  #takeHanded(cursor: Uint8Array | undefined): void {
    const handed = this.#handed;
    this.#handed = undefined;
    if (handed !== undefined) this.#takeBatch(handed, cursor);
  }

  #takeBatch({ table, raw, judged }: Handed, cursor: Uint8Array | undefined): void {
    const { schema, gap } = table;
    if (!gap) this.counts.read += raw.rows;
    const { scrubber } = this.options;
    const stamped = stamp(raw, schema, this.options.stamp);
    const { batch, faults } = scrub(stamped, judged, { scrubber, counts: this.counts });
    // The cursor goes with what is last: the gap that tells of faults.
    const isWhole = faults.size === 0;
    if (batch !== undefined) this.#addPart(batch, table, isWhole ? cursor : undefined);
    if (isWhole) return;
    // A gap cannot stand for a gap: nothing is sealed, and the source begins at its cursor again.
    if (gap) throw new Error(`Cannot scrub a gap of ${this.options.source}`);
    this.#quarantined(pickRows(raw, Uint32Array.from(faults.keys())), faults, cursor);
  }

  #addPart(batch: ColumnBatch, { schema, gap }: SinkTable, cursor: Uint8Array | undefined): void {
    const nowMs = this.options.stamp.now();
    // A new key epoch may begin before the group is sealed: each part says what it is under.
    const policy = this.options.scrubber.policyHash;
    const seed = gap ? undefined : this.options.rowSeed?.();
    const part = { gap, cursor, nowMs, policy, seed };
    this.#parts.push(this.options.batcher.part(batch, schema, part));
    this.#partRows += batch.rows;
    this.options.tap?.(batch);
  }

  /**
   * They are on disk before the cursor that is behind them: if we die between the two they are
   * read, and quarantined, once more.
   */
  #quarantined(
    raw: ColumnBatch,
    faults: ReadonlyMap<number, Fault>,
    cursor: Uint8Array | undefined,
  ): void {
    const kept = this.options.quarantine(raw);
    if (kept) this.counts.quarantined += raw.rows;
    else this.counts.shed += raw.rows;
    this.#faultyRows += raw.rows;
    const why = [...new Set(faults.values())].toSorted().join(", ");
    const detail = kept ? "quarantined: could not be scrubbed" : "the quarantine is full";
    this.sink.gap({ reason: "other", count: raw.rows, detail: `${detail} (${why})` });
    const gaps = this.sink.tables.at(-1);
    if (gaps !== undefined) this.#take(gaps, cursor);
  }

  /** A group whose rows all went before still needs a frame for its cursor. */
  #takeEmpty(cursor: Uint8Array | undefined): void {
    const [table] = this.sink.tables;
    if (table === undefined || cursor === undefined) return;
    const batch: ColumnBatch = { table: table.schema.name, rows: 0, columns: [] };
    const nowMs = this.options.stamp.now();
    this.#parts.push(this.options.batcher.part(batch, table.schema, { gap: false, cursor, nowMs }));
  }

  /** No room, and nobody to ask again: what is not sealed yet goes, and is counted. */
  #shedOpen(): void {
    const unread = this.unread();
    const rows = eventsIn(this.#parts) + unread;
    this.counts.read += unread;
    this.counts.shed += rows;
    this.#noteShed({ count: rows, since: this.options.stamp.now() });
    // Gaps that tell of what is in quarantine wait for the next group.
    this.#keepOpen(this.#parts.filter(({ gap }) => gap));
  }

  #noteShed(shed: Shed): void {
    this.#shed = addShed(this.#shed, shed);
    // It is told even if nothing more comes.
    this.#pace.later();
  }

  /** There is room again: says what was shed, in the frame that follows it. */
  #reportShed(): Shed | undefined {
    const shed = this.#shed;
    this.#shed = undefined;
    if (shed !== undefined) this.sink.gap(gapOf(shed, this.options.stamp.now()));
    return shed;
  }

  #forgetOpen(): void {
    this.counts.read -= eventsIn(this.#parts);
    this.#keepOpen([]);
  }

  /** Of what is not sealed yet only `parts`, and gaps that are in the writers, stay. */
  #keepOpen(parts: Part[]): void {
    this.#handed = undefined;
    this.#parts = parts;
    this.#partRows = parts.reduce((sum, part) => sum + part.rows, 0);
    this.#faultyRows = 0;
    this.#coveredRows = 0;
    for (const { writer, gap } of this.sink.tables) if (!gap) writer.reset();
  }
}

function eventsIn(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + (part.gap ? 0 : part.rows), 0);
}
