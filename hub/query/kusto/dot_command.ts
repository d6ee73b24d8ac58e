/**
 * A dot command: its words, its columns, how it is answered.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Running } from "./running.ts";
import type { KustoColumn, KustoType, KustoValue } from "./value.ts";

/** What a command is answered from. */
export interface CommandContext {
  readonly catalog: Catalog;
  readonly running: Running;
  /** Id of the caller. */
  readonly caller: string;
  /** The hub's release. */
  readonly version: string;
  /** When the hub was started, in ms since the Unix epoch. */
  readonly startedAt: number;
}

/** One command. */
export interface DotCommand {
  /** As a list of commands shows it. */
  readonly usage: string;
  /** Of the whole command with single spaces; its groups are the arguments. */
  readonly pattern: RegExp;
  /** Name and type of each column. */
  readonly columns: readonly KustoColumn[];
  run(context: CommandContext, words: readonly string[]): readonly (readonly KustoValue[])[];
}

/** Columns from `name:type` words. */
export function columnsOf(words: string): readonly KustoColumn[] {
  return words.trim().split(/\s+/).map((word) => {
    const [name = "", type = "string"] = word.split(":");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only literals of this folder come
    return { name, type: type as KustoType };
  });
}
