/**
 * `parse_command_line`: the arguments of a command line of Windows, by the rules of its C runtime.
 *
 * Backslashes are plain text unless a quote follows: then two of them are one, and an odd one makes
 * the quote a part of the argument. Two quotes within quotes are one.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";

export const COMMAND_LINES: readonly NativeFunction[] = [
  defineNative("parse_command_line", [["string", "string"], "dynamic"], ([line, kind]) => {
    if (kind.toLowerCase() !== "windows") {
      throw new NativeError(`Cannot parse command line: kind is "${kind}", must be "windows"`);
    }
    const args = argumentsOf(line);
    return args.length === 0 ? null : args;
  }),
];

/** Backslashes with the quote after them, blanks, or text. */
const PIECES = /(\\*)"("?)|\s+|\\+|[^\\"\s]+/g;

function argumentsOf(line: string): readonly string[] {
  const args: string[] = [];
  let argument: string | undefined;
  let isQuoted = false;
  for (const [piece, slashes, second] of line.matchAll(PIECES)) {
    if (slashes !== undefined) {
      const quote = quoteOf({ slashes: slashes.length, isDouble: second === '"', isQuoted });
      argument = (argument ?? "") + quote.text;
      isQuoted = quote.isQuoted;
    } else if (isQuoted || !/^\s/.test(piece)) argument = (argument ?? "") + piece;
    else if (argument !== undefined) {
      args.push(argument);
      argument = undefined;
    }
  }
  return argument === undefined ? args : [...args, argument];
}

interface Quote {
  readonly slashes: number;
  /** A second quote follows the first. */
  readonly isDouble: boolean;
  /** It stands within quotes. */
  readonly isQuoted: boolean;
}

function quoteOf(
  { slashes, isDouble, isQuoted }: Quote,
): { readonly text: string; readonly isQuoted: boolean } {
  const text = "\\".repeat(Math.floor(slashes / 2));
  // The first quote is plain text: a second one opens or closes.
  if (slashes % 2 === 1) return { text: `${text}"`, isQuoted: isQuoted !== isDouble };
  if (!isDouble) return { text, isQuoted: !isQuoted };
  return isQuoted ? { text: `${text}"`, isQuoted } : { text, isQuoted };
}
