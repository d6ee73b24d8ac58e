/**
 * One child process of the engine: sends requests, gives replies in order.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { encodeMessage, MessageReader } from "./engine_messages.ts";
import { EngineError } from "./engine_error.ts";

export interface EngineChild<Request extends object, Reply extends object> {
  readonly isAlive: boolean;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  send(request: Request): void;
  /**
   * The next reply.
   *
   * @throws {EngineError} What {@link kill} was given, or `crashed`.
   */
  next(): Promise<Reply>;
  /** Ends the process at once; calls of {@link next} fail with `why`. */
  kill(why: EngineError): void;
}

/**
 * Starts `command` with an empty environment: nothing outside decides what the child does. It ends
 * when it wants more memory than `memoryMb` of its own, where the system can bound that.
 */
export function spawnChild<Request extends object, Reply extends object>(
  command: readonly string[],
  memoryMb: number,
): EngineChild<Request, Reply> {
  const [program, ...args] = boundedCommand(command, memoryMb, process.platform);
  const child = spawn(program!, args, { env: {}, stdio: ["pipe", "pipe", "inherit"] });
  const reader = new MessageReader<Reply>();
  const replies: Reply[] = [];
  let failure: EngineError | undefined;
  let wake: (() => void) | undefined;
  const fail = (why: EngineError): void => {
    failure ??= why;
    child.kill("SIGKILL");
    wake?.();
  };
  const ended = new Promise<void>((resolve) => {
    child.once("close", (code, signal) => {
      fail(new EngineError("crashed", `Cannot query: the engine ended (${signal ?? code})`));
      resolve();
    });
    child.once("error", (cause) => {
      fail(new EngineError("crashed", `Cannot start engine ${program}: ${cause.message}`));
      resolve();
    });
  });
  // A write to a child that has just died: `close` tells why.
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Uint8Array) => {
    try {
      replies.push(...reader.push(chunk));
    } catch {
      fail(new EngineError("crashed", "Cannot query: the engine sent what is no message"));
    }
    wake?.();
  });
  return {
    get isAlive() {
      return failure === undefined;
    },
    ended,
    send: (request) => void child.stdin.write(encodeMessage(request)),
    async next() {
      while (replies.length === 0) {
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      return replies.shift()!;
    },
    kill: fail,
  };
}

/** What Bun 1.4.5 maps at its start and never writes to; it counts all the same. */
const MAPPED_MB = 1_600;
/**
 * With less room than this it starts too, but without its just-in-time compiler: what it does takes
 * 6 to 40 times as long.
 */
const LEAST_MB = 2_300;

/**
 * `command` under a limit of the memory that it may write to (RLIMIT_DATA). Linux alone counts all
 * of it; on other systems the engine's own limit and the deadline have to do.
 */
function boundedCommand(
  command: readonly string[],
  memoryMb: number,
  platform: string,
): readonly string[] {
  if (platform !== "linux") return command;
  const kb = Math.max(LEAST_MB, MAPPED_MB + memoryMb) * 1024;
  return ["/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"', String(kb), ...command];
}
