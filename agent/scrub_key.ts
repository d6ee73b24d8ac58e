/**
 * The token key that the agent on this host uses now, for commands that only look: nothing is made
 * or written.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TokenKey } from "../sdk/scrub/token.ts";
import type { Config } from "./config/config.ts";
import { readIdentity, readTokenKey } from "./identity.ts";
import { openKeys } from "./open_keys.ts";

export interface ScrubKey {
  readonly key: TokenKey;
  /** False: it is made up, and forgotten at the end. */
  readonly isAgents: boolean;
}

/** The agent's key, or one that is thrown away. @throws {IdentityError} If its file is damaged. */
export async function readScrubKey(config: Config | undefined): Promise<ScrubKey> {
  const key = config === undefined ? undefined : await agentKey(config);
  if (key !== undefined) return { key, isAgents: true };
  return { key: { epoch: 1, bytes: new Uint8Array(randomBytes(32)) }, isAgents: false };
}

async function agentKey(config: Config): Promise<TokenKey | undefined> {
  const folder = config.agent.data_dir;
  const { holder, key_file = join(folder, "token.key") } = config.scrub;
  if (holder === undefined) return existsSync(key_file) ? await readTokenKey(key_file) : undefined;
  // Opening keys makes box.key where there is none: that is for the agent to do.
  const kept = ["agent.key", "box.key", "token.package"].map((name) => join(folder, name));
  if (!kept.every((file) => existsSync(file))) return undefined;
  const keys = await openKeys(config, await readIdentity(folder));
  return keys.trouble === undefined ? keys.current(Date.now()) : undefined;
}
