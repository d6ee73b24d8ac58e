/**
 * Which ledger entries a bundle needs: the frames that were asked for, those between them, and what
 * says who signed them and what their columns are.
 *
 * @module
 */
import { sha256 } from "../../sdk/runtime/hash.ts";
import type { FrameHeader } from "../../sdk/wire/header.ts";
import { parseStatement } from "../../sdk/wire/statement.ts";
import { type EpochEntry, readAgentEntry, readEpochEntry } from "../ingest/entries.ts";
import { hexOf, streamKey } from "../ingest/stream_index.ts";
import { headerOf } from "../ledger/deleted_frame.ts";
import type { Ledger, LedgerEntry } from "../ledger/ledger.ts";

/** Which frames somebody wants; all that is named must fit. */
export interface Wanted {
  /** The id in hex, or the name of its host. */
  readonly agent?: string;
  readonly source?: string;
  /** Frames with an event at this time or later, ticks of 100 ns since the Unix epoch. */
  readonly from?: bigint;
  /** Frames with an event before this time. */
  readonly to?: bigint;
  /** This row of one frame alone; `index` names the frame. */
  readonly row?: number;
  /** Ledger indexes, both inclusive. */
  readonly index?: { readonly first: number; readonly last: number };
}

/** Ledger indexes that a bundle must have, ascending. */
export interface Selection {
  readonly indexes: readonly number[];
  /** How many of them are frames. */
  readonly frames: number;
}

/** What {@link readAll} reads from. */
export type Readable = Pick<Ledger, "read" | "durable">;

/** Durable entries below `until`, in their order. */
export async function* readAll(ledger: Readable, until: number): AsyncGenerator<LedgerEntry> {
  for (let at = 0; at < until;) {
    const entries = await ledger.read(at);
    if (entries.length === 0) return;
    for (const entry of entries) if (entry.index < until) yield entry;
    at = entries.at(-1)!.index + 1;
  }
}

/** Chooses among the entries below `until`. */
export async function selectEntries(
  ledger: Readable,
  wanted: Wanted,
  until: number,
): Promise<Selection> {
  const found = new Found(wanted);
  for await (const entry of readAll(ledger, until)) found.see(entry);
  return found.selection();
}

/** One stream as far as it was read. */
interface Stream {
  readonly agent: string;
  /** Ledger indexes of its frames since the first that fits. */
  readonly frames: number[];
  /** How many of `frames` there are up to the last that fits. */
  upToLast: number;
  /** The opening of the epoch of its first frame that fits. */
  opening: number | undefined;
  /** Openings since. */
  readonly openings: number[];
  readonly schemas: Set<string>;
  /** Tombstones of those of its frames that were deleted, by the frame's index. */
  readonly tombstones: Map<number, number>;
}

class Found {
  readonly #wanted: Wanted;
  readonly #streams = new Map<string, Stream>();
  readonly #opened = new Map<string, { readonly epoch: EpochEntry; readonly index: number }>();
  readonly #agents = new Map<string, { host: string; readonly entries: number[] }>();
  readonly #schemas = new Map<string, number>();
  /** By agent: its statements of succession. */
  readonly #statements = new Map<string, number[]>();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  see(entry: LedgerEntry): void {
    const { kind, payload, index } = entry;
    if (kind === "frame") this.#seeFrame(headerOf(entry), entry);
    else if (kind === "schema") {
      this.#schemas.set(hexOf(sha256("custos/schema/v1", payload)), index);
    } else if (kind === "agent") {
      const agent = readAgentEntry(payload);
      if (agent === undefined) return;
      const known = this.#agents.get(agent.id);
      if (known === undefined) this.#agents.set(agent.id, { host: agent.host, entries: [index] });
      else known.entries.push(index);
    } else if (kind === "succession") {
      const agent = hexOf(parseStatement(payload).agent);
      const known = this.#statements.get(agent);
      if (known === undefined) this.#statements.set(agent, [index]);
      else known.push(index);
    } else if (kind === "epoch") {
      const epoch = readEpochEntry(payload);
      if (epoch === undefined) return;
      const key = streamKey(epoch.agent, epoch.stream);
      this.#opened.set(key, { epoch, index });
      this.#streams.get(key)?.openings.push(index);
    }
  }

  #seeFrame(header: FrameHeader, { index, deleted }: LedgerEntry): void {
    const agent = hexOf(header.agent);
    const key = streamKey(agent, hexOf(header.stream));
    const fits = this.#fits({ ...header, agent, key, index });
    let stream = this.#streams.get(key);
    if (stream === undefined && !fits) return;
    if (stream === undefined) {
      const opening = this.#opened.get(key)?.index;
      stream = {
        agent,
        frames: [],
        upToLast: 0,
        opening,
        openings: [],
        schemas: new Set(),
        tombstones: new Map(),
      };
      this.#streams.set(key, stream);
    }
    stream.frames.push(index);
    if (deleted !== undefined) stream.tombstones.set(index, deleted.tombstone);
    if (!fits) return;
    stream.upToLast = stream.frames.length;
    stream.schemas.add(hexOf(header.schema));
  }

  #fits(frame: {
    readonly agent: string;
    readonly key: string;
    readonly index: number;
    readonly firstTime: bigint;
    readonly lastTime: bigint;
  }): boolean {
    const { agent, source, from, to, index } = this.#wanted;
    if (index !== undefined && (frame.index < index.first || frame.index > index.last)) {
      return false;
    }
    if (from !== undefined && frame.lastTime < from) return false;
    if (to !== undefined && frame.firstTime >= to) return false;
    const host = this.#agents.get(frame.agent)?.host;
    if (agent !== undefined && agent !== frame.agent && agent !== host) return false;
    return source === undefined || this.#opened.get(frame.key)?.epoch.name === source;
  }

  selection(): Selection {
    const indexes = new Set<number>();
    let frames = 0;
    for (const stream of this.#streams.values()) {
      const own = stream.frames.slice(0, stream.upToLast);
      const last = own.at(-1)!;
      frames += own.length;
      const openings = stream.openings.filter((index) => index < last);
      const agents = this.#agents.get(stream.agent)?.entries.filter((index) => index < last) ?? [];
      // All from the first on: each proves the next.
      const stated = this.#statements.get(stream.agent)?.filter((index) => index < last) ?? [];
      const schemas = [...stream.schemas].flatMap((hash) => this.#schemas.get(hash) ?? []);
      const opening = stream.opening === undefined ? [] : [stream.opening];
      for (const index of own) indexes.add(stream.tombstones.get(index) ?? index);
      for (const index of [...own, ...openings, ...agents, ...stated, ...schemas, ...opening]) {
        indexes.add(index);
      }
    }
    return { indexes: [...indexes].toSorted((a, b) => a - b), frames };
  }
}
