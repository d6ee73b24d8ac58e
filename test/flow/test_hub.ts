/**
 * A real hub in a process of its own, for tests that stop, kill and ask it.
 *
 * @module
 */
import { dirname, join } from "node:path";
import * as v from "valibot";
import { type Child, runToEnd, startChild } from "../../compile/demo/child.ts";
import { messageOf, type Ready } from "../../compile/demo/messages.ts";
import { getStatus } from "../../sdk/api/status.ts";
import { createClient, type HubClient } from "../../sdk/client/client.ts";

const ROOT = dirname(dirname(import.meta.dirname));

/** A running hub; disposing of it stops it cleanly. */
export interface TestHub extends AsyncDisposable {
  readonly ready: Ready;
  readonly linkPort: number;
  readonly pid: number;
  /** What it has told on its standard output so far, as JSON. */
  readonly told: readonly unknown[];
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** As a power cut of the process: resolves when it is gone, if it was not yet. */
  kill(): Promise<void>;
  /** Asks with every scope. */
  client(): Promise<HubClient>;
}

/** Starts a hub on a data folder, on ports that the system chooses. */
export async function startHub(
  folder: string,
  words: readonly string[] = [],
): Promise<TestHub> {
  const { child, told, first } = await open(folder, words);
  if (first === undefined) throw new Error(`Cannot start hub\n${child.errors()}`);
  let hasEnded = false;
  void child.ended.finally(() => hasEnded = true);
  const kill = async (): Promise<void> => {
    if (!hasEnded) process.kill(child.pid, "SIGKILL");
    await child.ended;
  };
  return {
    ready: first,
    linkPort: Number(new URL(first.link).port),
    pid: child.pid,
    told,
    ended: child.ended,
    kill,
    client: async () => createClient({ url: first.page, key: await keyOf(folder) }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Starts a hub and kills it after `ms`, ready or not. */
export async function killHubAfter(folder: string, ms: number): Promise<void> {
  const child = startChild(optionsOf(folder, []));
  await new Promise<void>((resolve) => void setTimeout(resolve, ms));
  process.kill(child.pid, "SIGKILL");
  await child.ended;
}

/** Resolves when every follower has taken all that is durable; none may have failed. */
export async function caughtUp(client: HubClient): Promise<void> {
  for (;;) {
    const { followers } = await client.call(getStatus, {});
    const failed = followers.find(({ error }) => error !== null);
    if (failed !== undefined) throw new Error(`${failed.name} failed: ${failed.error}`);
    // A tick may have come just now.
    if (followers.every(({ behind }) => behind <= 1)) return;
  }
}

async function open(folder: string, words: readonly string[]) {
  const child = startChild(optionsOf(folder, words));
  const told: unknown[] = [];
  const first = await new Promise<Ready | undefined>((resolve) => {
    void follow(child, (line) => {
      told.push(line);
      const message = messageOf(line);
      if (message?.event === "ready") resolve(message);
    }).then(() => resolve(undefined));
  });
  return { child, told, first };
}

function optionsOf(folder: string, words: readonly string[]) {
  const fixed = ["--page", "127.0.0.1:0", "--link", "127.0.0.1:0", "--output", "json"];
  const command = [process.execPath, "hub/main.ts", "serve", ...fixed, "--data", folder, ...words];
  return { name: "hub", command, cwd: ROOT, errorLog: `${folder}.err` };
}

async function follow(child: Child, onLine: (line: unknown) => void): Promise<void> {
  for await (const line of child.lines) onLine(line);
}

async function keyOf(folder: string): Promise<string> {
  const words = ["key", "create", "--scopes", "all", "--output", "json", "--data", folder];
  const command = [process.execPath, "hub/main.ts", ...words];
  const errorLog = join(dirname(folder), "key.err");
  const [line] = await runToEnd({ name: "key", command, cwd: ROOT, errorLog });
  return v.parse(v.object({ key: v.string() }), line).key;
}
