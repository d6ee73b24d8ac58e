/**
 * Looks for many texts at once: one walk over a value, however many there are (Aho and Corasick,
 * "Efficient string matching", 1975).
 *
 * Nodes near the root, where a walk nearly always is, have a full row of transitions; those below
 * have their children and the longest other node that ends them. Letters of ASCII are one whatever
 * their case; everything else is compared as it is.
 *
 * @module
 */

/** A text that is looked for. */
export interface Sought {
  /** UTF-8, folded, not empty. */
  readonly bytes: Uint8Array;
  /** Only at the start or at the end of a value; `once`: anywhere, and told once a value. */
  readonly at: "start" | "end" | "once" | "anywhere";
}

/** Texts as a walk finds them. */
export interface TextSearch {
  /**
   * Calls `found` with the number of each text and where it ends in `bytes`, which a text may do
   * often. True if there was a byte beyond ASCII.
   */
  search(
    bytes: Uint8Array,
    range: { readonly start: number; readonly end: number },
    found: (text: number, end: number) => void,
  ): boolean;
  /** True if one of the texts that may stand anywhere is in `bytes[start, end)`. */
  hasAny(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Makes the automaton of `texts`, no two of which are the same; full rows have so many entries. */
export function textSearch(
  texts: readonly Sought[],
  fullEntries: number = MOST_FULL_ENTRIES,
): TextSearch {
  return new Automaton(texts, fullEntries);
}

/** Entries of full rows, 4 bytes each. */
const MOST_FULL_ENTRIES = 1 << 19;

/** Nodes are numbered by depth, the root is 0, children of one node one after the other. */
class Automaton implements TextSearch {
  /** By text. */
  readonly #isOnce: Uint8Array;
  /** By text, the number of the value in which it was told last. */
  readonly #told: Int32Array;
  /** By node, the number of the value in which all was told that is to be told there. */
  readonly #toldAt: Int32Array;
  #value = 0;
  readonly #classOf: Uint8Array;
  readonly #width: number;
  /** Nodes below it have a full row. */
  readonly #fullCount: number;
  /**
   * By class the place after a byte of it. A place is where the row of a node starts, if it has one
   * and nothing is to be told there; else the node's number, inverted: it is negative.
   */
  readonly #full: Int32Array;
  /** By node, the first of its children; they end where the next node's begin. */
  readonly #children: Int32Array;
  /** By node, the class of the byte that leads to it. */
  readonly #byteClass: Uint8Array;
  /** By node, the longest other one that ends it. */
  readonly #fail: Int32Array;
  /** By node, the text that ends there; -1 is none. */
  readonly #text: Int32Array;
  /** By node, the longest node that ends it, itself perhaps, at which a text ends; 0 is none. */
  readonly #final: Int32Array;
  /** The same of texts that are told at the end of a value only. */
  readonly #last: Int32Array;
  /** Texts that are told at the start only: no walk needs to look for them anywhere else. */
  readonly #starts: Starts;

  constructor(sought: readonly Sought[], fullEntries: number) {
    const { classOf, width } = classesOf(sought.map(({ bytes }) => bytes));
    this.#starts = new Starts(sought, classOf);
    const tree = treeOf(sought, classOf, ({ at }) => at !== "start");
    this.#isOnce = Uint8Array.from(sought, ({ at }) => +(at === "once"));
    this.#told = new Int32Array(sought.length);
    this.#classOf = classOf;
    this.#width = width;
    this.#children = tree.children;
    this.#byteClass = tree.byteClass;
    this.#text = tree.text;
    const count = tree.text.length;
    this.#fullCount = Math.min(count, Math.max(1, Math.floor(fullEntries / width)));
    this.#full = new Int32Array(this.#fullCount * width);
    this.#fail = new Int32Array(count);
    this.#final = new Int32Array(count);
    this.#last = new Int32Array(count);
    this.#toldAt = new Int32Array(count);
    for (let node = 0; node < count; node++) this.#complete(node, sought);
    for (let i = 0; i < this.#full.length; i++) {
      if (this.#full[i]! < 0) this.#full[i] = this.#placeOf(~this.#full[i]!);
    }
  }

  search(
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
    found: (text: number, end: number) => void,
  ): boolean {
    const full = this.#full;
    const classOf = this.#classOf;
    const value = ++this.#value;
    this.#starts.search(bytes, { start, end }, found);
    let place = 0;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      all |= byte;
      const of = classOf[byte]!;
      place = place >= 0 ? full[place + of]! : this.#after(~place, of);
      if (place >= 0) continue;
      const longest = this.#final[~place]!;
      if (longest !== 0 && this.#toldAt[longest] !== value) this.#tell(longest, i + 1, found);
    }
    this.#tellLast(place, end, found);
    return all > 127;
  }

  hasAny(bytes: Uint8Array, start: number, end: number): boolean {
    const full = this.#full;
    const classOf = this.#classOf;
    let place = 0;
    for (let i = start; i < end; i++) {
      const of = classOf[bytes[i]!]!;
      place = place >= 0 ? full[place + of]! : this.#after(~place, of);
      if (place < 0 && this.#final[~place] !== 0) return true;
    }
    return false;
  }

  #placeOf(node: number): number {
    return node < this.#fullCount && this.#final[node] === 0 ? node * this.#width : ~node;
  }

  #nodeAt(place: number): number {
    return place >= 0 ? place / this.#width : ~place;
  }

  /** The place after a byte of class `of` at node `from`. */
  #after(from: number, of: number): number {
    return from < this.#fullCount
      ? this.#full[from * this.#width + of]!
      : this.#placeOf(this.#next(from, of));
  }

  #tellLast(place: number, end: number, found: (text: number, end: number) => void): void {
    const last = this.#last;
    let node = last[this.#nodeAt(place)]!;
    for (; node !== 0; node = last[this.#fail[node]!]!) found(this.#text[node]!, end);
  }

  /** Tells of the text at node `longest`, and of those that end it. */
  #tell(longest: number, end: number, found: (text: number, end: number) => void): void {
    const value = this.#value;
    let isAllOnce = true;
    for (let at = longest; at !== 0; at = this.#final[this.#fail[at]!]!) {
      const text = this.#text[at]!;
      if (this.#isOnce[text] === 0) isAllOnce = false;
      else if (this.#told[text] === value) continue;
      this.#told[text] = value;
      found(text, end);
    }
    if (isAllOnce) this.#toldAt[longest] = value;
  }

  /** Each step to another node that ends this one was paid for by a byte that led down. */
  #next(from: number, of: number): number {
    const children = this.#children;
    let node = from;
    while (node >= this.#fullCount) {
      const last = children[node + 1]!;
      for (let child = children[node]!; child < last; child++) {
        if (this.#byteClass[child] === of) return child;
      }
      node = this.#fail[node]!;
    }
    return this.#nodeAt(this.#full[node * this.#width + of]!);
  }

  /** All nodes before it are complete; gives its children what depends on it. */
  #complete(node: number, sought: readonly Sought[]): void {
    const fail = this.#fail[node]!;
    const at = sought[this.#text[node]!]?.at;
    this.#final[node] = at === "once" || at === "anywhere" ? node : this.#final[fail]!;
    this.#last[node] = at === "end" ? node : this.#last[fail]!;
    const row = node * this.#width;
    const isFull = node < this.#fullCount;
    if (isFull && node > 0) {
      this.#full.copyWithin(row, fail * this.#width, (fail + 1) * this.#width);
    }
    for (let child = this.#children[node]!; child < this.#children[node + 1]!; child++) {
      const of = this.#byteClass[child]!;
      this.#fail[child] = node === 0 ? 0 : this.#next(fail, of);
      if (isFull) this.#full[row + of] = ~child;
    }
  }
}

/** Texts that stand at the start: a value is read while one goes on as it does. */
class Starts {
  readonly #classOf: Uint8Array;
  readonly #tree: Tree;

  constructor(sought: readonly Sought[], classOf: Uint8Array) {
    this.#classOf = classOf;
    this.#tree = treeOf(sought, classOf, ({ at }) => at === "start");
  }

  search(
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
    found: (text: number, end: number) => void,
  ): void {
    const { children, byteClass, text } = this.#tree;
    let node = 0;
    for (let i = start; i < end; i++) {
      const of = this.#classOf[bytes[i]!]!;
      const last = children[node + 1]!;
      let child = children[node]!;
      while (child < last && byteClass[child] !== of) child++;
      if (child === last) return;
      node = child;
      if (text[node]! >= 0) found(text[node]!, i + 1);
    }
  }
}

/** Class 0 is of all bytes that no text has; capital letters have the class of the small ones. */
function classesOf(texts: readonly Uint8Array[]) {
  const classOf = new Uint8Array(256);
  let width = 1;
  for (const text of texts) {
    for (const byte of text) if (classOf[byte] === 0) classOf[byte] = width++;
  }
  for (let small = 97; small <= 122; small++) classOf[small - 32] = classOf[small]!;
  return { classOf, width };
}

/** The tree of beginnings. */
interface Tree {
  /** One more than nodes. */
  readonly children: Int32Array;
  readonly byteClass: Uint8Array;
  readonly text: Int32Array;
}

/** Of those that `isIn` takes. Sorted, texts that begin alike stand together: a node is a range. */
function treeOf(
  sought: readonly Sought[],
  classOf: Uint8Array,
  isIn: (sought: Sought) => boolean,
): Tree {
  const texts = sought.map(({ bytes }) => bytes);
  const order = [...texts.keys()].filter((number) => isIn(sought[number]!))
    .toSorted((a, b) => Buffer.compare(texts[a]!, texts[b]!));
  const most = 1 + texts.reduce((sum, { length }) => sum + length, 0);
  const children = new Int32Array(most + 1);
  const byteClass = new Uint8Array(most);
  const text = new Int32Array(most).fill(-1);
  const [lows, highs, depths] = [new Int32Array(most), new Int32Array(most), new Uint32Array(most)];
  highs[0] = order.length;
  let count = 1;
  for (let node = 0; node < count; node++) {
    const depth = depths[node]!;
    let low = lows[node]!;
    children[node] = count;
    // The shortest comes first.
    if (low < highs[node]! && texts[order[low]!]!.length === depth) text[node] = order[low++]!;
    while (low < highs[node]!) {
      const byte = texts[order[low]!]![depth]!;
      let high = low + 1;
      while (high < highs[node]! && texts[order[high]!]![depth] === byte) high++;
      lows[count] = low;
      highs[count] = high;
      depths[count] = depth + 1;
      byteClass[count++] = classOf[byte]!;
      low = high;
    }
  }
  children[count] = count;
  return {
    children: children.slice(0, count + 1),
    byteClass: byteClass.slice(0, count),
    text: text.slice(0, count),
  };
}
