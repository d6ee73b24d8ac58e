/**
 * What backup, its verification and restore can fail with.
 *
 * @module
 */

/**
 * Why a backup or restore was refused or did not finish.
 *
 * - `missing`: no backup, or no data of a hub, is where it was said to be.
 * - `foreign`: the folder holds the backup of another log, or files of somebody else.
 * - `diverged`: the backup holds entries that the hub no longer has: the hub was rolled back.
 * - `damaged`: bytes are not what the backup's signed list says.
 * - `full`: no room; the backup that was there before is still whole.
 * - `passphrase`: it does not open the keys.
 * - `occupied`: the folder to restore into is not empty.
 */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code:
    | "missing"
    | "foreign"
    | "diverged"
    | "damaged"
    | "full"
    | "passphrase"
    | "occupied";
  readonly permanent: boolean;

  constructor(code: BackupError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.permanent = code !== "full";
  }
}
