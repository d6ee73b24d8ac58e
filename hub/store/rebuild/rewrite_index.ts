/**
 * Makes the index beside a whole cold file again.
 *
 * @module
 */
import { type Files, replaceFile } from "../../../sdk/runtime/files.ts";
import { encodeIndex, indexColumn, indexPath } from "../cold/file_index.ts";
import { openInputs } from "../cold/input_files.ts";

/** `path` is the Parquet file's. @throws {ParquetError} */
export async function rewriteIndex(files: Files, path: string): Promise<void> {
  using input = openInputs(files, [path]);
  const entries = input.columns.flatMap((column) =>
    column.type === "text" ? indexColumn(column, input.read(column)) : []
  );
  await replaceFile(files, indexPath(path), encodeIndex(entries));
}
