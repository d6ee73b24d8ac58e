/**
 * The `custos-hub` program: finds the command, runs it, ends with its exit code.
 *
 * @module
 */
import { refusalLine } from "../sdk/refusal_line.ts";
import { agent } from "./commands/agent.ts";
import { alert } from "./commands/alert.ts";
import { backup } from "./commands/backup.ts";
import { type Command, EXIT, helpOf, parseCall, UsageError } from "./commands/command.ts";
import { exportBundle } from "./commands/export.ts";
import { hold } from "./commands/hold.ts";
import { hunt } from "./commands/hunt.ts";
import { key } from "./commands/key.ts";
import { login } from "./commands/login.ts";
import { model } from "./commands/model.ts";
import { operator } from "./commands/operator.ts";
import { query } from "./commands/query.ts";
import { restore } from "./commands/restore.ts";
import { retention } from "./commands/retention.ts";
import { rules } from "./commands/rules.ts";
import { serve } from "./commands/serve.ts";
import { store } from "./commands/store.ts";
import { train } from "./commands/train.ts";
import { witness } from "./commands/witness.ts";
import { HubConfigError } from "./config.ts";

const COMMANDS: readonly Command[] = [
  serve,
  query,
  rules,
  hunt,
  train,
  model,
  key,
  login,
  agent,
  alert,
  hold,
  retention,
  exportBundle,
  backup,
  restore,
  store,
  operator,
  witness,
];

function help(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`);
  return `custos-hub: receives, keeps and watches the events of agents\n
Usage: custos-hub COMMAND [OPTIONS]\n\n${lines.join("\n")}\n
custos-hub COMMAND --help says more. Exit codes: 0 done, 1 failed, 2 wrong call or config.\n`;
}

interface Writer {
  write(text: string): void;
  /** Resolves when all is with the system, or nobody reads it: a pipe takes only so much at once. */
  written(): Promise<void>;
}

function writerOf(stream: NodeJS.WriteStream): Writer {
  let last = Promise.resolve();
  return {
    write(text) {
      last = new Promise((resolve) => stream.write(text, () => resolve()));
    },
    written: () => last,
  };
}

async function run(
  words: readonly string[],
  { signal, out }: { readonly signal: AbortSignal; readonly out: Writer },
): Promise<number> {
  const [name, ...rest] = words;
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const isHelp = name === "--help" || name === "-h" || name === "help";
    if (!isHelp && name !== undefined) {
      process.stderr.write(`Cannot run "${name}": no such command\n\n`);
    }
    (isHelp ? process.stdout : process.stderr).write(help());
    return isHelp ? EXIT.ok : EXIT.usage;
  }
  const { values, positionals } = parseCall(command, rest);
  if (values["help"] === true) {
    process.stdout.write(helpOf(command));
    return EXIT.ok;
  }
  return await command.run({
    values,
    positionals,
    signal,
    now: () => Date.now(),
    variable: (name) => process.env[name],
    out: (text) => out.write(text),
    written: () => out.written(),
    err: (line) => void process.stderr.write(`${line}\n`),
    isWatched: process.stderr.isTTY === true,
  });
}

async function main(out: Writer): Promise<number> {
  const words = process.argv.slice(2);
  // What the hub writes is for its owner alone, whatever the folder's mode.
  process.umask(0o077);
  const stop = new AbortController();
  // The first signal ends cleanly; for who cannot wait, the second ends at once.
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => stop.signal.aborted ? process.exit(EXIT.failed) : stop.abort());
  }
  try {
    return await run(words, { signal: stop.signal, out });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const own = error instanceof UsageError;
    const line = own
      ? `Cannot run ${words[0]}: ${message}, see custos-hub ${words[0]} --help`
      : message;
    process.stderr.write(`${refusalLine(words, { error, told: line })}\n`);
    return own || error instanceof HubConfigError ? EXIT.usage : EXIT.failed;
  }
}

if (import.meta.main) {
  const out = writerOf(process.stdout);
  const code = await main(out);
  await out.written();
  process.exit(code);
}
