/**
 * YAML (1.2 core schema) as trees that know where each value stands, of all documents of a text,
 * with anchors, aliases and merge keys.
 *
 * An alias is the node that it names, not a copy: a text that grows without bound when it is
 * expanded costs what its own length costs. Who walks a tree counts what they visit.
 *
 * @module
 */
import { type Event, EVENT_ID, getScalarValue, parseEvents, YAMLException } from "js-yaml";
import { type Place, YamlError } from "./yaml.ts";

/** A value. `at` is its offset in the text. */
export type YamlTree =
  | { readonly kind: "map"; readonly at: number; readonly entries: readonly YamlTreeEntry[] }
  | { readonly kind: "list"; readonly at: number; readonly items: readonly YamlTree[] }
  | YamlTreeScalar;

export interface YamlTreeScalar {
  readonly kind: "scalar";
  readonly at: number;
  /** As it was written, without quotes and escapes. */
  readonly text: string;
  /** Written without quotes and not as a block: it may be a number, a truth value or null. */
  readonly isPlain: boolean;
}

/** One key of a mapping; keys are texts and occur once. */
export interface YamlTreeEntry {
  readonly key: string;
  readonly at: number;
  readonly value: YamlTree;
}

/** The documents of a text, without those that are empty. */
export interface YamlTrees {
  readonly documents: readonly YamlTree[];
  /** The place of an offset. */
  placeOf(offset: number): Place;
}

/** Collections in collections. */
const MOST_LEVELS = 64;

/**
 * Parses all documents of `text`, in time that grows with its length.
 *
 * @throws {YamlError} Also for a key that is no text or that occurs twice, for an alias of what is
 * not complete before it, and for a tag.
 */
export function parseYamlTrees(text: string): YamlTrees {
  const placeOf = placer(text);
  try {
    const builder = new Builder(text, placeOf);
    for (const event of parseEvents(text, { maxDepth: MOST_LEVELS })) builder.take(event);
    return { documents: builder.documents, placeOf };
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const place = { line: (cause.mark?.line ?? 0) + 1, column: (cause.mark?.column ?? 0) + 1 };
    throw new YamlError(place, cause.reason, { cause });
  }
}

interface OpenMap {
  readonly kind: "map";
  readonly at: number;
  readonly anchor: string | undefined;
  readonly entries: YamlTreeEntry[];
  readonly keys: Set<string>;
  /** Mappings whose keys count where this one has none of the name. */
  readonly merged: YamlTree[];
  key: { readonly text: string; readonly at: number; readonly isMerge: boolean } | undefined;
}

interface OpenList {
  readonly kind: "list";
  readonly at: number;
  readonly anchor: string | undefined;
  readonly items: YamlTree[];
}

class Builder {
  readonly documents: YamlTree[] = [];
  readonly #text: string;
  readonly #placeOf: (offset: number) => Place;
  readonly #open: (OpenMap | OpenList | "document")[] = [];
  readonly #anchors = new Map<string, YamlTree>();
  #mergedKeys = 0;

  constructor(text: string, placeOf: (offset: number) => Place) {
    this.#text = text;
    this.#placeOf = placeOf;
  }

  take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.#open.push("document");
        this.#anchors.clear();
        return;
      case EVENT_ID.MAPPING:
        this.#checkTag(event);
        this.#open.push({
          kind: "map",
          at: event.start,
          anchor: this.#anchorOf(event),
          entries: [],
          keys: new Set(),
          merged: [],
          key: undefined,
        });
        return;
      case EVENT_ID.SEQUENCE:
        this.#checkTag(event);
        this.#open.push({
          kind: "list",
          at: event.start,
          anchor: this.#anchorOf(event),
          items: [],
        });
        return;
      case EVENT_ID.POP:
        this.#close();
        return;
      case EVENT_ID.ALIAS:
        this.#alias(event);
        return;
      case EVENT_ID.SCALAR:
        this.#scalar(event);
    }
  }

  #alias({ anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }): void {
    const name = this.#text.slice(anchorStart, anchorEnd);
    const node = this.#anchors.get(name);
    if (node !== undefined) return this.#add(node, anchorStart);
    const what = `the alias "${name.slice(0, 64)}" names nothing that is complete before it`;
    throw this.#error(anchorStart, what);
  }

  #scalar(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>): void {
    const parent = this.#open.at(-1);
    const isText = this.#checkTag(event);
    const isPlain = event.style === 1 && !isText;
    const at = event.valueStart < 0 ? this.#nearest() : quoteStart(event);
    const text = event.valueStart < 0 ? "" : getScalarValue(this.#text, event);
    const node: YamlTree = { kind: "scalar", at, text, isPlain };
    const anchor = this.#anchorOf(event);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (typeof parent === "object" && parent.kind === "map" && parent.key === undefined) {
      parent.key = { text, at, isMerge: isPlain && text === "<<" };
    } else this.#add(node, at);
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined || closed === "document") return;
    const node: YamlTree = closed.kind === "list"
      ? { kind: "list", at: closed.at, items: closed.items }
      : { kind: "map", at: closed.at, entries: this.#entriesOf(closed) };
    if (closed.anchor !== undefined) this.#anchors.set(closed.anchor, node);
    this.#add(node, closed.at);
  }

  #add(node: YamlTree, at: number): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    if (parent === "document") {
      if (node.kind !== "scalar" || node.text !== "") this.documents.push(node);
      return;
    }
    if (parent.kind === "list") {
      parent.items.push(node);
      return;
    }
    if (parent.key === undefined) throw this.#error(at, "a key must be a text");
    const { text: key, at: keyAt, isMerge } = parent.key;
    parent.key = undefined;
    if (isMerge) {
      parent.merged.push(...this.#mergedOf(node, keyAt));
      return;
    }
    if (parent.keys.has(key)) {
      throw this.#error(keyAt, `the key "${key.slice(0, 64)}" occurs twice`);
    }
    parent.keys.add(key);
    parent.entries.push({ key, at: keyAt, value: node });
  }

  #mergedOf(node: YamlTree, at: number): readonly YamlTree[] {
    const maps = node.kind === "list" ? node.items : [node];
    if (maps.every(({ kind }) => kind === "map")) return maps;
    throw this.#error(at, '"<<" must name a mapping or a list of mappings');
  }

  /** Its own keys first, then those of the merged mappings, of which an earlier one wins. */
  #entriesOf({ entries, keys, merged }: OpenMap): readonly YamlTreeEntry[] {
    for (const node of merged) {
      if (node.kind !== "map") continue;
      for (const entry of node.entries) {
        if (++this.#mergedKeys > MOST_MERGED) throw this.#error(node.at, TOO_MANY);
        if (keys.has(entry.key)) continue;
        keys.add(entry.key);
        entries.push(entry);
      }
    }
    return entries;
  }

  /** True for a text whatever it looks like. */
  #checkTag({ tagStart, tagEnd }: { tagStart: number; tagEnd: number }): boolean {
    if (tagStart < 0) return false;
    const tag = this.#text.slice(tagStart, tagEnd);
    if (tag === "!!str" || tag === "!") return true;
    if (tag === "!!map" || tag === "!!seq") return false;
    throw this.#error(tagStart, `the tag "${tag.slice(0, 64)}" is not known, leave it out`);
  }

  #anchorOf({ anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }) {
    return anchorStart < 0 ? undefined : this.#text.slice(anchorStart, anchorEnd);
  }

  /** An empty value stands nowhere: it is where its key is, or what it is in. */
  #nearest(): number {
    const parent = this.#open.at(-1);
    if (parent === undefined || parent === "document") return 0;
    return parent.kind === "map" ? parent.key?.at ?? parent.at : parent.at;
  }

  #error(offset: number, reason: string): YamlError {
    return new YamlError(this.#placeOf(offset), reason);
  }
}

/** Keys of a text that come from other mappings: each alias could bring all of them again. */
const MOST_MERGED = 10_000;
const TOO_MANY = `more than ${MOST_MERGED} keys are merged by "<<"`;

function quoteStart(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>): number {
  return event.style === 2 || event.style === 3 ? event.valueStart - 1 : event.valueStart;
}

/** Finds places by the starts of lines, which are looked for once. */
function placer(text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
