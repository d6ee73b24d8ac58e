/**
 * Why a regular expression of a rule cannot be run.
 *
 * @module
 */

/** `place` is an offset in UTF-16 units. */
export class RegexError extends Error {
  override readonly name = "RegexError";
  /**
   * `syntax`: it is no regular expression; `unsupported`: it needs more than a finite automaton;
   * `too-large`: its automaton has more states than {@link MOST_STATES}.
   */
  readonly code: "syntax" | "unsupported" | "too-large";
  readonly place: number;
  readonly permanent = true;

  constructor(code: RegexError["code"], place: number, why: string) {
    super(`Cannot run regex: at ${place}: ${why}`);
    this.code = code;
    this.place = place;
  }
}
