/**
 * `custos-hub backup`: makes, carries on and checks backups.
 *
 * @module
 */
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { makeBackup, type Progress } from "../backup/backup.ts";
import type { Manifest } from "../backup/manifest.ts";
import { verifyBackup } from "../backup/verify.ts";
import { type Call, choice, type Command, EXIT, required, UsageError } from "./command.ts";
import { passphraseOf } from "./passphrase.ts";

const PROGRESS_EVERY_MS = 1000;

export const backup: Command = {
  name: "backup",
  summary: "Backs up a hub, also one that runs, or checks a backup.",
  usage: `--data DIR --to DIR (--passphrase-file FILE | --without-keys)
       custos-hub backup verify DIR

  --data             the hub's data folder
  --to               the backup's folder; an earlier backup in it is carried on: what it holds
                     already is not copied again
  --passphrase-file  seals the hub's private keys, which are part of the backup, with what is in
                     this file (mode 0600, 12 characters or more)
  --without-keys     leaves them out; agents must then enrol again with a hub that is restored
  --output           text or json

The backup holds the ledger up to its last durable entry, control data, rules and keys. Parquet
files are made from the ledger again. Exit codes: 0 done, 1 failed, 2 wrong call, 5 damaged.`,
  options: {
    data: { type: "string" },
    to: { type: "string" },
    "passphrase-file": { type: "string" },
    "without-keys": { type: "boolean" },
    output: { type: "string" },
  },
  words: 2,
  async run(call) {
    const isJson = choice(call, "output", ["text", "json"]) === "json";
    const [verb, ...words] = call.positionals;
    try {
      if (verb === "verify") return await verify(call, words, isJson);
      if (verb !== undefined) throw new UsageError(`"${verb}" is no action, must be verify`);
      return await make(call, isJson);
    } catch (error) {
      if (!isDamage(error)) throw error;
      call.err(error.message);
      return EXIT.integrity;
    }
  },
};

/** Bytes that were whole once and are not any more. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Error && "code" in error &&
    (error.code === "damaged" || error.code === "diverged");
}

async function make(call: Call, isJson: boolean): Promise<number> {
  const to = required(call, "to");
  const report = await makeBackup({
    files: nodeFiles(),
    data: required(call, "data"),
    to,
    passphrase: passphraseOf(call, "agents must enrol again with a hub that is restored from it"),
    now: call.now,
    onProgress: progressTo(call, isJson),
  });
  const { manifest, copiedBytes, keptBytes } = report;
  if (isJson) {
    call.out(
      `${JSON.stringify({ event: "backup", ...facts(manifest), copiedBytes, keptBytes })}\n`,
    );
  } else {
    call.out(
      `Backed up log ${manifest.logId} with ${manifest.size} entries into ${to}: ` +
        `${copiedBytes} bytes copied, ${keptBytes} were there\n`,
    );
    if (manifest.keys === "left-out") call.err("Private keys were left out");
  }
  return EXIT.ok;
}

async function verify(call: Call, words: readonly string[], isJson: boolean): Promise<number> {
  const [from] = words;
  if (from === undefined) throw new UsageError("the backup's folder is missing");
  const manifest = await verifyBackup({ files: nodeFiles(), from });
  if (isJson) call.out(`${JSON.stringify({ event: "verified", ...facts(manifest) })}\n`);
  else {
    call.out(
      `Backup ${from} is whole: log ${manifest.logId}, ${manifest.size} entries up to ` +
        `${manifest.lastEntryAt}, made ${manifest.madeAt} by release ${manifest.release}, ` +
        `keys ${manifest.keys}, signed by hub key ${manifest.hubKey}\n`,
    );
  }
  return EXIT.ok;
}

function facts(manifest: Manifest) {
  const { logId, size, root, madeAt, lastEntryAt, keys, hubKey } = manifest;
  return { logId, size, root, madeAt, lastEntryAt, keys, hubKey };
}

/** A line a second at most. */
function progressTo(call: Call, isJson: boolean): (progress: Progress) => void {
  let told = call.now();
  return ({ doneBytes, totalBytes }) => {
    if (call.now() - told < PROGRESS_EVERY_MS) return;
    told = call.now();
    call.err(
      isJson
        ? JSON.stringify({ event: "progress", doneBytes, totalBytes })
        : `${Math.floor(100 * doneBytes / Math.max(1, totalBytes))} % of ${totalBytes} bytes`,
    );
  };
}
