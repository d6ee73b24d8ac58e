/**
 * The page's one way to the hub.
 *
 * @module
 */
import { ClientError, createClient } from "../../sdk/client/client.ts";

/** The hub that served the page; the browser adds the session's cookie. */
export const hub = createClient({ url: "" });

/** What went wrong, for people. */
export function reasonOf(error: unknown): string {
  return error instanceof ClientError ? error.message : "Cannot go on: the page failed, reload it";
}

/** Whether the session is over or never was. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ClientError && error.code === "unauthenticated";
}
