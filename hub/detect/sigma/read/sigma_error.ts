/**
 * What a reader of Sigma throws: it ends the reading of one document, never that of others.
 *
 * @module
 */
import type { SigmaProblem } from "../rule.ts";

/** One document of a rule file is no rule. */
export class SigmaError extends Error {
  override readonly name = "SigmaError";
  readonly code: SigmaProblem["code"];
  /** Offset in the text of the file. */
  readonly at: number;

  /** `what` says what is wrong and what would be right, in the middle of a sentence. */
  constructor(code: SigmaProblem["code"], at: number, what: string) {
    super(what);
    this.code = code;
    this.at = at;
  }
}

const MOST_QUOTED = 64;

/** `text` in quotes, on one line and not longer than a message may be. */
export function quoted(text: string): string {
  const plain = text.slice(0, MOST_QUOTED).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
  return text.length > MOST_QUOTED ? `"${plain}…"` : `"${plain}"`;
}

/** The first of `all` for a message; the rest is counted. */
export function listed(all: readonly string[]): string {
  const shown = all.slice(0, 12).map((one) => one.slice(0, MOST_QUOTED)).join(", ");
  return all.length > 12 ? `${shown} and ${all.length - 12} more` : shown;
}
