/**
 * `custos-hub store`: what the hub keeps of events, and where.
 *
 * @module
 */
import { choice, type Command, UsageError } from "./command.ts";
import { rebuildStoreCall } from "./store/rebuild.ts";
import { checkTargetCall } from "./store/target.ts";
import { verifyStoreCall } from "./store/verify.ts";

export const store: Command = {
  name: "store",
  summary: "Looks after the Parquet files of events: checks, rebuilds, tries their target.",
  usage: `verify --data DIR [--deep] [--table NAME | --file FILE]
       [--checkpoint FILE] [--output json]
       custos-hub store rebuild --data DIR [--table NAME] [--from TIME] [--to TIME]
       [--all] [--deep] [--accept-loss] [--dry-run] [-c hub.yaml] [--output json]
       custos-hub store target check -c hub.yaml [--output json]

  verify        checks that each file is the one that the ledger names: manifest, leaf, SHA-256,
                rows, index; changes nothing, also beside a hub that runs
  --data        the hub's data folder, or a backup
  --deep        also each frame (signature, chain), and each row against its frame
  --table       files of this table alone
  --file        this file alone: as the manifest names it, such as cold/12-1-0-Syslog.parquet, or
                any copy of a file that a leaf of the ledger has the hash of
  --checkpoint  a checkpoint of the hub (GET /checkpoint) that you have kept: the ledger must begin
                with its tree; what witnesses have cosigned is looked at by itself
  --output      text or json

  rebuild       makes files that are lost or damaged again from the frames in the ledger, with
                leaves of their own that say what they replace; the hub must have stopped
  --from, --to  files with events of these times, such as 2026-08-01T10:00:00Z
  --all         whole files too, and rows that are in no file
  --deep        also files whose rows are not those of their frames
  --accept-loss replaces files also where frames have been deleted: their rows are lost
  --dry-run     says what would be done
  -c, --config  the hub's config: files at its target of cold files are fetched and looked at too,
                otherwise they are taken for whole

  target check  writes a probe to the target of cold files that the config names, reads it, lists it
                and removes it
  -c, --config  the hub's config, which names it

A backup holds Parquet files once retention has deleted frames; of one from before, ledger and
manifest are checked, and the file of --file.
Exit codes: 0 all holds (what queries are slower for is a warning), 1 failed, 2 wrong call, 5 a link
is broken, and the first are named: ledger, frame, manifest, leaf, file, rows, index or row.`,
  options: {
    config: { type: "string", short: "c" },
    data: { type: "string" },
    deep: { type: "boolean" },
    table: { type: "string" },
    file: { type: "string" },
    checkpoint: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    all: { type: "boolean" },
    "accept-loss": { type: "boolean" },
    "dry-run": { type: "boolean" },
    output: { type: "string" },
  },
  words: 2,
  async run(call) {
    const isJson = choice(call, "output", ["text", "json"]) === "json";
    const action = call.positionals.join(" ");
    if (action === "verify") return await verifyStoreCall(call, isJson);
    if (action === "rebuild") return await rebuildStoreCall(call, isJson);
    if (action === "target check") return await checkTargetCall(call);
    const given = action === "" ? "the action is missing," : `"${action}" is no action,`;
    throw new UsageError(`${given} must be verify, rebuild or target check`);
  },
};
