/**
 * What retention works on: given by the running hub, or by a test.
 *
 * @module
 */
import type { Control } from "../control.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Book } from "./book.ts";
import type { RetentionSection } from "./policy.ts";
import type { Received } from "./received.ts";
import type { StoreFiles } from "./store_files.ts";

export interface RetentionOptions {
  readonly control: Control;
  readonly ledger: Pick<
    Ledger,
    | "append"
    | "commit"
    | "tick"
    | "read"
    | "size"
    | "durable"
    | "closedSegment"
    | "closeSegment"
    | "deleteFrames"
  >;
  readonly section: RetentionSection;
  readonly store: StoreFiles;
  /** Wall clock, ms since the Unix epoch. */
  readonly now: () => number;
  /** Lets others have a turn. */
  readonly pause: () => Promise<void>;
  /** The table of a schema, by its hash in hex. */
  readonly tableOf: (schema: string) => string;
  /** Tables that agents or the hub itself have filled, in any order. */
  readonly tables: () => readonly string[];
  /** Least ledger index that a follower may still have to read. */
  readonly needed: () => number;
  /** Frames whose sealed cursor a stream may have to go on from. */
  readonly cursorsAt: () => ReadonlySet<number>;
  /** Entries that every witness of the config has cosigned; without witnesses, all durable ones. */
  readonly witnessed: () => number;
}

/** The same with what is kept of it. */
export interface RetentionParts extends RetentionOptions {
  readonly book: Book;
  readonly received: Received;
}
