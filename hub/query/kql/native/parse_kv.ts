/**
 * The pairs of `parse-kv`: keys and values that delimiters hold apart.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";
import type { Json } from "./json.ts";

export const PAIRS: readonly NativeFunction[] = [
  defineNative(
    "parse_kv",
    [["string", "string", "string", "string", "string", "bool"], "dynamic"],
    ([text, pair, kv, quotes, escape, isGreedy]) => {
      const reader: PairReader = { text, pair, kv, quotes, escape, isGreedy: isGreedy === true };
      return new Map<string, Json>(pairsOf(reader));
    },
  ),
  defineNative("parse_kv_regex", [["string", "string"], "dynamic"], ([text, pattern]) => {
    const found = new Map<string, Json>();
    for (const match of text.matchAll(new RegExp(pattern, "g"))) {
      if (match[1] !== undefined && !found.has(match[1])) found.set(match[1], match[2] ?? "");
    }
    return found;
  }),
];

interface PairReader {
  readonly text: string;
  readonly pair: string;
  readonly kv: string;
  /** The opening and closing quote; empty where there are none. */
  readonly quotes: string;
  readonly escape: string;
  /** Values go on to the next key, over delimiters of pairs. */
  readonly isGreedy: boolean;
}

/** Of a key that is there twice, the first value counts: later ones come first here. */
function pairsOf(reader: PairReader): readonly (readonly [string, string])[] {
  const pieces = reader.isGreedy ? greedyPieces(reader) : piecesOf(reader);
  const pairs = pieces.flatMap((piece): readonly (readonly [string, string])[] => {
    const at = piece.indexOf(reader.kv);
    if (at < 0) return [];
    const value = unquoted(piece.slice(at + reader.kv.length), reader);
    return [[unquoted(piece.slice(0, at).trim(), reader), value]];
  });
  return pairs.toReversed();
}

/** The text between delimiters that are outside of quotes. */
function piecesOf({ text, pair, quotes, escape }: PairReader): readonly string[] {
  if (pair === "") return [text];
  if (quotes === "") return text.split(pair);
  const [open, close] = [quotes[0]!, quotes.at(-1)!];
  const pieces: string[] = [];
  let [start, isInside] = [0, false];
  for (let i = 0; i < text.length; i++) {
    if (escape !== "" && text.startsWith(escape, i)) i++;
    else if (isInside) isInside = text[i] !== close;
    else if (text[i] === open) isInside = true;
    else if (text.startsWith(pair, i)) {
      pieces.push(text.slice(start, i));
      start = i + pair.length;
      i = start - 1;
    }
  }
  return [...pieces, text.slice(start)];
}

function greedyPieces(reader: PairReader): readonly string[] {
  const pieces: string[] = [];
  for (const piece of piecesOf(reader)) {
    if (piece.includes(reader.kv) || pieces.length === 0) pieces.push(piece);
    else pieces.push(`${pieces.pop()}${reader.pair}${piece}`);
  }
  return pieces;
}

function unquoted(value: string, { quotes, escape }: PairReader): string {
  if (quotes === "") return value;
  const trimmed = value.trim();
  const [open, close] = [quotes[0]!, quotes.at(-1)!];
  if (trimmed.length < 2 || !trimmed.startsWith(open) || !trimmed.endsWith(close)) return value;
  const inner = trimmed.slice(1, -1);
  return escape === "" ? inner : inner.replaceAll(`${escape}${close}`, close);
}
