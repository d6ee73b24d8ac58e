/**
 * All tests of one field at once, and each distinct value of it once.
 *
 * @module
 */
import { Interner } from "../../../../sdk/columns/interner.ts";
import { foldText } from "../regex/fold.ts";
import { type Atom, isLate, type Pattern } from "./atom.ts";
import type { Outcome, Outcomes } from "./outcome.ts";
import { type TextSearch, textSearch } from "./text_search.ts";

/** What holds for the values of one field. */
export interface FieldTests {
  /** There is no value, or null alone. */
  readonly absent: Outcome;
  /** The value is null, in a list perhaps. */
  readonly nullValue: Outcome;
  /** There is a value that is no text: a map, or a token. */
  readonly opaque: Outcome;
  /** The value is `bytes[start, end)`, UTF-8. */
  of(bytes: Uint8Array, start: number, end: number): Outcome;
}

/** Longer values are not remembered: they seldom come again. */
const MOST_REMEMBERED_BYTES = 1024;
/** Then it starts anew: what comes often is soon there again. */
const MOST_REMEMBERED = 8192;
const MOST_ARENA_BYTES = 1 << 20;
/** As often a value must be asked for to be worth it: about what it costs to remember one. */
const LEAST_GAIN = 1.5;
const PAUSE = 65_536;
/** `+1`, `-2.50`: no exponents, no hexadecimals. */
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const MOST_DIGITS = 64;

const NONE: readonly never[] = [];
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Finds the atoms that hold for a value; what of it takes long is made once. */
export interface ValueTests {
  readonly there: readonly number[];
  readonly empty: readonly number[];
  /** The atoms that hold for `bytes[start, end)`, UTF-8. */
  of(bytes: Uint8Array, start: number, end: number): readonly number[];
}

/** What was found so far of the value that is looked at: one for all fields of a table. */
export interface Seen {
  /** By atom, the number of the value for which it was last found. */
  readonly values: Float64Array;
  /** Number of the current value. */
  value: number;
}

/** The tests of `atoms`, which are all of one field. */
export function valueTests(atoms: readonly Atom[], seen: Seen): ValueTests {
  return new Tests(atoms, seen);
}

/** `tests` whose results are kept in `outcomes`. */
export function fieldTests(tests: ValueTests, outcomes: Outcomes): FieldTests {
  return new RememberedTests(tests, outcomes);
}

class RememberedTests implements FieldTests {
  readonly absent: Outcome;
  readonly nullValue: Outcome;
  readonly opaque: Outcome;
  readonly #tests: ValueTests;
  readonly #outcomes: Outcomes;
  #known: Interner | undefined;
  #remembered: Outcome[] = [];
  /** Values since it was empty. */
  #asked = 0;
  /** So many values are not remembered: those before seldom came again. */
  #unremembered = 0;

  constructor(tests: ValueTests, outcomes: Outcomes) {
    this.#tests = tests;
    this.#outcomes = outcomes;
    this.absent = outcomes.none;
    this.nullValue = outcomes.of(tests.empty);
    this.opaque = outcomes.of(tests.there);
  }

  of(bytes: Uint8Array, start: number, end: number): Outcome {
    if (end - start > MOST_REMEMBERED_BYTES || this.#unremembered > 0) {
      this.#unremembered--;
      return this.#outcomes.of(this.#tests.of(bytes, start, end));
    }
    const known = this.#known ??= new Interner();
    if (known.count === MOST_REMEMBERED || known.arena.used > MOST_ARENA_BYTES) this.#forget();
    this.#asked++;
    const number = known.numberByWords(bytes, start, end);
    const remembered = this.#remembered[number];
    if (remembered !== undefined) return remembered;
    const outcome = this.#outcomes.of(this.#tests.of(bytes, start, end));
    this.#remembered[number] = outcome;
    return outcome;
  }

  #forget(): void {
    const { count } = this.#known!;
    if (this.#asked < count * LEAST_GAIN) this.#unremembered = PAUSE;
    this.#known!.clear();
    this.#remembered = [];
    this.#asked = 0;
  }
}

/** A pattern, and the atoms that hold where it does. */
interface Wanted extends Pattern {
  readonly atoms: number[];
  /** UTF-8 of the text as it is. */
  readonly exact: Uint8Array;
}

/** Patterns that are one when folded: they are looked for once. */
interface Sought {
  /** UTF-8 of the folded text. */
  readonly folded: Uint8Array;
  readonly wanted: Wanted[];
}

/** The tests as they are made of a value that was not seen before. */
class Tests implements ValueTests {
  readonly there: number[] = [];
  readonly empty: number[] = [];
  /** Those that every text has: the empty one. */
  readonly #always: number[] = [];
  readonly #sought: readonly Sought[];
  readonly #wholes: ReadonlyMap<string, Sought>;
  /** By length, 1 where there is one of that many bytes. */
  readonly #wholeLengths: Uint8Array;
  readonly #numbers = new Map<number, number[]>();
  readonly #search: TextSearch;
  readonly #seen: Seen;
  /** The value that is looked at, and the atoms found so far. */
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #found: number[] = [];

  constructor(atoms: readonly Atom[], seen: Seen) {
    this.#seen = seen;
    const patterns = new PatternList();
    for (const atom of atoms) this.#take(atom, patterns);
    this.#wholes = patterns.wholes;
    this.#sought = [...patterns.within.values()];
    this.#search = textSearch(
      this.#sought.map(({ folded, wanted }) => ({ bytes: folded, at: placeOf(wanted) })),
    );
    const longest = Math.max(0, ...this.#wholes.values().map(({ folded }) => folded.length));
    this.#wholeLengths = new Uint8Array(longest + 1);
    for (const { folded } of this.#wholes.values()) this.#wholeLengths[folded.length] = 1;
  }

  #take({ id, test }: Atom, patterns: PatternList): void {
    if (test.op === "there") this.there.push(id);
    else if (test.op === "empty") this.empty.push(id);
    if (isLate(test) || test.op !== "texts") return;
    for (const number of test.numbers) addTo(this.#numbers, number, id);
    for (const pattern of test.patterns) {
      if (pattern.text === "" && pattern.at !== "whole") this.#always.push(id);
      else patterns.add(pattern, id);
    }
  }

  /** The atoms that hold for `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): number[] {
    this.#seen.value++;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    const found: number[] = [];
    this.#found = found;
    this.#add(this.there);
    this.#add(this.#always);
    if (start === end) this.#add(this.empty);
    if (this.#numbers.size > 0 && end - start <= MOST_DIGITS && isNumeric(bytes[start]!)) {
      const text = latin1(bytes.subarray(start, end));
      if (NUMBER.test(text)) this.#add(this.#numbers.get(Number(text)) ?? NONE);
    }
    const known = found.length;
    const isBeyond = this.#search.search(bytes, { start, end }, this.#tell);
    if (isBeyond) {
      for (const atom of found.splice(known)) this.#seen.values[atom] = 0;
      this.#findBeyond(decoder.decode(bytes.subarray(start, end)));
    } else if (this.#wholeLengths[end - start] === 1) {
      this.#findWhole(latin1(bytes.subarray(start, end)));
    }
    return found;
  }

  #add(atoms: readonly number[]): void {
    const { values, value } = this.#seen;
    for (let k = 0; k < atoms.length; k++) {
      const atom = atoms[k]!;
      if (values[atom] === value) continue;
      values[atom] = value;
      this.#found.push(atom);
    }
  }

  #findWhole(text: string): void {
    for (const { cased, text: whole, atoms } of this.#wholes.get(foldText(text))?.wanted ?? NONE) {
      if (!cased || whole === text) this.#add(atoms);
    }
  }

  readonly #tell = (text: number, to: number): void => {
    const { folded, wanted } = this.#sought[text]!;
    for (let k = 0; k < wanted.length; k++) {
      const one = wanted[k]!;
      if (!stands(one, to - folded.length === this.#start, to === this.#end)) continue;
      if (one.cased && !isAt(this.#bytes, to - one.exact.length, one.exact)) continue;
      this.#add(one.atoms);
    }
  };

  /** A value that has more than ASCII is folded as a whole. */
  #findBeyond(text: string): void {
    this.#findWhole(text);
    const folded = encoder.encode(foldText(text));
    const range = { start: 0, end: folded.length };
    this.#search.search(folded, range, (number, to) => {
      const sought = this.#sought[number]!;
      for (const one of sought.wanted) {
        if (!stands(one, to === sought.folded.length, to === folded.length)) continue;
        if (!one.cased || hasCased(text, one)) this.#add(one.atoms);
      }
    });
  }
}

/** Distinct patterns by what is looked for. */
class PatternList {
  readonly wholes = new Map<string, Sought>();
  readonly within = new Map<string, Sought>();

  add(pattern: Pattern, atom: number): void {
    const folded = pattern.cased ? foldText(pattern.text) : pattern.text;
    const list = pattern.at === "whole" ? this.wholes : this.within;
    let sought = list.get(folded);
    if (sought === undefined) {
      sought = { folded: encoder.encode(folded), wanted: [] };
      list.set(folded, sought);
    }
    const { at, cased, text } = pattern;
    const known = sought.wanted.find((one) =>
      one.at === at && one.cased === cased && one.text === text
    );
    if (known !== undefined) known.atoms.push(atom);
    else {
      const exact = cased ? encoder.encode(text) : sought.folded;
      sought.wanted.push({ ...pattern, atoms: [atom], exact });
    }
  }
}

/** Where alone a text is to be told. */
function placeOf(wanted: readonly Wanted[]): "start" | "end" | "once" | "anywhere" {
  const [{ at } = { at: "within" as const }] = wanted;
  if (wanted.some((one) => one.at !== at)) return "anywhere";
  if (at === "start" || at === "end") return at;
  return wanted.some(({ cased }) => cased) ? "anywhere" : "once";
}

function stands({ at }: Pattern, isStart: boolean, isEnd: boolean): boolean {
  return at === "within" || (at === "start" ? isStart : isEnd);
}

function hasCased(value: string, { at, text }: Pattern): boolean {
  if (at === "start") return value.startsWith(text);
  return at === "end" ? value.endsWith(text) : value.includes(text);
}

function isAt(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let k = 0; k < literal.length; k++) if (bytes[at + k] !== literal[k]) return false;
  return true;
}

/** A digit or a sign. */
function isNumeric(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 43 || byte === 45;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
