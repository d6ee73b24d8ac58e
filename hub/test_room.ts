/**
 * A whole hub in this process, with its data in a temporary folder, for tests.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logOf } from "../sdk/log.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import type { Scope } from "../sdk/api/scope.ts";
import { openAccess } from "./commands/access_file.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import type { HubEnv } from "./env.ts";
import { type Hub, openHub } from "./hub.ts";

/** All is ended and removed when it is disposed. */
export interface HubRoom extends AsyncDisposable {
  readonly folder: string;
  /** Address of the page. */
  readonly page: string;
  /** A new API key. */
  key(name: string, scopes: readonly Scope[]): Promise<string>;
}

/** An address that the system chooses. */
export const ANY = { host: "127.0.0.1", port: 0 };

/** The real world, as `main.ts` gives it; no name resolves. */
export function testEnv(): HubEnv {
  return {
    now: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    files: nodeFiles(),
    resolve: () => Promise.resolve([]),
    log: logOf,
  };
}

/** A hub on a data folder. */
export function openTestHub(folder: string, link = ANY): Promise<Hub> {
  return openHub({
    env: testEnv(),
    folder,
    config: { ...DEFAULT_CONFIG, page: ANY, link: { listen: link, names: [] } },
    rules: [],
    webhooks: [],
  });
}

export async function openHubRoom(): Promise<HubRoom> {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "custos-hub-"));
  opened.defer(() => rmSync(folder, { recursive: true }));
  const hub = opened.use(await openTestHub(folder));
  const running = opened.move();
  return {
    folder,
    page: hub.page,
    async key(name, scopes) {
      await using access = openAccess(folder, () => Date.now());
      return access.keys.create({ name, scopes: [...scopes] }).secret;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
