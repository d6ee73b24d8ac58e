/**
 * The commands of the `custos` binary: finds the one that is called, runs it, tells what went wrong
 * in one line.
 *
 * @module
 */
import { LOG_LEVELS, openLog } from "../sdk/log.ts";
import { refusalLine } from "../sdk/refusal_line.ts";
import { COMMANDS } from "./commands.ts";
import {
  type Call,
  type Command,
  EXIT,
  helpOf,
  parseCall,
  UsageError,
} from "./commands/command.ts";
import { ConfigError } from "./config/load.ts";
import { RELEASE } from "./release.ts";

const HELP = `custos ${RELEASE}: reads logs, removes what names people, seals and sends the rest

Usage: custos COMMAND [OPTIONS]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join("\n")}

custos COMMAND --help tells more.  Exit codes: 0 well, 1 failed, 2 wrong call or config,
4 degraded, 5 integrity lost.
`;

/** Runs the command that `words` call, to the end of the process. */
export async function runProgram(words: readonly string[]): Promise<never> {
  // What no part has caught is a mistake of ours: a process that goes on after it may do harm.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      say(`Cannot go on: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(EXIT.failed);
    });
  }
  process.exitCode = await main(words);
  // A plugin or socket that lingers must not keep a finished command alive.
  process.exit();
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    await write(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version" || name === "-V") {
    await write(`custos ${RELEASE}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined) {
    const known = COMMANDS.map((c) => c.name).join(", ");
    say(`Cannot run "${name}": there is no such command, must be one of ${known}`);
    return EXIT.usage;
  }
  const verb = command.verbs?.find((v) => v.name === `${name} ${rest[0]}`);
  return await (verb === undefined ? runCommand(command, rest) : runCommand(verb, rest.slice(1)));
}

async function runCommand(command: Command, words: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // The second one is for whoever does not want to wait.
      if (stop.signal.aborted) process.exit(EXIT.failed);
      stop.abort();
    });
  }
  // The reader of our output is gone, such as in `custos read … | head`.
  process.stdout.on("error", () => stop.abort());
  try {
    const call = parseCall(command, words);
    if (call.values["help"] === true) {
      await write(helpOf(command));
      return EXIT.ok;
    }
    openLogFor(call);
    return await command.run({ ...call, signal: stop.signal, out: write, err: say });
  } catch (error) {
    const { told, exit } = explain(command, error);
    say(refusalLine(words, { error, told }));
    return exit;
  }
}

function openLogFor({ values, json }: Pick<Call, "values" | "json">): void {
  const wanted = values["log-level"] ?? "info";
  const level = LOG_LEVELS.find((known) => known === wanted);
  if (level === undefined) {
    throw new UsageError(
      `--log-level is "${String(wanted)}", must be one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  openLog({
    level,
    form: json ? "json" : "text",
    write: (line) => void process.stderr.write(line),
  });
}

function explain(
  command: Command,
  error: unknown,
): { readonly told: string; readonly exit: number } {
  const told = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    const help = `Try: custos ${command.name} --help`;
    return { told: `Cannot run custos ${command.name}: ${told}\n${help}`, exit: EXIT.usage };
  }
  return { told, exit: error instanceof ConfigError ? EXIT.usage : EXIT.failed };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Resolves when the text has left: a pipe that nobody reads slows the command, not its memory. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
