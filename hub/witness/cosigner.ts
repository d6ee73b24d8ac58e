/**
 * One witness as the hub sees it: what it has cosigned last, when to ask it again, what is wrong.
 *
 * @module
 */
import { type Checkpoint, CheckpointError, type NoteKey } from "../../sdk/proof/checkpoint.ts";
import { cosignedAt } from "../../sdk/proof/cosignature.ts";
import { verifier, type Verify } from "../../sdk/proof/sign.ts";
import { ADD_CHECKPOINT, formatAddCheckpoint, parseSize } from "../../sdk/proof/witness_request.ts";
import type { Tiles } from "../ledger/tiles.ts";
import type { AskWitness, WitnessAnswer } from "./ask.ts";

/** Where a witness is, and its key. */
export interface WitnessPlace {
  /** The submission prefix. */
  readonly url: string;
  readonly key: NoteKey;
}

export interface CosignerOptions {
  readonly place: WitnessPlace;
  readonly ask: AskWitness;
  readonly tiles: Pick<Tiles, "consistency">;
  /** Wall clock, ms since the Unix epoch. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** It has seen another log under our name: our own was changed, or cut. */
export const ALARMING: readonly (string | undefined)[] = ["fork", "inconsistent", "ahead"];
/** A witness says what size it has: once it is told so, it is asked again at once. */
const MOST_TRIES = 3;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 600_000;

/** Asks one witness; none of its failures is anybody else's. */
export class Cosigner {
  readonly place: WitnessPlace;
  /** Size of the last tree that it has cosigned here. */
  size: number | undefined;
  /** Why it has not cosigned the last time, a stable code; undefined where it has. */
  trouble: string | undefined;
  readonly #options: CosignerOptions;
  readonly #verify: Verify;
  /** The size that the next proof starts from. */
  #known = 0;
  #failures = 0;
  #notBefore = 0;

  constructor(options: CosignerOptions) {
    this.#options = options;
    this.place = options.place;
    this.#verify = verifier(options.place.key.publicKey);
  }

  get isDue(): boolean {
    return this.#options.now() >= this.#notBefore;
  }

  /** The line to put under `checkpoint`; undefined if there is none this time. Never rejects. */
  async cosign(checkpoint: Checkpoint, signal: AbortSignal): Promise<string | undefined> {
    let answer: WitnessAnswer | undefined;
    try {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        answer = await this.#ask(checkpoint, signal);
        const line = this.#judge(answer, checkpoint);
        if (line !== undefined) return line;
        // Told of another size: once more from there.
        if (this.trouble !== "size") break;
      }
    } catch (error) {
      this.trouble = codeOf(error);
    }
    if (!signal.aborted) this.#wait(answer?.retryAfter);
    return undefined;
  }

  async #ask(checkpoint: Checkpoint, signal: AbortSignal): Promise<WitnessAnswer> {
    const { ask, tiles, place } = this.#options;
    const oldSize = this.#known;
    const isProof = oldSize > 0 && oldSize < checkpoint.size;
    const hashes = isProof ? await tiles.consistency(oldSize, checkpoint.size) : [];
    const prefix = place.url.endsWith("/") ? place.url : `${place.url}/`;
    const body = formatAddCheckpoint({ oldSize, hashes, note: checkpoint.note });
    return await ask(new URL(ADD_CHECKPOINT, prefix), body, signal);
  }

  /** Gives the line of a cosignature, or says in `trouble` what came instead. */
  #judge({ status, body }: WitnessAnswer, checkpoint: Checkpoint): string | undefined {
    if (status === 200) {
      const line = this.#lineIn(body, checkpoint);
      this.trouble = line === undefined ? "cosignature" : undefined;
      if (line === undefined) return undefined;
      this.#known = checkpoint.size;
      this.size = checkpoint.size;
      this.#failures = 0;
      return line;
    }
    const size = status === 409 ? parseSize(body) : undefined;
    this.trouble = this.#troubleOf(status, size, checkpoint);
    if (this.trouble === "size" && size !== undefined) this.#known = size;
    return undefined;
  }

  #troubleOf(status: number, size: number | undefined, checkpoint: Checkpoint): string {
    if (status === 422) return "inconsistent";
    if (size === undefined) return `status-${status}`;
    if (size > checkpoint.size) return "ahead";
    if (size !== this.#known) return "size";
    // The same size and yet a conflict: it has another root of us.
    return size === checkpoint.size ? "fork" : `status-${status}`;
  }

  #lineIn(body: string, { note }: Checkpoint): string | undefined {
    const lines = body.split("\n").slice(0, -1).map((line) => `${line}\n`);
    return lines.find((line) => {
      try {
        return cosignedAt(note + line, this.place.key, this.#verify) !== undefined;
      } catch (error) {
        if (error instanceof CheckpointError) return false;
        throw error;
      }
    });
  }

  /** Twice as long after each failure, and not all at the same moment. */
  #wait(retryAfter: string | undefined): void {
    const { now, random } = this.#options;
    const asked = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) * 1000 : 0;
    const own = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures++;
    const ms = Math.min(Math.max(own * (0.5 + random() / 2), asked), LONGEST_WAIT_MS);
    this.#notBefore = now() + ms;
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return "timeout";
  return "code" in error && typeof error.code === "string" ? error.code : "failed";
}
