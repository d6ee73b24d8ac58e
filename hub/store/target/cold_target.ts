/**
 * Where cold files are kept when they are not on the hub's disk: one interface for all kinds.
 *
 * Names are those of the manifest (`cold/NAME.parquet`) and of the index beside a file; each hub's
 * log has a folder of its own at the target, so that hubs may share one.
 *
 * @module
 */

/** A file on the hub's disk, and what its bytes must be. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex; undefined where nobody has sealed it. */
  readonly sha256: string | undefined;
}

/** What is at a target. */
export interface TargetEntry {
  readonly name: string;
  readonly bytes: number;
}

/** Once `signal` aborts, each call rejects with `aborted`. All reject with {@link TargetError}. */
export interface ColdTarget {
  /** Says where it is, without secrets; the manifest keeps it of each file that is there. */
  readonly place: string;
  /** Puts `from` there as `name`; what it has got is compared before this resolves. */
  put(name: string, from: LocalFile, signal: AbortSignal): Promise<void>;
  /** Writes `name` to the file `to`, whole, synced and compared, or not at all. */
  get(name: string, to: LocalFile, signal: AbortSignal): Promise<void>;
  /** No error where there is none. */
  remove(name: string, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<readonly TargetEntry[]>;
  /** Ends uploads that were begun and never completed; gives how many, undefined if it cannot tell. */
  removeHalves(signal: AbortSignal): Promise<number | undefined>;
}

/**
 * What went wrong at a target.
 *
 * | code          | what would be right                                             |
 * | ------------- | --------------------------------------------------------------- |
 * | `unreachable` | the endpoint answers                                            |
 * | `tls`         | its certificate is known (`ca_file`), of its name, and in time  |
 * | `key`         | the key id and the secret are right                             |
 * | `denied`      | the key may read, write, delete and list below the prefix       |
 * | `clock`       | the hub's clock is right                                        |
 * | `bucket`      | the bucket is there                                             |
 * | `region`      | the region is the bucket's                                      |
 * | `busy`        | less is asked of it: it is tried again                          |
 * | `answer`      | it speaks S3                                                    |
 * | `missing`     | the file is there                                               |
 * | `tampered`    | the file's bytes are those that were sealed                     |
 * | `local`       | the file on the hub's disk is                                   |
 * | `place`       | the config names the target that has the file                   |
 * | `limit`       | a query needs fewer bytes of it                                 |
 * | `full`        | the hub's disk has room for what a query needs                  |
 * | `deadline`    | it answers in time                                              |
 * | `aborted`     | nobody has cancelled                                            |
 */
export type TargetCode =
  | "unreachable"
  | "tls"
  | "key"
  | "denied"
  | "clock"
  | "bucket"
  | "region"
  | "busy"
  | "answer"
  | "missing"
  | "tampered"
  | "local"
  | "place"
  | "limit"
  | "full"
  | "deadline"
  | "aborted";

/** Codes after which the same call may succeed at once. */
const PASSING: ReadonlySet<TargetCode> = new Set(["unreachable", "busy"]);

export class TargetError extends Error {
  override readonly name = "TargetError";
  readonly code: TargetCode;

  constructor(code: TargetCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** False where the same call may succeed in a moment. */
  get permanent(): boolean {
    return !PASSING.has(this.code);
  }
}

export function aborted(cause?: unknown): TargetError {
  return new TargetError("aborted", "Cannot use the cold target: it was cancelled", { cause });
}
