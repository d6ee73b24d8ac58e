/**
 * A child process that tells what happens as lines of JSON on its standard output.
 *
 * It leads a process group of its own, so that Ctrl-C in the terminal reaches us alone and we stop
 * the children one by one, in order.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export interface ChildOptions {
  /** For messages: `hub`, `agent`. */
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Its standard error goes to this file. */
  readonly errorLog: string;
  /** Its whole environment; default: ours. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Each line that is JSON; ends with the process. */
  readonly lines: AsyncIterable<unknown>;
  /** Its exit code; a signal is 1. */
  readonly ended: Promise<number>;
  /** The last lines of its standard error. */
  errors(): string;
}

/** It may take so long to end before it is killed, in ms. */
const STOP_MS = 10_000;

/** Starts a child; disposing of it asks it to end and waits until it has. */
export function startChild({ name, command, cwd, errorLog, env }: ChildOptions): Child {
  const [program = "", ...args] = command;
  const log = openSync(errorLog, "a", 0o600);
  const child = spawn(program, args, {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", log],
    ...(env !== undefined && { env }),
  });
  closeSync(log);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
  // Whoever waits for `ended` gets the failure; nobody waiting is no failure of its own.
  ended.catch(() => undefined);
  if (child.pid === undefined) throw new Error(`Cannot start ${name}: ${program} does not run`);
  return {
    pid: child.pid,
    lines: jsonLines(child),
    ended,
    errors: () => readFileSync(errorLog, "utf8").trimEnd().split("\n").slice(-20).join("\n"),
    [Symbol.asyncDispose]: () => stop(child, ended),
  };
}

async function* jsonLines(child: ChildProcess): AsyncGenerator<unknown> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue;
    yield JSON.parse(line);
  }
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  child.kill("SIGTERM");
  const deadline = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended.catch(() => 1);
  clearTimeout(deadline);
}

/**
 * Runs a command to its end and gives the lines of JSON that it told.
 *
 * @throws {Error} If its exit code is not 0.
 */
export async function runToEnd(options: ChildOptions): Promise<readonly unknown[]> {
  await using child = startChild(options);
  const lines = await Array.fromAsync(child.lines);
  const code = await child.ended;
  if (code === 0) return lines;
  throw new Error(`Cannot run ${options.name}: it ended with code ${code}\n${child.errors()}`);
}
