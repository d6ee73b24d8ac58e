/**
 * A command of the `custos` binary: its options, its help, what it is given.
 *
 * @module
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { wrongWords } from "../../sdk/wrong_words.ts";

/** Exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, degraded: 4, integrity: 5 } as const;

/** What a command runs with. */
export interface Call {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
  /** `--output json`: one JSON value a line. */
  readonly json: boolean;
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Writes to standard output; resolves when it may go on. */
  out(text: string): Promise<void>;
  /** Writes a line to standard error. */
  err(line: string): void;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Lines after `Usage: custos NAME`. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  /** Commands of its own, named `NAME VERB`: the first word of the call picks one. */
  readonly verbs?: readonly Command[];
  run(call: Call): Promise<number>;
}

/** Words that are no call of a command. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "usage";
}

/** Options that every command has. */
const COMMON: ParseArgsOptionsConfig = {
  help: { type: "boolean", short: "h" },
  output: { type: "string" },
  config: { type: "string", short: "c" },
  "log-level": { type: "string" },
};

/** Options and positionals of `words`. @throws {UsageError} */
export function parseCall(
  command: Command,
  words: readonly string[],
): Pick<Call, "values" | "positionals" | "json"> {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...COMMON, ...command.options },
      allowPositionals: true,
    });
    const output = values["output"];
    if (output !== undefined && output !== "text" && output !== "json" && output !== "ndjson") {
      throw new UsageError(`--output is "${String(output)}", must be "text", "json" or "ndjson"`);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no option here is a list
    const flat = values as Readonly<Record<string, string | boolean | undefined>>;
    return { values: flat, positionals, json: output === "json" || output === "ndjson" };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(wrongWords(cause), { cause });
  }
}

/** The text of option `name`, if it was given. */
export function text(call: Call, name: string): string | undefined {
  const value = call.values[name];
  return typeof value === "string" ? value : undefined;
}

/** The help of one command. */
export function helpOf(command: Command): string {
  return `${command.summary}\n\nUsage: custos ${command.name} ${command.usage}\n
Every command: --output text|json   --log-level debug|info|warning|error   --help\n`;
}
