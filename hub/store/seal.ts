/**
 * What the ledger says of a cold file: a file with another hash is not the one that was sealed.
 *
 * @module
 */

/** Of the bytes of a file, and where its rows come from. */
export interface Seal {
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  /** Least and greatest ledger index of its rows' frames. */
  readonly first: number;
  readonly last: number;
}

/** Payload of the note: one ledger leaf a file. */
export interface StoreFileNote extends Seal {
  readonly note: "store-file";
  readonly table: string;
  /** Relative to the store's folder. */
  readonly path: string;
  readonly rows: number;
}
