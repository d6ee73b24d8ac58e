/**
 * The files that a compaction reads, column by column.
 *
 * @module
 */
import type { Files, OpenFile } from "../../../sdk/runtime/files.ts";
import { decompress } from "../../../sdk/wire/compress.ts";
import type { Leaf } from "../parquet/leaf.ts";
import { ParquetError } from "../../../sdk/parquet/parquet_error.ts";
import { readChunk } from "../../../sdk/parquet/read_chunk.ts";
import { type FileColumn, type Footer, readFooter } from "../../../sdk/parquet/read_footer.ts";
import { type WholeColumn, wholeColumn } from "./whole_column.ts";

/** All rows of the files, in the order of the files. */
export interface InputFiles extends Disposable {
  readonly rows: number;
  /** Size of all columns before compression. */
  readonly rawBytes: number;
  /** Of all files, in the order of first appearance. */
  readonly columns: readonly FileColumn[];
  /** The values of a column of {@link columns}. */
  read(column: FileColumn): WholeColumn;
}

interface Input {
  readonly file: OpenFile;
  readonly footer: Footer;
}

/** @throws {ParquetError} If one of them is no file of the store. */
export function openInputs(files: Files, paths: readonly string[]): InputFiles {
  const inputs: Input[] = [];
  const close = (): void => {
    for (const { file } of inputs) file.close();
  };
  try {
    for (const path of paths) {
      const file = files.open(path, "read");
      const read = (at: number, length: number): Uint8Array => readExactly(file, at, length);
      inputs.push({ file, footer: readFooter(read, file.size()) });
    }
  } catch (error) {
    close();
    throw error;
  }
  const groups = inputs.flatMap(({ footer }) => footer.groups);
  return {
    rows: groups.reduce((sum, { rows }) => sum + rows, 0),
    rawBytes: groups.flatMap(({ chunks }) => chunks).reduce(
      (sum, { rawBytes }) => sum + rawBytes,
      0,
    ),
    columns: merged(inputs),
    read: (column) =>
      wholeColumn(column.type, inputs.flatMap((input) => partsOf(input, column.name))),
    [Symbol.dispose]: close,
  };
}

/** A column that a file lacks may be absent in its rows. */
function merged(inputs: readonly Input[]): readonly FileColumn[] {
  const columns = new Map<string, FileColumn & { readonly files: number }>();
  for (const { footer } of inputs) {
    for (const column of footer.columns) {
      const before = columns.get(column.name) ?? { ...column, files: 0 };
      columns.set(column.name, {
        name: column.name,
        type: widened(before, column),
        optional: before.optional || column.optional,
        files: before.files + 1,
      });
    }
  }
  return [...columns.values()].map(({ files, ...column }) => ({
    ...column,
    optional: column.optional || files < inputs.length,
  }));
}

function widened(before: FileColumn, now: FileColumn): FileColumn["type"] {
  if (before.type === now.type) return now.type;
  const whole = new Set(["int32", "int64"]);
  if (whole.has(before.type) && whole.has(now.type)) return "int64";
  throw new ParquetError(
    "unsupported",
    `Cannot compact: column "${now.name}" is ${before.type} here and ${now.type} there`,
  );
}

function partsOf({ file, footer }: Input, name: string): readonly Leaf["parts"][number][] {
  return footer.groups.map(({ rows, chunks }) => {
    const chunk = chunks.find(({ column }) => column.name === name);
    if (chunk === undefined) return { form: "none", rows };
    return readChunk(readExactly(file, chunk.offset, chunk.bytes), chunk, decompress);
  });
}

function readExactly(file: OpenFile, at: number, length: number): Uint8Array {
  if (at < 0 || length < 0 || at + length > file.size()) {
    throw new ParquetError("format", `Cannot read ${file.path}: it is cut off`);
  }
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = file.readNow(bytes.subarray(done), at + done);
    if (count <= 0) throw new ParquetError("format", `Cannot read ${file.path}: it is cut off`);
    done += count;
  }
  return bytes;
}
