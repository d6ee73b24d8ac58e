/**
 * The templates of many messages: which one a message is of, by entity and number of words.
 *
 * @module
 */
import type { Cell } from "../detector.ts";
import { Entities } from "../entities.ts";
import { generalise, likest } from "./template.ts";

/** A template is marked as seen again at most this often, ms: reading must not be writing. */
const REFRESH_MS = 3_600_000;
/** Templates of one entity and length: a message is compared with each of them. */
const MOST_ALIKE = 500;

interface Template {
  readonly entity: string;
  readonly words: string[];
  seenMs: number;
}

/** What became of a message. */
export interface Taken {
  /** Of its template; a template keeps its number. */
  readonly number: number;
  readonly isNew: boolean;
  /** Templates that had to go. */
  readonly forgotten: number;
}

/** Templates of one entity and length. */
interface Alike {
  readonly numbers: string[];
  /** Of each number; the same array as its template has. */
  readonly words: (readonly string[])[];
}

/** Templates by number. */
export class Templates {
  readonly #limit: number;
  readonly #all: Entities<Template>;
  /** By entity and number of words; numbers ascending. */
  readonly #index = new Map<string, Alike>();
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#all = new Entities<Template>(limit);
  }

  /** Takes a message; it is new if no template is like it. */
  take(entity: string, words: readonly string[], hubMs: number): Taken {
    const alike = this.#index.get(indexKey(entity, words));
    const at = alike === undefined ? -1 : likest(alike.words, words);
    if (at < 0) return this.#add({ entity, words: [...words], seenMs: hubMs }, alike);
    const number = alike!.numbers[at]!;
    const template = this.#all.get(number)!;
    const hasChanged = generalise(template.words, words);
    if (hasChanged || hubMs - template.seenMs >= REFRESH_MS) {
      template.seenMs = hubMs;
      this.#all.set(number, template);
    }
    return { number: Number(number), isNew: false, forgotten: 0 };
  }

  save(): readonly Cell[] {
    return this.#all.save();
  }

  load(cells: readonly Cell[]): void {
    this.#all.load(cells);
    const numbers = this.#all.keys().toSorted((a, b) => Number(a) - Number(b));
    for (const number of numbers) this.#enter(number, this.#all.get(number)!);
    this.#next = Number(numbers.at(-1) ?? -1) + 1;
  }

  #add(template: Template, alike: Alike | undefined): Taken {
    const number = String(this.#next++);
    let forgotten = 0;
    const [eldest] = alike?.numbers ?? [];
    if (alike !== undefined && eldest !== undefined && alike.numbers.length >= MOST_ALIKE) {
      this.#drop(eldest, this.#all.get(eldest)!);
      forgotten++;
    }
    while (this.#all.count >= this.#limit) {
      this.#drop(...this.#all.oldest()!);
      forgotten++;
    }
    this.#all.set(number, template);
    this.#enter(number, template);
    return { number: Number(number), isNew: true, forgotten };
  }

  #enter(number: string, { entity, words }: Template): void {
    const key = indexKey(entity, words);
    const alike = this.#index.get(key) ?? { numbers: [], words: [] };
    alike.numbers.push(number);
    alike.words.push(words);
    this.#index.set(key, alike);
  }

  #drop(number: string, { entity, words }: Template): void {
    this.#all.delete(number);
    const key = indexKey(entity, words);
    const alike = this.#index.get(key)!;
    const at = alike.numbers.indexOf(number);
    alike.numbers.splice(at, 1);
    alike.words.splice(at, 1);
    if (alike.numbers.length === 0) this.#index.delete(key);
  }
}

function indexKey(entity: string, words: readonly string[]): string {
  return `${words.length} ${entity}`;
}
