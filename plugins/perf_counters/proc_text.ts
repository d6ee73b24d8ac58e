/**
 * The text forms that files of /proc have.
 *
 * @module
 */

/** Each line's words. */
export function rowsOfWords(text: string): readonly (readonly string[])[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) =>
    line.trim().split(/[ \t]+/)
  );
}

/** A number of digits, with or without sign and fraction; NaN otherwise, also for nothing. */
export function numberOf(word: string | undefined): number {
  return word !== undefined && /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : NaN;
}

/** Numbers by the name at the start of their line, as in /proc/meminfo and /proc/vmstat. */
export function namedNumbers(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [name = "", word] of rowsOfWords(text)) {
    const value = numberOf(word);
    if (!Number.isNaN(value)) numbers.set(name.replace(/:$/, ""), value);
  }
  return numbers;
}
