/**
 * What the ledger can fail with.
 *
 * @module
 */

/**
 * Why the ledger cannot go on.
 *
 * - `full`: no room on the disk; nothing was appended, the same bytes may be tried again.
 * - `failed`: a write or sync failed, nobody knows what is on the disk: stop the process, the next
 *   start recovers.
 * - `damaged`: bytes that were durable have changed: stop the process; a person must look.
 * - `foreign`: the folder holds another log, or another process has it.
 * - `format`: bytes that are no entry of a known version.
 * - `missing`: no such entry, tree size or tile.
 * - `deleted`: the bytes of that frame were deleted, by the tombstone that the message names.
 * - `behind`: tiles are still being filled in, the same proof may be asked for again.
 */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly code:
    | "full"
    | "failed"
    | "damaged"
    | "foreign"
    | "format"
    | "missing"
    | "deleted"
    | "behind";
  readonly permanent: boolean;

  constructor(code: LedgerError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.permanent = code !== "full" && code !== "behind";
  }
}
