/**
 * Asks the agent that runs on this host.
 *
 * @module
 */
import { connect } from "node:net";
import type { ReloadRefused, Request, Status, Tapped } from "./protocol.ts";
import type { Reloaded } from "../running_sources.ts";
import { controlPath } from "./server.ts";

/** Nobody answers: no agent runs with this data folder. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly code = "not-running";
}

/** How the running agent does. @throws {ControlError} */
export async function askStatus(folder: string): Promise<Status> {
  for await (const line of ask(folder, { ask: "status" }, undefined)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same binary has written it
    return JSON.parse(line) as Status;
  }
  throw new ControlError("Cannot ask the agent: it closed the connection");
}

/** Has it take its config anew. @throws {ControlError} */
export async function askReload(folder: string): Promise<Reloaded | ReloadRefused> {
  for await (const line of ask(folder, { ask: "reload" }, undefined)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same binary has written it
    return JSON.parse(line) as Reloaded | ReloadRefused;
  }
  throw new ControlError("Cannot ask the agent: it closed the connection");
}

/** Scrubbed events as they pass, until `signal` aborts. @throws {ControlError} */
export async function* askTap(
  folder: string,
  source: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Tapped> {
  const question: Request = { ask: "tap", ...(source !== undefined && { source }) };
  for await (const line of ask(folder, question, signal)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    yield JSON.parse(line) as Tapped;
  }
}

async function* ask(
  folder: string,
  question: Request,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const socket = connect(controlPath(folder));
  const close = (): void => void socket.destroy();
  signal?.addEventListener("abort", close, { once: true });
  let rest = "";
  try {
    socket.write(`${JSON.stringify(question)}\n`);
    for await (const chunk of socket) {
      rest += String(chunk);
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (cause) {
    if (signal?.aborted === true) return;
    const why = isDenied(cause)
      ? `this user may not look into ${folder}; ask as the agent's user`
      : `none runs with data folder ${folder}; start it with "custos run"`;
    throw new ControlError(`Cannot ask the agent: ${why}`, { cause });
  } finally {
    signal?.removeEventListener("abort", close);
    socket.destroy();
  }
}

function isDenied(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause &&
    (cause.code === "EACCES" || cause.code === "EPERM");
}
