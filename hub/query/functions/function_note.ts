/**
 * A change of stored functions, as the ledger's note `function` has it.
 *
 * @module
 */

export interface FunctionNote {
  readonly note: "function";
  readonly change: "put" | "drop";
  /** Id of who changed it. */
  readonly who: string;
  readonly by: string;
  readonly name: string;
  /** `(parameters) { body }`, without plain values that may name somebody. */
  readonly text: string;
  /** SHA-256 of the whole text, in hex. */
  readonly hash: string;
}
