/**
 * JSON documents that come line by line: one a line, or printed over many.
 *
 * @module
 */
const QUOTE = 34;
const BACKSLASH = 92;

/** Puts lines together to documents. Each character is looked at once. */
export class JsonLines {
  readonly #most: number;
  #parts: string[] = [];
  #length = 0;
  #depth = 0;

  /** A document over `most` characters is given up. */
  constructor(most: number) {
    this.#most = most;
  }

  /** A document has begun that is not whole yet. */
  get isOpen(): boolean {
    return this.#parts.length > 0;
  }

  /**
   * Takes a line. Gives the texts that ended with it: each is one whole document, or is none and
   * will not be one; only parsing tells.
   */
  add(line: string): readonly string[] {
    const texts: string[] = [];
    // Documents that are printed over many lines are indented: the one before was broken off.
    if (this.isOpen && line.startsWith('{"')) texts.push(this.#take());
    if (!this.isOpen && line.trim() === "") return texts;
    const depth = depthAfter(line, this.#depth);
    this.#parts.push(line);
    this.#length += line.length + 1;
    if (depth === undefined || depth <= 0 || this.#length > this.#most) texts.push(this.#take());
    else this.#depth = depth;
    return texts;
  }

  /** No more lines will come: what has begun, if anything. */
  end(): readonly string[] {
    return this.isOpen ? [this.#take()] : [];
  }

  #take(): string {
    const text = this.#parts.join("\n");
    this.#parts = [];
    this.#length = this.#depth = 0;
    return text;
  }
}

/** How many objects and arrays are open after `line`; undefined if a string does not end in it. */
function depthAfter(line: string, before: number): number | undefined {
  let depth = before;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      at = stringEnd(line, at + 1);
      if (at < 0) return undefined;
    }
  }
  return depth;
}

/** The quote that closes a string; -1 if none does. */
function stringEnd(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return -1;
}
