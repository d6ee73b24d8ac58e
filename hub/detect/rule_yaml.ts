/**
 * Reads YAML into a tree that knows where each value stands, for errors with line and column.
 *
 * Only mappings, lists and scalars: anchors, aliases and tags are refused.
 *
 * @module
 */
import { EVENT_ID, getScalarValue, parseEvents, YAMLException } from "js-yaml";

/** A value and its offset in the text. */
export type YamlNode =
  | { readonly kind: "map"; readonly at: number; readonly entries: readonly YamlEntry[] }
  | { readonly kind: "list"; readonly at: number; readonly items: readonly YamlNode[] }
  | { readonly kind: "scalar"; readonly at: number; readonly text: string };

/** One key of a mapping. */
export interface YamlEntry {
  readonly key: string;
  readonly at: number;
  readonly value: YamlNode;
}

/** Text that is no YAML of the allowed kind. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly code = "syntax";
  /** Offset in the text. */
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const MOST_DEPTH = 16;

/**
 * The only document of `text`; undefined if there is nothing in it.
 *
 * @throws {YamlError} If it is no such YAML.
 */
export function readYaml(text: string): YamlNode | undefined {
  const events = eventsOf(text);
  let i = 0;
  const read = (): YamlNode => {
    const event = events[i++]!;
    if (event.type === EVENT_ID.SCALAR) return scalarOf(text, event);
    if (event.type === EVENT_ID.MAPPING) return mapOf(event.start);
    if (event.type === EVENT_ID.SEQUENCE) return listOf(event.start);
    throw new YamlError(0, "more than one document is not allowed");
  };
  const mapOf = (at: number): YamlNode => {
    const entries: YamlEntry[] = [];
    while (events[i]!.type !== EVENT_ID.POP) {
      const key = read();
      if (key.kind !== "scalar") throw new YamlError(key.at, "a key must be a word");
      entries.push({ key: key.text, at: key.at, value: read() });
    }
    i++;
    return { kind: "map", at, entries };
  };
  const listOf = (at: number): YamlNode => {
    const items: YamlNode[] = [];
    while (events[i]!.type !== EVENT_ID.POP) items.push(read());
    i++;
    return { kind: "list", at, items };
  };
  if (events.length === 0) return undefined;
  i++;
  if (events[i]?.type === EVENT_ID.POP) return undefined;
  const node = read();
  if (i + 1 < events.length) {
    throw new YamlError(text.length, "more than one document is not allowed");
  }
  return node;
}

/** Line and column of offset `at`, both from 1. */
export function placeOf(
  text: string,
  at: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: at - lineStart + 1 };
}

function eventsOf(text: string): ReturnType<typeof parseEvents> {
  let events: ReturnType<typeof parseEvents>;
  try {
    events = parseEvents(text, { maxDepth: MOST_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlError(error.mark?.position ?? 0, error.reason);
  }
  for (const event of events) {
    if ("tagStart" in event && event.tagStart >= 0) {
      throw new YamlError(event.tagStart, "a tag is not allowed");
    }
    if ("anchorStart" in event && event.anchorStart >= 0) {
      throw new YamlError(event.anchorStart - 1, "anchors and aliases are not allowed");
    }
  }
  return events;
}

function scalarOf(text: string, event: Parameters<typeof getScalarValue>[1]): YamlNode {
  // An empty value has no place of its own.
  const at = Math.max(0, event.valueStart);
  return { kind: "scalar", at, text: event.valueStart < 0 ? "" : getScalarValue(text, event) };
}
