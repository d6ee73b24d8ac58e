/**
 * Opens keys and sessions in a hub's data folder, beside the running hub or without it.
 *
 * @module
 */
import { join } from "node:path";
import { type Keys, openKeys } from "../access/keys.ts";
import { openSessions, type Sessions } from "../access/sessions.ts";
import { openControl } from "../control.ts";
import { CONTROL_FILE, lastListening, type Listening } from "../listening.ts";
import { checkRan } from "./command.ts";

/** Keys and sessions of one data folder. */
export interface AccessFile extends AsyncDisposable {
  readonly keys: Keys;
  readonly sessions: Sessions;
  /** Where the hub listened last. */
  readonly listening: Listening | undefined;
}

/**
 * Opens `folder`.
 *
 * @throws {UsageError} If no hub has run there.
 */
export function openAccess(folder: string, now: () => number): AccessFile {
  const path = join(folder, CONTROL_FILE);
  checkRan(folder, path);
  const control = openControl(path);
  const env = {
    now,
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
  };
  return {
    keys: openKeys(control, env),
    sessions: openSessions(control, env),
    listening: lastListening(control),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}
