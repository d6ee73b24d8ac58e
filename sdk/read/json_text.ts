/**
 * Finds where JSON documents end in a text that holds several of them, one a line or pretty-printed.
 *
 * @module
 */
const LF = 10;
const QUOTE = 34;
const BACKSLASH = 92;

/** One document's extent, or why there is none. */
export type JsonExtent =
  /** Balanced, but not checked. */
  | { readonly kind: "document"; readonly end: number }
  /** The text ends inside it. */
  | { readonly kind: "open" }
  /** A line ends inside a string, or the next document begins inside it. */
  | { readonly kind: "malformed"; readonly end: number };

/** Measures the object or array that starts at `start`. */
export function measureDocument(text: string, start: number): JsonExtent {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    switch (text[at]) {
      case "{":
      case "[":
        depth++;
        break;
      case "}":
      case "]":
        if (--depth === 0) return { kind: "document", end: at + 1 };
        break;
      case '"':
        at = stringEnd(text, at + 1);
        if (at < 0) return { kind: "open" };
        if (text.charCodeAt(at) === LF) return { kind: "malformed", end: at + 1 };
        break;
      case "\n":
        if (text.startsWith('{"', at + 1)) return { kind: "malformed", end: at + 1 };
        break;
      default:
    }
  }
  return { kind: "open" };
}

/** The quote that closes a string, or the line end that may not be in it; -1 if neither is there. */
function stringEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE || code === LF) return at;
  }
  return -1;
}
