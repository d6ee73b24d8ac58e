/**
 * What the spool can fail with.
 *
 * @module
 */

/**
 * Why the spool did not take something.
 *
 * - `full`: no room; nothing was written, the stream's chain stands where it stood.
 * - `lost`: a write or sync failed; the frames are not durable and their streams have new epochs,
 *   read again from the durable cursor.
 * - `chain`: the frames do not go on where the stream stands: our own mistake.
 * - `damaged`: a frame that was good at the start no longer is: stop, the next start deals with it.
 * - `in-use`: another agent has the folder. `foreign`: it holds another agent's frames.
 */
export class SpoolError extends Error {
  override readonly name = "SpoolError";
  readonly code: "full" | "lost" | "chain" | "damaged" | "in-use" | "foreign";
  readonly permanent: boolean;

  constructor(code: SpoolError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.permanent = code !== "full" && code !== "lost";
  }
}
