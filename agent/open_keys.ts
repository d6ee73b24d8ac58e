/**
 * The token keys as the config says: of the tenant's key holder, or a file of this host.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { logOf } from "../sdk/log.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import type { MessageOf } from "../sdk/wire/link.ts";
import type { Config } from "./config/config.ts";
import { type Identity, loadTokenKey } from "./identity.ts";
import { openTokenKeys, type TokenKeys } from "./token_keys.ts";

export function openKeys(config: Config, identity: Identity): Promise<TokenKeys> {
  const folder = config.agent.data_dir;
  const { holder, key_file = join(folder, "token.key") } = config.scrub;
  const files = nodeFiles();
  return openTokenKeys({
    folder,
    files,
    identity,
    random: (n) => new Uint8Array(randomBytes(n)),
    holder: holder === undefined ? undefined : new Uint8Array(Buffer.from(holder, "hex")),
    // The spool is made after the first key.
    own: () => loadTokenKey(key_file, files.list(join(folder, "spool")).length === 0),
  });
}

/** Takes a package that the hub has brought; gives what the hub is told. */
export async function takeKeys(keys: TokenKeys, bytes: Uint8Array): Promise<MessageOf<"keysok">> {
  const log = logOf("keys");
  const { serial, code } = await keys.take(bytes).catch((error: unknown) => {
    log.error("Cannot keep the key package", { why: String(error) });
    return { serial: 0, code: "disk" };
  });
  if (code === "ok") log.info("Key package taken", { serial });
  else log.error("Key package refused", { code });
  return { type: "keysok", serial, code };
}
