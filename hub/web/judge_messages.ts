/**
 * What page and worker tell each other.
 *
 * @module
 */
import type { Verdict } from "../../sdk/proof/verdict.ts";

/** The page asks for a verdict; the next one that it asks for ends this one. */
export interface ToJudge {
  /** Comes back in each answer. */
  readonly id: number;
  readonly file: Blob;
  /** Keys that are trusted, one a line: see `trust.ts`. */
  readonly trust: string;
}

export type Judged =
  | { readonly kind: "progress"; readonly id: number; readonly bytes: number }
  | { readonly kind: "verdict"; readonly id: number; readonly verdict: Verdict }
  | { readonly kind: "problem"; readonly id: number; readonly why: string };
