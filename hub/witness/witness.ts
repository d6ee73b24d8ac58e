/**
 * A witness (C2SP tlog-witness): cosigns a log's checkpoint if it continues the last one that it
 * cosigned, and never one that does not.
 *
 * What it has cosigned of each log is a file of its own, replaced durably before the cosignature is
 * made. If we die in between, the log is told of the newer size and asks again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Log } from "../../sdk/log.ts";
import {
  type Checkpoint,
  CheckpointError,
  type NoteKey,
  openCheckpoint,
  parseCheckpoint,
} from "../../sdk/proof/checkpoint.ts";
import { cosignatureLine } from "../../sdk/proof/cosignature.ts";
import { EMPTY_RANGE, rootOf, verifyConsistency } from "../../sdk/proof/merkle.ts";
import { type Sign, verifier, type Verify } from "../../sdk/proof/sign.ts";
import {
  type AddCheckpoint,
  parseAddCheckpoint,
  SIZE_TYPE,
} from "../../sdk/proof/witness_request.ts";
import { type Files, readWhole, replaceFile } from "../../sdk/runtime/files.ts";

/** What a witness answers. */
export interface WitnessReply {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 500;
  readonly type: string;
  readonly body: string;
}

export interface WitnessOptions {
  /** Has a file for each log. */
  readonly folder: string;
  readonly files: Files;
  readonly key: NoteKey;
  readonly sign: Sign;
  /** Wall clock, ms since the Unix epoch. */
  readonly now: () => number;
  /** The logs that it knows, by origin and key. */
  readonly logs: readonly NoteKey[];
  readonly log: Log;
}

/** A witness without its HTTP. */
export interface Witness {
  /** Answers the body of one `add-checkpoint`. */
  add(body: string): Promise<WitnessReply>;
}

/** A head that was cosigned is damaged: this witness does not know any more what it has said. */
export class WitnessError extends Error {
  override readonly name = "WitnessError";
  readonly code = "damaged";
  readonly permanent = true;
}

const TEXT = "text/plain; charset=utf-8";
const EMPTY_ROOT = rootOf(EMPTY_RANGE);

/** A log, and what was cosigned of it. */
interface Known {
  readonly key: NoteKey;
  readonly verify: Verify;
  readonly file: string;
  /** Undefined: nothing yet. After a write that failed the file may be ahead: that was not cosigned. */
  latest: Checkpoint | undefined;
  /** Requests for one log follow one another. */
  turn: Promise<unknown>;
}

/** @throws {WitnessError} If a file is not what it must be: no cosignature is made on a guess. */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
  const { files, folder } = options;
  files.makeFolder(folder);
  const logs = new Map<string, Known>();
  for (const key of options.logs) {
    const name = createHash("sha256").update(key.name).digest("hex");
    const known: Known = {
      key,
      verify: verifier(key.publicKey),
      file: join(folder, `${name}.note`),
      latest: undefined,
      turn: Promise.resolve(),
    };
    known.latest = await readLatest(files, known);
    logs.set(key.name, known);
  }
  return {
    async add(body) {
      try {
        const request = parseAddCheckpoint(body);
        const known = logs.get(parseCheckpoint(request.note).origin);
        if (known === undefined) return said(404, "Cannot cosign: the log is not known here");
        const next = openCheckpoint(request.note, {
          origin: known.key.name,
          publicKey: known.key.publicKey,
          verify: known.verify,
        });
        if (request.oldSize > next.size) return said(400, "Cannot cosign: old is above the size");
        return await inTurn(known, () => judge(options, known, { ...request, next }));
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        return said(error.code === "format" ? 400 : 403, error.message);
      }
    },
  };
}

async function readLatest(files: Files, known: Known): Promise<Checkpoint | undefined> {
  const bytes = await readWhole(files, known.file);
  if (bytes === undefined) return undefined;
  const { name: origin, publicKey } = known.key;
  try {
    const note = new TextDecoder().decode(bytes);
    return openCheckpoint(note, { origin, publicKey, verify: known.verify });
  } catch (cause) {
    const fix = "find out what was cosigned last and put that note there";
    const message = `Cannot trust ${known.file}: it is no checkpoint of ${origin}, ${fix}`;
    throw new WitnessError(message, { cause });
  }
}

function inTurn<T>(known: Known, work: () => Promise<T>): Promise<T> {
  const mine = known.turn.then(work);
  known.turn = mine.catch(() => {});
  return mine;
}

type Asked = AddCheckpoint & { readonly next: Checkpoint };

/** Compares and remembers as one step: nothing of this log comes in between. */
async function judge(
  options: WitnessOptions,
  known: Known,
  asked: Asked,
): Promise<WitnessReply> {
  const { files, key, sign, now, log } = options;
  const { next, oldSize } = asked;
  try {
    const { size, root } = known.latest ?? { size: 0, root: EMPTY_ROOT };
    if (oldSize !== size) return { status: 409, type: SIZE_TYPE, body: `${size}\n` };
    const refusal = refusalOf(asked, root);
    if (refusal !== undefined) {
      const { name: origin } = known.key;
      log.error(refusal.told, { origin, size: next.size });
      if (refusal.status === 422) return said(422, "Cannot cosign: the proof does not hold");
      await keepEvidence(files, known, next);
      return { status: 409, type: SIZE_TYPE, body: `${size}\n` };
    }
    await replaceFile(files, known.file, new TextEncoder().encode(next.note));
    known.latest = next;
    const line = cosignatureLine(next.note, { key, sign }, Math.floor(now() / 1000));
    return { status: 200, type: TEXT, body: line };
  } catch (error) {
    log.error("Cannot remember what is to be cosigned", { why: String(error) });
    return said(500, "Cannot cosign: the checkpoint cannot be remembered, try later");
  }
}

function refusalOf(
  { next, oldSize, hashes }: Asked,
  root: Uint8Array,
): { readonly status: 409 | 422; readonly told: string } | undefined {
  if (oldSize === next.size && Buffer.compare(root, next.root) !== 0) {
    return { status: 409, told: "A log has signed two trees of one size" };
  }
  const claim = { before: oldSize, beforeRoot: root, size: next.size, root: next.root };
  if (verifyConsistency(claim, hashes)) return undefined;
  // No evidence by itself: whoever has seen the checkpoint can send it with a wrong proof.
  return { status: 422, told: "No proof that a log continues what was cosigned" };
}

/** The first of each log stays: two notes that it has signed and that cannot both be true. */
async function keepEvidence(
  files: Files,
  { file, latest }: Known,
  next: Checkpoint,
): Promise<void> {
  const path = `${file}.fork`;
  if (latest === undefined || await readWhole(files, path) !== undefined) return;
  const evidence = { before: latest.note, after: next.note };
  const text = `${JSON.stringify(evidence, null, 2)}\n`;
  await replaceFile(files, path, new TextEncoder().encode(text));
}

function said(status: WitnessReply["status"], body: string): WitnessReply {
  return { status, type: TEXT, body: `${body}\n` };
}
