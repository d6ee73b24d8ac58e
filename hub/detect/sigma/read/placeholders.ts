/**
 * Placeholders (Sigma rules specification 2.1, "Placeholders"): `%name%` in a value with `expand`.
 *
 * @module
 */
import { SigmaError } from "./sigma_error.ts";

/** What is known of placeholders while one rule is read. */
export interface Placeholders {
  /** Values of a name, texts with wildcards as in a rule. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Gets the names that have no value. */
  readonly missing: Set<string>;
}

/** Characters of all texts that one value becomes. */
const MOST_CHARACTERS = 4_000_000;

/** All texts that `text` stands for; none where a placeholder has no value. */
export function filled(text: string, at: number, of: Placeholders): readonly string[] {
  const pieces = text.split(/(?<!\\)%(\w+)%/);
  let texts = [""];
  for (const [i, piece] of pieces.entries()) {
    const choices = i % 2 === 0 ? [piece.replaceAll("\\%", "%")] : of.values.get(piece);
    if (choices === undefined) {
      of.missing.add(piece);
      continue;
    }
    const size = texts.length * lengthOf(choices) + choices.length * lengthOf(texts);
    if (size > MOST_CHARACTERS) {
      throw new SigmaError("too-large", at, "its placeholders make too many values of it");
    }
    texts = texts.flatMap((before) => choices.map((choice) => before + choice));
  }
  return pieces.some((piece, i) => i % 2 === 1 && !of.values.has(piece)) ? [] : texts;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((n, text) => n + 1 + text.length, 0);
}
