/**
 * What a check of the store finds.
 *
 * @module
 */

/**
 * The links from a row that a query shows to the tree that the hub has signed, in the order of the
 * check.
 *
 * | link       | holds where                                                                   |
 * | ---------- | ----------------------------------------------------------------------------- |
 * | ledger     | each entry is in the tree, and the tree begins with each checkpoint that is known |
 * | frame      | each frame's body, rows, signature and chain are right (`custos verify`'s words) |
 * | manifest   | what the manifest says of a file is what the ledger says of it                |
 * | leaf       | the ledger has a note of the file                                             |
 * | file       | the file is there, and has the bytes whose hash is in the note                |
 * | rows       | the file has as many rows as it says                                          |
 * | index      | the index beside the file leaves no row of it out                             |
 * | row        | each row is that of its frame, and each of a frame's rows is in one file      |
 */
export type StoreLink =
  | "ledger"
  | "frame"
  | "manifest"
  | "leaf"
  | "file"
  | "rows"
  | "index"
  | "row";

/** One thing that is not as it must be. */
export interface StoreFault {
  readonly link: StoreLink;
  /** Stable. */
  readonly code: string;
  readonly why: string;
  /** What would help. */
  readonly fix?: string;
  readonly table?: string;
  /** Relative to the store's folder. */
  readonly file?: string;
  /** Ledger index of the leaf, or of a row's frame. */
  readonly index?: number;
  /** Row of that frame. */
  readonly row?: number;
  readonly column?: string;
  /** Nothing is lost or false: the check is whole all the same. */
  readonly isWarning?: boolean;
}

/** Faults as they are found: all are counted, the first are kept. */
export interface FaultList {
  readonly kept: readonly StoreFault[];
  /** How many are no warnings. */
  readonly broken: number;
  readonly warnings: number;
  add(fault: StoreFault): void;
}

/** Keeps `most` of each kind. */
export function openFaults(most = 100): FaultList {
  const kept: StoreFault[] = [];
  let [broken, warnings] = [0, 0];
  return {
    kept,
    get broken() {
      return broken;
    },
    get warnings() {
      return warnings;
    },
    add(fault) {
      const count = fault.isWarning === true ? ++warnings : ++broken;
      if (count <= most) kept.push(fault);
    },
  };
}
