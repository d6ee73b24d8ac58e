/**
 * Why a KQL text has no answer.
 *
 * @module
 */

/**
 * `syntax` and `semantic`: the text is no query; `unsupported`: it is one, this hub has no way to
 * answer it; `limit`: a bound was passed; `value`: a value is not what a function takes.
 */
export type KqlErrorCode = "syntax" | "semantic" | "unsupported" | "limit" | "value";

/** Where in a text, from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface KqlErrorFacts {
  readonly code: KqlErrorCode;
  readonly message: string;
  readonly position?: TextPosition | undefined;
  /** What would be right there. */
  readonly expected?: string | undefined;
  readonly cause?: unknown;
}

/** Its position is that of the first character that is wrong; absent where no place is. */
export class KqlError extends Error {
  override readonly name = "KqlError";
  readonly code: KqlErrorCode;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly expected: string | undefined;

  constructor({ code, message, position, expected, cause }: KqlErrorFacts) {
    const where = position === undefined ? "" : `:${position.line}:${position.column}`;
    super(`Cannot query${where}: ${message}`, { cause });
    this.code = code;
    this.line = position?.line;
    this.column = position?.column;
    this.expected = expected;
  }
}

/** Gives the line and column of `offset` in `text`. */
export function positionIn(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}
