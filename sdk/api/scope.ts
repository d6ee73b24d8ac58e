/**
 * What a caller of the hub may do, as `resource:verb`.
 *
 * @module
 */

/** All scopes, in the order the page and `--help` show them. */
export const SCOPES = [
  "status:read",
  "events:read",
  "alerts:read",
  "alerts:write",
  "agents:write",
  "keys:write",
  "reveal:request",
  "reveal:approve",
  "retention:write",
] as const;

/** One permission that a key or a session carries. */
export type Scope = typeof SCOPES[number];

/** What a route asks for: a scope, any known caller, or nothing because its body is the secret. */
export type Access = Scope | "caller" | "open";

/** Whether `text` names a scope. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
