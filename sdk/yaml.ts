/**
 * YAML (1.2 core schema) with the place of each key and value, for errors that point at the line.
 *
 * @module
 */
import {
  constructFromEvents,
  type Event,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  YAMLException,
} from "js-yaml";

/** A place in a text; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The text is no YAML. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly code = "yaml";
  readonly place: Place;

  constructor(place: Place, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.place = place;
  }
}

export interface Yaml {
  /** null for an empty text. */
  readonly value: unknown;
  /** Where the value at `path` stands; of what is missing, where the nearest thing around it does. */
  valueAt(path: readonly PropertyKey[]): Place;
  /** Where the last key of `path` stands. */
  keyAt(path: readonly PropertyKey[]): Place;
}

/**
 * Parses one document. Aliases are refused: they buy little in a config and can grow it without
 * bound.
 *
 * @throws {YamlError}
 */
export function parseYaml(text: string): Yaml {
  let events: readonly Event[];
  let value: unknown;
  try {
    events = parseEvents(text, { maxDepth: 32 });
    refuse(text, events);
    [value = null] = constructFromEvents([...events], { source: text, maxAliases: 0 });
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const place = { line: (cause.mark?.line ?? 0) + 1, column: (cause.mark?.column ?? 0) + 1 };
    throw new YamlError(place, cause.reason, { cause });
  }
  const { values, keys } = offsetsOf(text, events);
  const nearest = (known: ReadonlyMap<string, number>, path: readonly PropertyKey[]): Place => {
    for (let n = path.length; n >= 0; n--) {
      const key = pathKey(path.slice(0, n));
      const offset = (n === path.length ? known.get(key) : undefined) ?? values.get(key);
      if (offset !== undefined) return placeOf(text, offset);
    }
    return { line: 1, column: 1 };
  };
  return {
    value,
    valueAt: (path) => nearest(values, path),
    keyAt: (path) => nearest(keys, path),
  };
}

/** @throws {YamlError} If there is an alias or a second document. */
function refuse(text: string, events: readonly Event[]): void {
  let documents = 0;
  for (const [i, event] of events.entries()) {
    if (event.type === EVENT_ID.ALIAS) {
      throw new YamlError(placeOf(text, event.anchorStart - 1), "aliases are not allowed here");
    }
    if (event.type !== EVENT_ID.DOCUMENT || ++documents < 2) continue;
    const content = events.slice(i).map(offsetOf).find((offset) => offset >= 0) ?? text.length;
    const marker = text.lastIndexOf("\n---", content) + 1;
    const place = placeOf(text, marker > 0 ? marker : content);
    throw new YamlError(place, "more than one document is not allowed");
  }
}

/** Where an event stands, or -1. */
function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart < 0 ? -1 : startOf(event);
  return event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : -1;
}

interface Level {
  readonly path: readonly PropertyKey[];
  readonly isMap: boolean;
  /** Of a map: the key whose value comes next; undefined where a key comes next. */
  key: string | undefined;
  index: number;
}

function offsetsOf(text: string, events: readonly Event[]) {
  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  const levels: (Level | undefined)[] = [];
  const step = (level: Level): readonly PropertyKey[] => {
    const last = level.isMap ? level.key ?? "" : level.index++;
    level.key = undefined;
    return [...level.path, last];
  };
  for (const event of events) {
    const level = levels.at(-1);
    if (event.type === EVENT_ID.POP) levels.pop();
    else if (event.type === EVENT_ID.DOCUMENT) levels.push(undefined);
    else if (event.type === EVENT_ID.SCALAR && level?.isMap === true && level.key === undefined) {
      level.key = getScalarValue(text, event);
      keys.set(pathKey([...level.path, level.key]), event.valueStart);
    } else if (event.type === EVENT_ID.SCALAR) {
      const path = level === undefined ? "" : pathKey(step(level));
      // An empty value stands nowhere: it is where its key is, or its list.
      const offset = event.valueStart < 0 ? keys.get(path) : startOf(event);
      if (offset !== undefined) values.set(path, offset);
    } else if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      const path = level === undefined ? [] : step(level);
      values.set(pathKey(path), event.start);
      levels.push({ path, isMap: event.type === EVENT_ID.MAPPING, key: undefined, index: 0 });
    }
  }
  return { values, keys };
}

/** Of a quoted scalar the quote: one before its value. */
function startOf(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>): number {
  const isQuoted = event.style === 2 || event.style === 3;
  return isQuoted ? event.valueStart - 1 : event.valueStart;
}

function pathKey(path: readonly PropertyKey[]): string {
  return path.map(String).join("\0");
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}
