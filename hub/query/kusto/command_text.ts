/**
 * The text of a command.
 *
 * @module
 */

/** Without comments at the start: a client may write its name there. */
export function withoutComments(text: string): string {
  return text.replace(/^(?:\s+|\/\/[^\n]*(?:\n|$))+/, "");
}
