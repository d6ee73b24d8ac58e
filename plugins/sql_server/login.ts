/**
 * Logins in messages of the error log: 18456 and its family, 18453 to 18455.
 *
 * @module
 */
import { clientAddress } from "./address.ts";

/** What a message says of a login. */
export interface Login {
  readonly Succeeded: boolean;
  readonly ServerPrincipalName?: string;
  readonly Reason?: string;
  readonly ClientIp?: string | undefined;
}

const FAILED = "Login failed";
const SUCCEEDED = "Login succeeded";
const FOR_USER = " for user '";
const CLIENT = "[CLIENT:";
/** What follows a name; the name itself may hold quotes. */
const AFTER_NAME = [
  "'. Reason:",
  "'.  Reason:",
  "' because ",
  "'. Connection made ",
  "'.",
] as const;

/**
 * The login that `message` tells of; undefined if it is of none. Client and reason are taken from
 * the end, as the server writes them there: a name cannot forge them.
 */
export function readLogin(message: string): Login | undefined {
  const isFailed = message.startsWith(FAILED);
  if (!isFailed && !message.startsWith(SUCCEEDED)) return undefined;
  const client = message.lastIndexOf(CLIENT);
  const end = client < 0 ? -1 : message.indexOf("]", client);
  const ip = end < 0 ? undefined : clientAddress(message.slice(client + CLIENT.length, end));
  const text = (end < 0 ? message : message.slice(0, client)).trimEnd();
  const word = (isFailed ? FAILED : SUCCEEDED).length;
  const name = text.startsWith(FOR_USER, word) ? nameIn(text, word + FOR_USER.length) : undefined;
  const rest = text.slice(name?.end ?? word).replace(/^['. ]+/, "");
  const reason = isFailed ? rest.replace(/^Reason: */, "") : "";
  return {
    Succeeded: !isFailed,
    ...(name !== undefined && name.text !== "" && { ServerPrincipalName: name.text }),
    ...(reason !== "" && { Reason: reason }),
    ...(ip !== undefined && { ClientIp: ip }),
  };
}

function nameIn(text: string, start: number): { readonly text: string; readonly end: number } {
  for (const mark of AFTER_NAME) {
    const end = text.lastIndexOf(mark);
    if (end >= start) return { text: text.slice(start, end), end };
  }
  const end = text.endsWith("'") ? text.length - 1 : text.length;
  return { text: text.slice(start, end), end };
}
