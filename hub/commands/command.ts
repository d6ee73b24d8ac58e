/**
 * A command of the `custos-hub` program: its options, its help, what it is given.
 *
 * @module
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { troubleAt } from "../../sdk/runtime/file_trouble.ts";
import { wrongWords } from "../../sdk/wrong_words.ts";

/** Exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, integrity: 5 } as const;

/** What a command runs with. */
export interface Call {
  readonly values: Readonly<
    Record<string, string | boolean | readonly (string | boolean)[] | undefined>
  >;
  readonly positionals: readonly string[];
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Wall clock, ms since the Unix epoch. */
  now(): number;
  /** A variable of the environment. */
  variable(name: string): string | undefined;
  /** Writes text to standard output. */
  out(text: string): void;
  /** Resolves when all that was written is taken: who writes much waits for a slow reader. */
  written?(): Promise<void>;
  /** Writes a line to standard error. */
  err(line: string): void;
  /** Whether somebody sees standard error: it is a terminal. */
  readonly isWatched?: boolean;
}

/** One command. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows `Usage: custos-hub NAME`, and what each option means. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  /** Most words besides options; default none. */
  readonly words?: number;
  /** Gives the exit code. */
  run(call: Call): Promise<number>;
}

/** Words that are no call of a command. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "usage";
}

/**
 * Options and positionals of `words`.
 *
 * @throws {UsageError}
 */
export function parseCall(
  command: Command,
  words: readonly string[],
): Pick<Call, "values" | "positionals"> {
  const call = parsed(command, words);
  const tooMuch = call.positionals.slice(command.words ?? 0);
  if (tooMuch.length > 0) throw new UsageError(`"${tooMuch.join(" ")}" is too much`);
  return call;
}

function parsed(
  command: Command,
  words: readonly string[],
): Pick<Call, "values" | "positionals"> {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...command.options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    return { values, positionals };
  } catch (cause) {
    throw new UsageError(wrongWords(cause), { cause });
  }
}

/** The text of option `name`, if it was given. */
export function text(call: Call, name: string): string | undefined {
  const value = call.values[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * The text of option `name`.
 *
 * @throws {UsageError} If it was not given.
 */
export function required(call: Call, name: string): string {
  const value = text(call, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

/**
 * The text of option `name`, which must be one of `choices`; the first where it was not given.
 *
 * @throws {UsageError}
 */
export function choice<T extends string>(call: Call, name: string, choices: readonly T[]): T {
  const value = text(call, name) ?? choices[0];
  const chosen = choices.find((one) => one === value);
  if (chosen === undefined) {
    throw new UsageError(
      `--${name} is "${value}", must be one of ${[...new Set(choices)].join(", ")}`,
    );
  }
  return chosen;
}

/** @throws {UsageError} Unless `file`, which a hub makes in its data folder, is there. */
export function checkRan(folder: string, file: string): void {
  const trouble = troubleAt(file);
  if (trouble === undefined) return;
  throw new UsageError(
    `--data is "${folder}", must be the data folder of a hub that has run: ${file}: ${trouble}`,
  );
}

/** The help of one command. */
export function helpOf({ name, summary, usage }: Command): string {
  return `${summary}\n\nUsage: custos-hub ${name} ${usage}\n`;
}
