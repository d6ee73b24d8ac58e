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
  /** True if one of the texts, whatever its place, is in `bytes[start, end)`. */
  hasAny(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Makes the automaton of `texts`, no two of which are the same. */
export function textSearch(texts: readonly Sought[]): TextSearch {
  return new Automaton(texts);
}

const PLACES = ["start", "end", "once", "anywhere"];
const [START, END, ONCE] = [0, 1, 2] as const;
/** Entries of full rows, 4 bytes each. */
const MOST_FULL_ENTRIES = 1 << 19;

/** Nodes are numbered by depth, the root is 0, children of one node one after the other. */
class Automaton implements TextSearch {
  /** By text. */
  readonly #lengths: Uint32Array;
  readonly #places: Uint8Array;
  /** By text, the number of the value in which it was told last. */
  readonly #told: Int32Array;
  #value = 0;
  readonly #classOf: Uint8Array;
  readonly #width: number;
  /** Nodes below it have a full row: by class the next node. */
  readonly #fullCount: number;
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

  constructor(sought: readonly Sought[]) {
    const texts = sought.map(({ bytes }) => bytes);
    this.#lengths = Uint32Array.from(texts, ({ length }) => length);
    this.#places = Uint8Array.from(sought, ({ at }) => PLACES.indexOf(at));
    this.#told = new Int32Array(texts.length);
    const { classOf, width } = classesOf(texts);
    const tree = treeOf(texts, classOf);
    this.#classOf = classOf;
    this.#width = width;
    this.#children = tree.children;
    this.#byteClass = tree.byteClass;
    this.#text = tree.text;
    const count = tree.text.length;
    this.#fullCount = Math.min(count, Math.max(1, Math.floor(MOST_FULL_ENTRIES / width)));
    this.#full = new Int32Array(this.#fullCount * width);
    this.#fail = new Int32Array(count);
    this.#final = new Int32Array(count);
    for (let node = 0; node < count; node++) this.#complete(node);
  }

  search(
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
    found: (text: number, end: number) => void,
  ): boolean {
    const full = this.#full;
    const classOf = this.#classOf;
    const width = this.#width;
    const fullCount = this.#fullCount;
    const final = this.#final;
    this.#value++;
    let node = 0;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      all |= byte;
      const of = classOf[byte]!;
      node = node < fullCount ? full[node * width + of]! : this.#next(node, of);
      if (final[node] !== 0) this.#tell(node, { at: i + 1, start, end }, found);
    }
    return all > 127;
  }

  hasAny(bytes: Uint8Array, start: number, end: number): boolean {
    const full = this.#full;
    const classOf = this.#classOf;
    const width = this.#width;
    const fullCount = this.#fullCount;
    const final = this.#final;
    let node = 0;
    for (let i = start; i < end; i++) {
      const of = classOf[bytes[i]!]!;
      node = node < fullCount ? full[node * width + of]! : this.#next(node, of);
      if (final[node] !== 0) return true;
    }
    return false;
  }

  #tell(
    node: number,
    place: { readonly at: number; readonly start: number; readonly end: number },
    found: (text: number, end: number) => void,
  ): void {
    for (let at = this.#final[node]!; at !== 0; at = this.#final[this.#fail[at]!]!) {
      const text = this.#text[at]!;
      if (this.#isThere(text, place)) found(text, place.at);
    }
  }

  #isThere(
    text: number,
    { at, start, end }: { readonly at: number; readonly start: number; readonly end: number },
  ): boolean {
    switch (this.#places[text]!) {
      case START:
        return at - this.#lengths[text]! === start;
      case END:
        return at === end;
      case ONCE:
        if (this.#told[text] === this.#value) return false;
        this.#told[text] = this.#value;
        return true;
      default:
        return true;
    }
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
    return this.#full[node * this.#width + of]!;
  }

  /** All nodes before it are complete; gives its children what depends on it. */
  #complete(node: number): void {
    const fail = this.#fail[node]!;
    this.#final[node] = this.#text[node]! >= 0 ? node : this.#final[fail]!;
    const row = node * this.#width;
    const isFull = node < this.#fullCount;
    if (isFull && node > 0) {
      this.#full.copyWithin(row, fail * this.#width, (fail + 1) * this.#width);
    }
    for (let child = this.#children[node]!; child < this.#children[node + 1]!; child++) {
      const of = this.#byteClass[child]!;
      this.#fail[child] = node === 0 ? 0 : this.#next(fail, of);
      if (isFull) this.#full[row + of] = child;
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

/** Sorted, texts that begin alike stand together: a node is a range of them. */
function treeOf(texts: readonly Uint8Array[], classOf: Uint8Array): Tree {
  const order = [...texts.keys()].toSorted((a, b) => Buffer.compare(texts[a]!, texts[b]!));
  const most = 1 + texts.reduce((sum, { length }) => sum + length, 0);
  const children = new Int32Array(most + 1);
  const byteClass = new Uint8Array(most);
  const text = new Int32Array(most).fill(-1);
  const [lows, highs, depths] = [new Int32Array(most), new Int32Array(most), new Uint32Array(most)];
  highs[0] = texts.length;
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
