/**
 * What a verifier says of a bundle.
 *
 * @module
 */

/**
 * The links of the evidence, in the order in which they are judged; `bundle` is the file itself.
 *
 * | link       | holds where                                                                     |
 * | ---------- | ------------------------------------------------------------------------------- |
 * | bundle     | the file is whole                                                               |
 * | row        | a frame's rows are those that its header counts, and of the tree whose root it has |
 * | file       | a file of the store is the one that the ledger has sealed, and has the row           |
 * | frame      | the body is the one whose hash the header has                                   |
 * | signature  | the agent's key has signed the header                                           |
 * | chain      | each frame names the one before it, and none between two is missing             |
 * | leaf       | the ledger's tree has the entry in its place                                    |
 * | checkpoint | the hub's key has signed the tree                                               |
 * | witness    | each witness has cosigned the checkpoint                                        |
 */
export const LINKS = [
  "bundle",
  "row",
  "file",
  "frame",
  "signature",
  "chain",
  "leaf",
  "checkpoint",
  "witness",
] as const;
export type Link = typeof LINKS[number];

/** Where a frame stands; ids in hex. */
export interface FramePlace {
  readonly agent: string;
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
}

/** The first link that does not hold. */
export interface Broken {
  readonly link: Link;
  /** Stable. */
  readonly code: string;
  readonly why: string;
  /** Ledger index of the entry; absent where it is not of one entry. */
  readonly index?: number;
  readonly frame?: FramePlace;
}

/** A run of frames of one stream. */
export interface StreamSpan {
  readonly agent: string;
  readonly stream: string;
  /** As the enrolment says; absent where the bundle has none. */
  readonly host?: string;
  /** The source's name; absent where the bundle does not tell it. */
  readonly source?: string;
  readonly first: { readonly epoch: number; readonly seq: number };
  readonly last: { readonly epoch: number; readonly seq: number };
  readonly frames: number;
  readonly events: number;
  /** Frames that stand for a loss. */
  readonly gaps: number;
  /** Of the earliest and latest event, ticks of 100 ns since the Unix epoch. */
  readonly firstTime: bigint;
  readonly lastTime: bigint;
}

/** A row that was proved alone. */
export interface SeenRow {
  /** Ledger index of its frame, as the bundle says. */
  readonly index: number;
  readonly frame: FramePlace;
  readonly host?: string;
  readonly row: number;
  readonly table: string;
  /** As text. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

/** A row that was proved to a file of the store, for its frame has been deleted. */
export interface StoredRow {
  /** Ledger index of its frame. */
  readonly index: number;
  readonly row: number;
  readonly table: string;
  /** As text; without those that are absent. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** Index of the entry that sealed the file. */
  readonly leaf: number;
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  /** Index of the entry that says that the frame was to be deleted; absent if the bundle has none. */
  readonly tombstone?: number;
}

/** A witness whose cosignature was found good. */
export interface SeenWitness {
  readonly name: string;
  /** Seconds since the Unix epoch, as the witness says. */
  readonly time: number;
  /** The key came from whoever verifies, not from the bundle. */
  readonly isTrusted: boolean;
}

/** Frames that the hub has deleted, by the note that says so. */
export interface SeenDeletion {
  /** Ledger index of the tombstone. */
  readonly tombstone: number;
  /** As the tombstone says. */
  readonly table: string;
  /** Of this bundle. */
  readonly frames: number;
  readonly events: number;
}

export interface Verdict {
  /** Absent where every link holds. */
  readonly broken?: Broken;
  /** The tree that the checkpoint says; absent where none could be read. */
  readonly log?: { readonly origin: string; readonly size: number; readonly root: string };
  readonly entries: number;
  readonly streams: readonly StreamSpan[];
  /** Rows that were proved alone, without their frames. */
  readonly rows: readonly SeenRow[];
  /** Rows that were proved to a file, not to their frames. */
  readonly stored: readonly StoredRow[];
  /** Frames whose bytes were deleted; their headers stand in {@link Verdict.streams}. */
  readonly deletions?: readonly SeenDeletion[];
  readonly witnesses: readonly SeenWitness[];
  /** What the bundle itself was believed in, for want of a key. */
  readonly faith: readonly string[];
}
