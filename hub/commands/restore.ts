/**
 * `custos-hub restore`: makes a data folder of a backup, and the statement that operators sign.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { originOf } from "../../sdk/proof/checkpoint.ts";
import { restoreBackup } from "../backup/restore.ts";
import { isDamage } from "./backup.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";
import { passphraseOf } from "./passphrase.ts";

export const restore: Command = {
  name: "restore",
  summary: "Makes a hub's data folder of a backup.",
  usage: `--from DIR --data DIR --reason TEXT (--passphrase-file FILE | --without-keys)
       [--known-checkpoint FILE]

  --from              the backup's folder
  --data              the data folder to make; it must not be there, or be empty
  --reason            why; part of the statement, one line
  --passphrase-file   opens the private keys in the backup
  --without-keys      the hub makes new keys; agents must enrol again
  --known-checkpoint  the newest checkpoint of the old log that anybody has; default: the backup's
  --output            text or json

What agents have sent since the backup is lost to the hub, so the log goes on under a new id, and a
statement says from where. Two operators sign it with custos-hub operator sign; before that the hub
does not serve, and no agent follows it. Exit codes: 0 done, 1 failed, 2 wrong call, 5 damaged.`,
  options: {
    from: { type: "string" },
    data: { type: "string" },
    reason: { type: "string" },
    "passphrase-file": { type: "string" },
    "without-keys": { type: "boolean" },
    "known-checkpoint": { type: "string" },
    output: { type: "string" },
  },
  async run(call) {
    const isJson = choice(call, "output", ["text", "json"]) === "json";
    try {
      return await restoreInto(call, required(call, "data"), isJson);
    } catch (error) {
      if (!isDamage(error)) throw error;
      call.err(error.message);
      return EXIT.integrity;
    }
  },
};

async function restoreInto(call: Call, data: string, isJson: boolean): Promise<number> {
  const { manifest, rollback, statement, apiKeys } = await restoreBackup({
    files: nodeFiles(),
    from: required(call, "from"),
    data,
    reason: required(call, "reason"),
    passphrase: passphraseOf(call, "agents must enrol again"),
    knownCheckpoint: checkpointOf(call),
    now: call.now,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  const newLog = originOf(rollback.newLogId);
  if (isJson) {
    const facts = { oldLogId: manifest.logId, newLog, size: manifest.size, statement, apiKeys };
    call.out(`${JSON.stringify({ event: "restored", ...facts })}\n`);
    return EXIT.ok;
  }
  call.out(
    `Restored log ${manifest.logId} with ${manifest.size} entries up to ${manifest.lastEntryAt} ` +
      `into ${data}. It goes on as ${newLog}.\n` +
      `Two operators must sign now: custos-hub operator sign ${statement} --name NAME --key FILE\n`,
  );
  call.err(
    `${apiKeys} API keys work as they did then, also those that were removed since: see ` +
      `custos-hub key list. Agents that enrolled since must enrol again.`,
  );
  return EXIT.ok;
}

function checkpointOf(call: Call): string | undefined {
  const file = text(call, "known-checkpoint");
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = troubleOf(cause);
    throw new UsageError(`--known-checkpoint ${file} cannot be read: ${why}`, { cause });
  }
}
