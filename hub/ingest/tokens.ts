/**
 * Enrolment tokens: each lets one agent in, once, until it expires.
 *
 * @module
 */
import { sha256 } from "../../sdk/runtime/hash.ts";
import { makeSecret } from "../access/secret.ts";
import type { Control } from "../control.ts";

/** What is kept of the tokens. Secrets are kept as hashes alone. */
export interface EnrollTokens {
  /** Makes one; `by` says who asked for it. Times are ms since the epoch. */
  create(wanted: { readonly by: string; readonly now: number; readonly ttlMs: number }): {
    readonly secret: string;
    readonly expiresAt: number;
  };
  /**
   * Uses `secret` for the agent with this key. True if it was unused and not expired, or was used
   * by the same key before: an agent whose answer was lost may ask again.
   */
  use(
    used: { readonly secret: string; readonly keyHash: Uint8Array; readonly now: number },
  ): boolean;
}

/** Opens the tokens kept in `control`. */
export function openTokens(control: Control, random: (size: number) => Uint8Array): EnrollTokens {
  control.exec(`create table if not exists enroll_tokens (
    secret_hash blob primary key,
    made_by text not null,
    made_at integer not null,
    expires_at integer not null,
    used_by blob
  ) strict`);
  return {
    create({ by, now, ttlMs }) {
      const secret = makeSecret("", random);
      const expiresAt = now + ttlMs;
      const values = [hashOf(secret), by, now, expiresAt];
      control.run("insert into enroll_tokens values (?, ?, ?, ?, null)", ...values);
      return { secret, expiresAt };
    },
    use({ secret, keyHash, now }) {
      const hash = hashOf(secret);
      return control.transaction(() => {
        const taken = control.run(
          `update enroll_tokens set used_by = ?
           where secret_hash = ? and (used_by = ? or (used_by is null and expires_at > ?))`,
          keyHash,
          hash,
          keyHash,
          now,
        );
        return taken === 1;
      });
    },
  };
}

function hashOf(secret: string): Uint8Array {
  return sha256("custos/enroll-token/v1", new TextEncoder().encode(secret));
}
