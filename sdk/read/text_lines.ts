/**
 * Places in a text that is read record by record.
 *
 * @module
 */

/** Where from `from` on the first character is that is no blank and no byte order mark. */
export function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n\ufeff".includes(text[at]!)) at++;
  return at;
}

/** Behind the end of the line that `from` is in. */
export function lineEnd(text: string, from: number): number {
  const found = text.indexOf("\n", from);
  return found < 0 ? text.length : found + 1;
}

/** The rest of the line that `from` is in. */
export function line(text: string, from: number): string {
  return text.slice(from, lineEnd(text, from)).trimEnd();
}
