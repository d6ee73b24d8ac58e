/**
 * Whether the index beside a file says "no" to a value that the file has.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { FileIndex } from "../cold/file_index.ts";
import type { InputFiles } from "../cold/input_files.ts";
import { HashSet } from "../cold/string_hash.ts";
import { mayHold } from "../cold/xor_filter.ts";

/** The first column with such a value. */
export function hidesRows({ values, terms }: FileIndex, input: InputFiles): string | undefined {
  for (const column of input.columns) {
    const [whole, words] = [values.get(column.name), terms.get(column.name)];
    if (column.type !== "text" || (whole === undefined && words === undefined)) continue;
    const read = input.read(column);
    if (read.form !== "dict" && read.form !== "text") continue;
    const isAbsent = (i: number): boolean => read.form === "text" && read.absent?.[i] === 1;
    const found = hashesOf(read.form === "dict" ? read.entries : read.strings, isAbsent);
    if (!holdsAll(whole, found.whole) || !holdsAll(words, found.words)) return column.name;
  }
  return undefined;
}

function hashesOf({ bytes, ends }: Strings, isAbsent: (i: number) => boolean) {
  const whole = new HashSet();
  const words = new HashSet();
  let start = 0;
  for (const [i, end] of ends.entries()) {
    if (!isAbsent(i)) {
      whole.addString(bytes, start, end);
      words.addTerms(bytes, start, end);
    }
    start = end;
  }
  return { whole, words };
}

function holdsAll(filter: Uint8Array | undefined, set: HashSet): boolean {
  if (filter === undefined) return true;
  const { first, second } = set.hashes();
  return first.every((word, i) => mayHold(filter, word, second[i]!));
}
