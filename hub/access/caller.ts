/**
 * Who calls the hub and what they may do.
 *
 * @module
 */
import { isScope, type Scope } from "../../sdk/api/scope.ts";

/** A caller whose key or session was found and has not expired. */
export interface Caller {
  /** Stable, such as `key:3f2a91c0` or `session:3f2a91c0`: limits and records go by it. */
  readonly id: string;
  /** As whoever made the key called it. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number | undefined;
}

/** Writes scopes as one word a scope. */
export function scopesText(scopes: Iterable<Scope>): string {
  return [...scopes].join(" ");
}

/** Reads what {@link scopesText} wrote; words that are no scope any more grant nothing. */
export function parseScopes(text: string): ReadonlySet<Scope> {
  return new Set(text.split(" ").filter(isScope));
}
