/**
 * What this agent remembers of its hub's log: the last checkpoint that was proved to it, and, once
 * the hub has shown two logs, the evidence.
 *
 * `DATA/hub-checkpoint.json` and `DATA/hub-fork.json`, both with mode 0600. While the second is there
 * the link stays closed, over starts too: a person looks, and moves it away. Whoever takes the hub's
 * present log for the right one moves the first away as well.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import type { Log } from "../sdk/log.ts";
import { type Checkpoint, toBase64 } from "../sdk/proof/checkpoint.ts";
import { readIfThere, writeSecret } from "./identity.ts";
import { NOTHING_WITNESSED, type Witnessed } from "./seal.ts";
import type { Doubt } from "./send/hub_checkpoint.ts";

const CHECKPOINT = "hub-checkpoint.json";
const EVIDENCE = "hub-fork.json";
/** The checkpoints are written at most so often, and at the end: a kill may cost the last ones. */
const SAVE_EVERY_MS = 60_000;

const Notes = v.object({ proved: v.string(), seen: v.string() });

/** What the hub has signed: the newest that was proved, the newest of all. */
export interface SignedHeads {
  readonly witnessed: Checkpoint | undefined;
  readonly seen?: Checkpoint | undefined;
}

/** The agent's memory of its hub. */
export interface HubTrust {
  /** What was there before this start. */
  readonly known: SignedHeads;
  /** The hub has shown two logs, now or before. */
  readonly isForked: boolean;
  proved(heads: SignedHeads): void;
  doubted(doubt: Doubt): void;
  /** All is on the disk when it resolves. */
  close(heads: SignedHeads): Promise<void>;
}

/** Reads what `folder` remembers. `read` gives the note of the hub's log, or throws. */
export async function openHubTrust(options: {
  readonly folder: string;
  readonly read: (note: string) => Checkpoint;
  readonly log: Log;
  readonly now: () => number;
}): Promise<HubTrust> {
  const { folder, log, now } = options;
  const file = join(folder, CHECKPOINT);
  const evidence = join(folder, EVIDENCE);
  const known = readHeads(await readIfThere(file), options);
  let isForked = await readIfThere(evidence) !== undefined;
  let savedAt = -Infinity;
  let written = Promise.resolve();
  const write = (path: string, text: string): void => {
    written = written.then(() => writeSecret(path, text)).catch((error: unknown) =>
      log.error("What this agent knows of its hub is not on the disk", { error: String(error) })
    );
  };
  const save = ({ witnessed, seen = witnessed }: SignedHeads): void => {
    if (witnessed === undefined || seen === undefined) return;
    write(file, `${JSON.stringify({ proved: witnessed.note, seen: seen.note }, null, 2)}\n`);
    savedAt = now();
  };
  if (isForked) log.error("The hub has shown two logs before: the link stays closed", { evidence });
  return {
    known,
    get isForked() {
      return isForked;
    },
    proved(heads) {
      if (now() - savedAt >= SAVE_EVERY_MS) save(heads);
    },
    doubted(doubt) {
      const { code, detail } = doubt;
      log.error("The hub cannot be believed", { code, detail });
      // Who merely has no key of the hub's can prove nothing against it: the link is tried again.
      if (code !== "fork") return;
      isForked = true;
      write(evidence, evidenceOf(doubt, now()));
    },
    async close(heads) {
      save(heads);
      await written;
    },
  };
}

/** What frames say of the hub's log. */
export function witnessedOf(
  context: { readonly logId: Uint8Array; readonly witnessed: Checkpoint | undefined } | undefined,
): Witnessed {
  const checkpoint = context?.witnessed;
  if (context === undefined || checkpoint === undefined) return NOTHING_WITNESSED;
  return { logId: context.logId, size: checkpoint.size, root: checkpoint.root };
}

function readHeads(
  text: string | undefined,
  { read, log }: { readonly read: (note: string) => Checkpoint; readonly log: Log },
): SignedHeads {
  if (text === undefined) return { witnessed: undefined };
  try {
    const { proved, seen } = v.parse(Notes, JSON.parse(text));
    return { witnessed: read(proved), seen: read(seen) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warning("The checkpoint in the data folder is not this hub's: the next one counts", {
      why,
    });
    return { witnessed: undefined };
  }
}

/** Two notes that the hub has signed, and what it called a proof that one continues the other. */
function evidenceOf({ code, detail, note, last, hashes }: Doubt, now: number): string {
  const evidence = {
    code,
    detail,
    seenAt: new Date(now).toISOString(),
    before: last?.note ?? null,
    after: note,
    proof: hashes?.map(toBase64) ?? null,
  };
  return `${JSON.stringify(evidence, null, 2)}\n`;
}
