/**
 * How commands ask a running hub: its address, the caller's key, what a refusal asks for.
 *
 * @module
 */
import type { Scope } from "../../sdk/api/scope.ts";
import { ClientError, createClient, type HubClient } from "../../sdk/client/client.ts";
import { type Call, EXIT, text, UsageError } from "./command.ts";

const KEY_VARIABLE = "CUSTOS_KEY";
const PAGE = "http://127.0.0.1:4310";

/** Lines of help for `--hub` and `--key`. */
export function clientUsage(scope: Scope): string {
  return `  --hub      the hub's page (default: ${PAGE})
  --key      an API key with ${scope} (default: the variable ${KEY_VARIABLE})`;
}

/**
 * Runs `work` with a client and gives its exit code; a refusal is told with its fix.
 *
 * @throws {UsageError} If there is no address or no key.
 */
export async function withHub(
  call: Call,
  scope: Scope,
  work: (hub: HubClient) => Promise<number>,
): Promise<number> {
  const hub = createClient({ url: urlOf(call), key: keyOf(call, scope) });
  try {
    return await work(hub);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    call.err(`${error.message}${FIXES[error.code] ?? ""}`);
    return error.code === "input" || error.code === "missing" ? EXIT.usage : EXIT.failed;
  }
}

/** What to do about a refusal that does not say so. */
const FIXES: Readonly<Record<string, string>> = {
  unreachable: ": start it with custos-hub serve, or name its page with --hub URL",
  unauthenticated: ", give one that custos-hub key create has printed and nobody removed",
};

function urlOf(call: Call): string {
  const url = text(call, "hub") ?? PAGE;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError(`--hub is "${url}", must be an address such as ${PAGE}`);
}

function keyOf(call: Call, scope: Scope): string {
  const key = (text(call, "key") ?? call.variable(KEY_VARIABLE))?.trim();
  const fix = `make a key with custos-hub key create --scopes ${scope} --data DIR`;
  if (key === undefined) throw new UsageError(`--key is missing, or set ${KEY_VARIABLE}: ${fix}`);
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new UsageError(`--key or ${KEY_VARIABLE} is ${key === "" ? "empty" : "no key"}: ${fix}`);
}
