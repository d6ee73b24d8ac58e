/**
 * How a native function fails.
 *
 * @module
 */

/** A value that the function cannot take, where Kusto raises too. Ends the query. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  readonly code = "value";
}
