/**
 * The keys that sign this agent's frames, and when they change, wired.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { logOf } from "../sdk/log.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import type { LinkParts } from "./agent_status.ts";
import { witnessedOf } from "./hub_trust.ts";
import type { Config } from "./config/config.ts";
import type { Identity } from "./identity.ts";
import { KeyChange } from "./key_change.ts";
import { openSigningKeys, type SigningKeys } from "./signing_keys.ts";
import type { Scrubber } from "../sdk/scrub/scrubber.ts";
import type { Sealer } from "./seal.ts";
import type { Spool } from "./spool/spool.ts";

export interface Signing extends AsyncDisposable {
  readonly keys: SigningKeys;
  readonly change: KeyChange;
}

/** Opens the keys in the data folder. @throws {SigningKeysError} */
export async function openSigning(parts: {
  readonly config: Config;
  readonly identity: Identity;
  readonly spool: Spool;
  readonly link: LinkParts;
}): Promise<Signing> {
  const { config, identity, spool, link } = parts;
  const keys = await openSigningKeys({
    files: nodeFiles(),
    folder: join(config.agent.data_dir, "keys"),
    identity,
    now: Date.now,
    random: (n) => new Uint8Array(randomBytes(n)),
  });
  const change = new KeyChange({
    keys,
    spool,
    now: () => performance.now(),
    lifeMs: config.agent.key_life,
    isWanted: () => link.context?.takesStatements === true,
    told(isChanged) {
      const why = "The signing key stays: there is no room for the next one";
      if (!isChanged) logOf("signing").warning(why);
      link.sender?.wake();
    },
  });
  return { keys, change, [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose]() };
}

/** What seals, with the key in force. */
export function sealerOf(
  { identity, boot, scrubber, link, signing }: {
    readonly identity: Identity;
    readonly boot: Uint8Array;
    readonly scrubber: Scrubber;
    readonly link: LinkParts;
    readonly signing: Signing;
  },
): Sealer {
  return {
    agent: identity.agent,
    boot,
    get keyId() {
      return signing.change.keyId;
    },
    get policy() {
      return scrubber.policyHash;
    },
    sign: (message) => signing.change.sign(message),
    held: () => signing.change.held(),
    now: Date.now,
    monotonic: () => process.hrtime.bigint(),
    witnessed: () => witnessedOf(link.context),
  };
}
