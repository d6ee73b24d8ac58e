/**
 * Compiles a query whose plugins give columns that depend on their rows: those are asked first.
 *
 * @module
 */
import { ColumnsNeeded } from "./columns_needed.ts";
import {
  type Compiled,
  type CompiledResult,
  compileKql,
  type CompileOptions,
  resultOf,
} from "./compile.ts";
import type { Language } from "./language.ts";
import type { BoundColumn } from "./syntax.ts";

/** Plugins of one query that may ask. */
const MAX_PROBES = 8;

export interface ResolveOptions extends CompileOptions {
  /** Runs a statement of one column of texts. */
  readonly ask: (probe: CompiledResult) => Promise<readonly string[]>;
}

/** @throws {KqlError} If `text` is no query that can be answered. */
export async function compileResolved(
  text: string,
  language: Language,
  { ask, ...options }: ResolveOptions,
): Promise<Compiled> {
  const columns = new Map<number, readonly BoundColumn[]>();
  for (;;) {
    try {
      return compileKql(text, language, { ...options, columns });
    } catch (error) {
      if (!(error instanceof ColumnsNeeded) || columns.size === MAX_PROBES) throw error;
      const { place, probe, shared, read } = error.needed;
      columns.set(place, read(await ask(resultOf(probe, shared))));
    }
  }
}
