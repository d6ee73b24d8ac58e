/**
 * Where a call of `custos keys` works: the holder's folder, locked, and the hub that it names.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { createClient, type HubClient } from "../../sdk/client/client.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { type Call, text, UsageError } from "../commands/command.ts";
import { duration } from "../config/units.ts";
import { readStore, type StoreFile, storePath, writeStore } from "./store.ts";

/** The variable that holds the hub's API key, as for `custos-hub query`. */
const KEY_VARIABLE = "CUSTOS_KEY";
const YEAR_MS = 366 * 86_400_000;

/** An open holder. */
export interface Place {
  readonly call: Call;
  readonly files: Files;
  readonly folder: string;
  read(): Promise<StoreFile>;
  write(store: StoreFile): Promise<void>;
}

/** Does `work` while nobody else changes the holder's file. */
export async function atPlace<T>(call: Call, work: (place: Place) => Promise<T>): Promise<T> {
  const folder = required(call, "store");
  const files = nodeFiles();
  files.makeFolder(folder);
  const release = files.lock(join(folder, "lock"));
  const path = storePath(folder);
  try {
    return await work({
      call,
      files,
      folder,
      read: () => readStore(files, path),
      write: (store) => writeStore(files, path, store),
    });
  } finally {
    release();
  }
}

/** The hub that `--hub` names, if it does. @throws {UsageError} */
export function hubOf(call: Call): HubClient | undefined {
  const url = text(call, "hub");
  if (url === undefined) return undefined;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--hub is "${url}", must be an address such as http://127.0.0.1:4310`);
  }
  const key = text(call, "key") ?? process.env[KEY_VARIABLE];
  if (key === undefined) {
    throw new UsageError(
      `--key is missing, or set ${KEY_VARIABLE}: make one with custos-hub key create --scopes keys:write`,
    );
  }
  return createClient({ url, key: key.trim() });
}

/** @throws {UsageError} If `--hub` is missing. */
export function requiredHub(call: Call): HubClient {
  const hub = hubOf(call);
  if (hub === undefined) throw new UsageError("--hub is missing: name the hub's page");
  return hub;
}

/** @throws {UsageError} */
export function required(call: Call, name: string): string {
  const value = text(call, name);
  if (value === undefined || value === "") throw new UsageError(`--${name} is missing`);
  return value;
}

/** Option `name` as ms, such as `90s`, `5min` or `24h`. @throws {UsageError} */
export function durationOf(call: Call, name: string, fallback: string): number {
  const parsed = v.safeParse(
    duration({ leastMs: 0, mostMs: YEAR_MS }),
    text(call, name) ?? fallback,
  );
  if (parsed.success) return parsed.output;
  throw new UsageError(`--${name} must be a duration such as "90s", "5min" or "24h"`);
}

/** n random bytes. */
export function random(n: number): Uint8Array {
  return new Uint8Array(randomBytes(n));
}

/** Writes one line: JSON where that was asked for. */
export async function say(call: Call, facts: object, words: string): Promise<void> {
  await call.out(call.json ? `${JSON.stringify(facts)}\n` : `${words}\n`);
}
