/**
 * A place where bytes from outside come in, as the fuzzer drives it.
 *
 * @module
 */
import type { Random } from "../../compile/demo/random.ts";

/** What became of one input: `accepted`, or the stable code of the refusal. */
export type Verdict = string;

export interface Target {
  readonly name: string;
  /** Good inputs, to be mutated. */
  readonly corpus: readonly Uint8Array[];
  /**
   * Takes one input.
   *
   * @throws {unknown} Only where the system would have crashed: that is a find.
   */
  take(input: Uint8Array, random: Random): Verdict | Promise<Verdict>;
}

/** A class of errors by which bytes are refused. */
type Refusal = abstract new (...parts: never[]) => Error & { readonly code: string };

/** Calls `take`; gives the code of one of `refusals`, and lets all other errors through. */
export async function verdictOf(
  take: () => unknown,
  refusals: readonly Refusal[],
): Promise<Verdict> {
  try {
    await take();
    return "accepted";
  } catch (error) {
    for (const refusal of refusals) if (error instanceof refusal) return codeOf(error);
    throw error;
  }
}

/** A code is a short word: text of the input must never stand in its place. */
function codeOf({ code, message }: { readonly code: string; readonly message: string }): Verdict {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(code)) throw new TypeError(`"${code}" is no code`);
  if (message === "" || message.length > 4096) {
    throw new TypeError(`The message of a refusal "${code}" has ${message.length} characters`);
  }
  return code;
}
