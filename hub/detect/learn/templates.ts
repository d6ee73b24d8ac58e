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
  /** Where it was taken. */
  readonly place: Place;
}

/** A template that has taken a message, and its neighbours as they were then. */
export interface Place {
  readonly number: string;
  readonly template: Template;
  readonly alike: Alike;
  readonly version: number;
}

/** Templates of one entity and length. */
interface Alike {
  readonly numbers: string[];
  /** Of each number; the same array as its template has. */
  readonly words: (readonly string[])[];
  /** Grows with each change of these templates. */
  version: number;
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
    if (generalise(template.words, words)) {
      alike!.version++;
      this.#seen(number, template, hubMs);
    } else this.#refresh(number, template, hubMs);
    const place = { number, template, alike: alike!, version: alike!.version };
    return { number: Number(number), isNew: false, forgotten: 0, place };
  }

  /**
   * Takes a message with the words of one that was taken at `place`. False, and nothing is done,
   * where templates have changed since: another one may be liker to it now.
   */
  takeAgain({ number, template, alike, version }: Place, hubMs: number): boolean {
    if (alike.version !== version) return false;
    this.#refresh(number, template, hubMs);
    return true;
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
    const entered = this.#enter(number, template);
    const place = { number, template, alike: entered, version: entered.version };
    return { number: Number(number), isNew: true, forgotten, place };
  }

  #refresh(number: string, template: Template, hubMs: number): void {
    if (hubMs - template.seenMs >= REFRESH_MS) this.#seen(number, template, hubMs);
  }

  #seen(number: string, template: Template, hubMs: number): void {
    template.seenMs = hubMs;
    this.#all.set(number, template);
  }

  #enter(number: string, { entity, words }: Template): Alike {
    const key = indexKey(entity, words);
    const alike = this.#index.get(key) ?? { numbers: [], words: [], version: 0 };
    alike.numbers.push(number);
    alike.words.push(words);
    alike.version++;
    this.#index.set(key, alike);
    return alike;
  }

  #drop(number: string, { entity, words }: Template): void {
    this.#all.delete(number);
    const key = indexKey(entity, words);
    const alike = this.#index.get(key)!;
    const at = alike.numbers.indexOf(number);
    alike.numbers.splice(at, 1);
    alike.words.splice(at, 1);
    alike.version++;
    if (alike.numbers.length === 0) this.#index.delete(key);
  }
}

function indexKey(entity: string, words: readonly string[]): string {
  return `${words.length} ${entity}`;
}
