/**
 * Records of comma-separated values (RFC 4180): quoted fields, doubled quotes, quoted line ends; with
 * other separators too.
 *
 * @module
 */
const LF = 10;
const CR = 13;
const QUOTE = 34;

/** One record, or why there is none. */
export type CsvRecord =
  | { readonly kind: "record"; readonly fields: readonly string[]; readonly end: number }
  /** The text ends inside quotes. */
  | { readonly kind: "open" }
  /** Something stands between a closing quote and the next separator. */
  | { readonly kind: "malformed" };

/**
 * Reads the record that starts at `start`; `end` is where the next one starts. A record ends with
 * LF, CRLF or the text. `separator` is one character.
 */
export function readRecord(text: string, start: number, separator = ","): CsvRecord {
  const comma = separator.charCodeAt(0);
  const fields: string[] = [];
  let at = start;
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const close = closingQuote(text, at + 1);
      if (close < 0) return { kind: "open" };
      fields.push(text.slice(at + 1, close).replaceAll('""', '"'));
      at = close + 1;
    } else {
      const stop = plainEnd(text, at, comma);
      fields.push(text.slice(at, stop));
      at = stop;
    }
    const next = text.charCodeAt(at);
    if (next === comma) at++;
    else if (Number.isNaN(next)) return { kind: "record", fields, end: at };
    else if (next === LF) return { kind: "record", fields, end: at + 1 };
    else if (next === CR && text.charCodeAt(at + 1) === LF) {
      return { kind: "record", fields, end: at + 2 };
    } else return { kind: "malformed" };
  }
}

/** The quote that closes a field; -1 if none does. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at;
}

/** Where a field without quotes ends. */
function plainEnd(text: string, from: number, comma: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === comma || code === LF) return at;
    if (code === CR && text.charCodeAt(at + 1) === LF) return at;
  }
  return at;
}
