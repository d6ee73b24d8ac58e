/**
 * Why bytes are not a Parquet file that the store can read.
 *
 * @module
 */

/** `format`: the bytes break the format; `unsupported`: no writer of ours makes such a file. */
export class ParquetError extends Error {
  override readonly name = "ParquetError";
  readonly code: "format" | "unsupported";

  constructor(code: ParquetError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
