/**
 * Answers the commands `status`, `top` and `tap` of the same host.
 *
 * @module
 */
import { unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import * as v from "valibot";
import { rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { codeOf } from "../../sdk/refusal_line.ts";
import type { Reloaded } from "../running_sources.ts";
import { type ReloadRefused, request, type Status, type Tapped } from "./protocol.ts";

/** Bytes that may wait for a slow tap; then rows are left out. */
const MOST_WAITING_BYTES = 1024 * 1024;
/** Longest question. */
const MOST_QUESTION_BYTES = 4096;

export interface ControlServer extends AsyncDisposable {
  /** Shows a scrubbed batch to whoever taps its source. */
  tap(source: string, batch: ColumnBatch): void;
}

/** Where a running agent listens. On Windows a named pipe, which knows no folder. */
export function controlPath(folder: string, platform: string = process.platform): string {
  if (platform !== "win32") return join(folder, "control.sock");
  return `\\\\.\\pipe\\custos-${Buffer.from(folder).toString("hex").slice(-64)}`;
}

/** Listens until disposed. */
export async function openControl(
  folder: string,
  { status, reload }: Pick<Answers, "status" | "reload">,
): Promise<ControlServer> {
  const taps = new Map<Socket, string | undefined>();
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("close", () => taps.delete(socket));
    void answer(socket, { status, reload, tap: (source) => taps.set(socket, source) });
  });
  const path = controlPath(folder);
  removeStale(path);
  await listen(server, path);
  return {
    tap(source, batch) {
      for (const [socket, wanted] of taps) {
        if (wanted === undefined || wanted === source) show(socket, source, batch);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of taps.keys()) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Answers {
  status(): Status;
  /** @throws {Error} What is told to who asked. */
  reload(): Promise<Reloaded>;
  tap(source: string | undefined): void;
}

async function answer(socket: Socket, answers: Answers): Promise<void> {
  const question = await firstLine(socket);
  if (question === undefined) return;
  const parsed = v.safeParse(request, question);
  if (!parsed.success) {
    socket.end(`${JSON.stringify({ error: "Cannot answer: it is no question I know" })}\n`);
  } else if (parsed.output.ask === "reload") socket.end(`${JSON.stringify(await told(answers))}\n`);
  else if (parsed.output.ask === "status") socket.end(`${JSON.stringify(answers.status())}\n`);
  else answers.tap(parsed.output.source);
}

async function told({ reload }: Answers): Promise<Reloaded | ReloadRefused> {
  try {
    return await reload();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), code: codeOf(error) };
  }
}

/** The first line as JSON; undefined if it is none, and the socket is then closed. */
function firstLine(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    let text = "";
    const done = (value: unknown): void => {
      socket.removeAllListeners("data");
      resolve(value);
    };
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      const end = text.indexOf("\n");
      if (end < 0 && text.length <= MOST_QUESTION_BYTES) return;
      try {
        done(JSON.parse(text.slice(0, Math.max(end, 0))));
      } catch {
        socket.destroy();
        done(undefined);
      }
    });
    socket.on("close", () => done(undefined));
  });
}

function show(socket: Socket, source: string, batch: ColumnBatch): void {
  for (let row = 0; row < batch.rows; row++) {
    if (socket.writableLength > MOST_WAITING_BYTES) return;
    const tapped: Tapped = { source, table: batch.table, row: rowOf(batch, row) };
    socket.write(`${JSON.stringify(tapped)}\n`);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The spool's lock has made sure that no other agent runs here: a socket file is a leftover. */
function removeStale(path: string): void {
  if (process.platform === "win32") return;
  try {
    unlinkSync(path);
  } catch {
    // None there: nothing to remove.
  }
}
