/**
 * A scrubber that goes on with the next key epoch when its time has come.
 *
 * @module
 */
import { openScrubber, type Scrubber } from "../sdk/scrub/scrubber.ts";
import type { Policy } from "../sdk/scrub/policy.ts";
import type { TokenKey } from "../sdk/scrub/token.ts";
import type { RevealPairs } from "./reveal_pairs.ts";
import type { TokenKeys } from "./token_keys.ts";

export interface KeyedScrubberOptions {
  readonly policy: Policy;
  readonly keys: Pick<TokenKeys, "current" | "reveal">;
  /** What is told of new tokens, while there is a reveal key. */
  readonly pairs?: Pick<RevealPairs, "tellerOf"> | undefined;
  /** ms since the Unix epoch. */
  now(): number;
}

/** Its policy hash is that of the key that the last batch was scrubbed with. */
export function openKeyedScrubber(
  { policy, keys, pairs, now }: KeyedScrubberOptions,
): Scrubber {
  let key: TokenKey | undefined;
  let inner: Scrubber | undefined;
  let reveal: Uint8Array | undefined;
  const current = (): Scrubber => {
    const next = keys.current(now());
    if (inner === undefined || key?.epoch !== next.epoch || reveal !== keys.reveal) {
      key = next;
      reveal = keys.reveal;
      // With another reveal key, what this scrubber remembers is new again.
      const onToken = reveal === undefined ? undefined : pairs?.tellerOf(next.epoch, reveal);
      inner = openScrubber({ policy, key: { ...next, onToken } });
    }
    return inner;
  };
  return {
    get policyHash() {
      return (inner ?? current()).policyHash;
    },
    scrub: (batch, schema) => current().scrub(batch, schema),
  };
}
