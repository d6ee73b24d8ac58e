/**
 * How a command says that it does not do what was asked: for people in words, for programs as JSON.
 *
 * @module
 */

/** Where the cause has no code of its own. */
const FAILED = "failed";

/**
 * The line for standard error: `told`, or, where `words` ask for JSON,
 * `{"event":"refused","code":…,"message":…}`. Codes are stable, messages are not.
 */
export function refusalLine(
  words: readonly string[],
  { error, told }: { readonly error: unknown; readonly told: string },
): string {
  if (!asksForJson(words)) return told;
  const [message] = told.split("\nTry: ");
  return JSON.stringify({ event: "refused", code: codeOf(error), message });
}

/** Of words that may be no call of any command. */
function asksForJson(words: readonly string[]): boolean {
  return words.some((word, i) => {
    const value = word === "--output" ? words[i + 1] : word.replace(/^--output=/, "");
    const isOption = word === "--output" || word.startsWith("--output=");
    return isOption && (value === "json" || value === "ndjson");
  });
}

/** The stable code of an error; `failed` where it has none of ours. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Those of the system and the runtime are in capitals, and are no promise of ours.
  return typeof code === "string" && /^[a-z][a-z_-]*$/.test(code) ? code : FAILED;
}
