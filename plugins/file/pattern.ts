/**
 * Patterns of text lines: `{time} {level} [{thread}] {message}`.
 *
 * A field ends where the text that follows it in the pattern first stands; the last one takes the
 * rest. A time does not end within its first words. A run of blanks matches any run of blanks. There is nothing to go back to: a line is read
 * once for each piece of the pattern, whatever it holds.
 *
 * @module
 */

/** Text to be found, cut at its blanks: between two pieces stand one blank or more. */
interface Literal {
  readonly pieces: readonly string[];
}

export interface Pattern {
  /** Before the first field. */
  readonly head: Literal;
  /** Each with the text after it. */
  readonly fields: readonly { readonly name: string; readonly after: Literal }[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * Reads a pattern; `{{` and `}}` stand for braces.
 *
 * @throws {RangeError} If it is none; the message says what would be right.
 */
export function parsePattern(text: string): Pattern {
  const fields: { name: string; after: Literal }[] = [];
  const names = new Set<string>();
  let head: Literal | undefined;
  let literal = "";
  for (let at = 0; at < text.length;) {
    const two = text.slice(at, at + 2);
    if (two === "{{" || two === "}}") {
      literal += two[0];
      at += 2;
    } else if (two[0] === "}") throw new RangeError('has a "}" alone, must be "}}" for a brace');
    else if (two[0] !== "{") literal += text[at++];
    else {
      const end = text.indexOf("}", at);
      const name = text.slice(at + 1, end);
      if (end < 0 || !NAME.test(name)) {
        throw new RangeError(`has no name such as "{level}" at character ${at + 1}`);
      }
      if (names.has(name)) throw new RangeError(`names "{${name}}" twice`);
      if (fields.length > 0 && literal === "") {
        throw new RangeError(
          `has no text before "{${name}}" to tell where the field before it ends`,
        );
      }
      if (head === undefined) head = literalOf(literal);
      else fields.at(-1)!.after = literalOf(literal);
      names.add(name);
      fields.push({ name, after: literalOf("") });
      literal = "";
      at = end + 1;
    }
  }
  if (head === undefined) {
    throw new RangeError('names no field, must be such as "{time} {message}"');
  }
  fields.at(-1)!.after = literalOf(literal);
  return { head, fields };
}

/** A field of which more is known than its name. */
export interface KnownField {
  readonly name: string;
  /** How many characters of what stands at `at` are its own at least. */
  least(line: string, at: number): number;
}

/**
 * The values of `record`, in the order of the pattern's fields; undefined if it does not match. Only
 * the last field goes on after the first line.
 */
export function matchPattern(
  { head, fields }: Pattern,
  record: string,
  known?: KnownField,
): string[] | undefined {
  const feed = record.indexOf("\n");
  const line = feed < 0 ? record : record.slice(0, feed);
  let at = endOf(head, line, 0);
  if (at < 0) return undefined;
  const values: string[] = [];
  for (const [i, { name, after }] of fields.entries()) {
    const isLast = i === fields.length - 1;
    if (isLast && isEmpty(after)) {
      values.push(record.slice(at));
      return values;
    }
    const least = name === known?.name ? known.least(line, at) : 0;
    const found = find(after, line, at + least);
    if (found === undefined) return undefined;
    values.push(line.slice(at, found.start));
    at = found.end;
    // Text at the pattern's end ends the line.
    if (isLast && at !== line.length) return undefined;
  }
  return values;
}

function literalOf(text: string): Literal {
  return { pieces: text.split(/[ \t]+/) };
}

function isEmpty({ pieces }: Literal): boolean {
  return pieces.length === 1 && pieces[0] === "";
}

/** Where `literal` first stands in `line` from `from` on. */
function find(literal: Literal, line: string, from: number) {
  const [first = ""] = literal.pieces;
  for (let at = from; at <= line.length;) {
    const start = first === "" ? nextBlank(line, at) : line.indexOf(first, at);
    if (start < 0) return undefined;
    const end = endOf(literal, line, start);
    if (end >= 0) return { start, end };
    // No run of blanks is looked at from each of its blanks.
    at = Math.max(start + 1, first === "" ? blanksEnd(line, start) : 0);
  }
  return undefined;
}

/** Where `literal` ends that begins at `at`; -1 if it does not. */
function endOf({ pieces }: Literal, line: string, at: number): number {
  let end = at;
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) {
      const next = blanksEnd(line, end);
      if (next === end) return -1;
      end = next;
    }
    if (!line.startsWith(piece, end)) return -1;
    end += piece.length;
  }
  return end;
}

function nextBlank(line: string, from: number): number {
  for (let at = from; at < line.length; at++) if (isBlank(line, at)) return at;
  return -1;
}

function blanksEnd(line: string, from: number): number {
  let at = from;
  while (isBlank(line, at)) at++;
  return at;
}

function isBlank(line: string, at: number): boolean {
  return line[at] === " " || line[at] === "\t";
}
