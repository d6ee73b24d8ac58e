/**
 * The hub of day two: one data folder and one port, served by one release after the other.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import { type Child, runToEnd, startChild } from "../../compile/demo/child.ts";
import { messageOf, type Ready } from "../../compile/demo/messages.ts";
import { createClient, type HubClient } from "../../sdk/client/client.ts";
import type { Release } from "./releases.ts";

const Key = v.looseObject({ key: v.string() });

export class DayHub implements AsyncDisposable {
  readonly data: string;
  readonly #folder: string;
  #release: Release;
  #port = 0;
  #child: Child | undefined;
  #ready: Ready | undefined;
  #client: HubClient | undefined;

  constructor(folder: string, release: Release) {
    this.#folder = folder;
    this.#release = release;
    this.data = join(folder, "hub");
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get ready(): Ready {
    if (this.#ready === undefined) throw new Error("The hub does not run");
    return this.#ready;
  }

  /** Starts it, of `release` from now on. */
  async start(release = this.#release): Promise<void> {
    this.#release = release;
    const link = `127.0.0.1:${this.#port}`;
    const words = ["--data", this.data, "--page", "127.0.0.1:0", "--link", link];
    const child = startChild({
      ...{ name: "hub", cwd: release.root, errorLog: join(this.#folder, "hub.err") },
      command: [process.execPath, "hub/main.ts", "serve", ...words, "--output", "json"],
    });
    this.#child = child;
    this.#client = undefined;
    this.#ready = await firstReady(child);
    if (this.#ready === undefined) throw new Error(`The hub does not start\n${child.errors()}`);
    this.#port = Number(new URL(this.#ready.link).port);
  }

  async stop(): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
    this.#child = undefined;
  }

  /** As a power cut. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    process.kill(child.pid, "SIGKILL");
    await child.ended.catch(() => 1);
  }

  /** An API key of it. */
  async key(scopes: string): Promise<string> {
    const words = ["key", "create", "--scopes", scopes, "--output", "json", "--data", this.data];
    const told = await runToEnd({
      ...{ name: "key", cwd: this.#release.root, errorLog: join(this.#folder, "key.err") },
      command: [process.execPath, "hub/main.ts", ...words],
    });
    return v.parse(Key, told[0]).key;
  }

  /** Asks with every scope. */
  async client(): Promise<HubClient> {
    this.#client ??= createClient({ url: this.ready.page, key: await this.key("all") });
    return this.#client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function firstReady(child: Child): Promise<Ready | undefined> {
  const ready = Promise.withResolvers<Ready | undefined>();
  const follow = async (): Promise<void> => {
    for await (const line of child.lines) {
      const message = messageOf(line);
      if (message?.event === "ready") ready.resolve(message);
    }
  };
  void follow().then(() => ready.resolve(undefined));
  return ready.promise;
}
