/**
 * Shows the hub's checkpoints to its witnesses, and keeps the newest one that they have cosigned.
 *
 * Nothing waits for them: acknowledgements carry the hub's own signature. Every round takes one
 * checkpoint and asks all witnesses that are due, so that their lines stand under the same one.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import type { Log } from "../../sdk/log.ts";
import type { WitnessStatus } from "../../sdk/api/status.ts";
import {
  type Checkpoint,
  fromBase64,
  type NoteKey,
  openCheckpoint,
  toBase64,
} from "../../sdk/proof/checkpoint.ts";
import { cosignedAt } from "../../sdk/proof/cosignature.ts";
import { verifier } from "../../sdk/proof/sign.ts";
import { type Files, readWhole, replaceFile } from "../../sdk/runtime/files.ts";
import { every, type HubEnv } from "../env.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type AskWitness, askWitness } from "./ask.ts";
import { ALARMING, Cosigner, type WitnessPlace } from "./cosigner.ts";

const WITNESSED_FILE = "witnessed.json";
const ROUND_MS = 10_000;
/** So long a checkpoint of more witnesses is shown in the place of a newer one of fewer. */
const BETTER_FOR_MS = 600_000;

/** A checkpoint with the lines of witnesses, and their keys. */
export interface Witnessed {
  readonly checkpoint: Checkpoint;
  readonly witnesses: readonly NoteKey[];
}

export interface WitnessingOptions {
  readonly env: Pick<HubEnv, "now" | "after" | "random" | "files" | "log">;
  /** The hub's data folder. */
  readonly folder: string;
  readonly ledger: Pick<Ledger, "checkpoint" | "tiles">;
  /** The hub's own key. */
  readonly publicKey: Uint8Array;
  readonly witnesses: readonly WitnessPlace[];
  readonly ask?: AskWitness;
}

export interface Witnessing extends AsyncDisposable {
  /** The newest checkpoint that was cosigned; undefined before the first. */
  readonly newest: Witnessed | undefined;
  readonly states: readonly WitnessStatus[];
  /** Asks all that are due, once. */
  round(): Promise<void>;
  /** Asks on until it is closed. */
  start(): void;
}

/** Opens what was cosigned before; `start` it to ask on. */
export async function openWitnessing(options: WitnessingOptions): Promise<Witnessing> {
  const { env, folder, ledger, publicKey, witnesses } = options;
  const log = env.log("hub/witness");
  const stop = new AbortController();
  const cosigners = witnesses.map((place) => cosignerOf(options, place));
  const { origin } = ledger.checkpoint;
  let kept = await readWitnessed(env.files, folder, { name: origin, publicKey });
  let keptAt = env.now();
  const tell = witnessTeller(log);

  const keep = async (next: Witnessed): Promise<void> => {
    const isFewer = next.witnesses.length < (kept?.witnesses.length ?? 0);
    if (next.witnesses.length === 0 || isFewer && env.now() - keptAt < BETTER_FOR_MS) return;
    kept = next;
    keptAt = env.now();
    try {
      await replaceFile(env.files, join(folder, WITNESSED_FILE), encode(next));
    } catch (error) {
      // It is shown all the same, and asked for again after a start.
      log.warning("Cannot keep what witnesses have signed", { why: String(error) });
    }
  };
  const round = async (): Promise<void> => {
    const { checkpoint } = ledger;
    const due = cosigners.filter(({ isDue }) => isDue);
    const lines = await Promise.all(due.map((one) => one.cosign(checkpoint, stop.signal)));
    const signed = due.filter((_, i) => lines[i] !== undefined);
    due.forEach(tell);
    await keep({
      checkpoint: { ...checkpoint, note: checkpoint.note + lines.join("") },
      witnesses: signed.map(({ place }) => place.key),
    });
  };
  let ended = Promise.resolve();
  return {
    get newest() {
      return witnesses.length === 0 ? undefined : kept;
    },
    get states() {
      return cosigners.map(({ place, size, trouble }) => ({
        name: place.key.name,
        size: size ?? null,
        trouble: trouble ?? null,
      }));
    },
    round,
    start() {
      if (witnesses.length > 0) ended = every(env, { ms: ROUND_MS, signal: stop.signal }, round);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

function cosignerOf({ env, ledger, ask }: WitnessingOptions, place: WitnessPlace): Cosigner {
  return new Cosigner({
    place,
    ask: ask ?? askWitness,
    tiles: ledger.tiles,
    now: env.now,
    random: () => env.random(1)[0]! / 255,
  });
}

/** Says in the log when a witness begins or ceases to cosign, and why. */
function witnessTeller(log: Log): (one: Cosigner) => void {
  const told = new Map<string, string | undefined>();
  return ({ place, trouble }) => {
    const { name } = place.key;
    if (told.has(name) && told.get(name) === trouble) return;
    told.set(name, trouble);
    const facts = { witness: name, code: trouble ?? "ok" };
    if (trouble === undefined) log.info("The witness cosigns", facts);
    else if (ALARMING.includes(trouble)) log.error("The witness has another log of us", facts);
    else log.warning("The witness does not cosign", facts);
  };
}

const Kept = v.object({
  note: v.string(),
  witnesses: v.array(v.object({ name: v.string(), publicKey: v.string() })),
});

function encode({ checkpoint, witnesses }: Witnessed): Uint8Array {
  const keys = witnesses.map(({ name, publicKey }) => ({ name, publicKey: toBase64(publicKey) }));
  const text = JSON.stringify({ note: checkpoint.note, witnesses: keys }, null, 2);
  return new TextEncoder().encode(`${text}\n`);
}

/** What witnesses have cosigned of `log` last, by the file in a hub's data folder. */
export async function readWitnessed(
  files: Files,
  folder: string,
  log: NoteKey,
): Promise<Witnessed | undefined> {
  const bytes = await readWhole(files, join(folder, WITNESSED_FILE));
  if (bytes === undefined) return undefined;
  try {
    const { note, witnesses } = v.parse(Kept, JSON.parse(new TextDecoder().decode(bytes)));
    const verify = verifier(log.publicKey);
    const { publicKey } = log;
    const checkpoint = openCheckpoint(note, { origin: log.name, publicKey, verify });
    const keys = witnesses.map((key) => ({
      name: key.name,
      publicKey: fromBase64(key.publicKey) ?? new Uint8Array(0),
    }));
    const isWhole = keys.every((key) =>
      cosignedAt(note, key, verifier(key.publicKey)) !== undefined
    );
    return isWhole ? { checkpoint, witnesses: keys } : undefined;
  } catch {
    // Of another log, or damaged: the next round makes it anew.
    return undefined;
  }
}
