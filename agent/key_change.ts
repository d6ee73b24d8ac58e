/**
 * When the key that signs this agent's frames changes, and what waits meanwhile.
 *
 * A statement must cover all that the old key has sealed. So a change holds the sealing back, waits
 * until what was sealed is durable, writes the statement (`signing_keys.ts`), and lets go.
 *
 * @module
 */
import { sealedHeads } from "./sealed_heads.ts";
import type { FrameSource } from "./send/frame_source.ts";
import type { SigningKeys } from "./signing_keys.ts";
import type { Spool } from "./spool/spool.ts";

/** Frames that one key signs, at most about so many. */
const MOST_FRAMES = 4096;
/** After a change for which the disk had no room, in ms. */
const RETRY_MS = 60_000;

export interface KeyChangeOptions {
  readonly keys: SigningKeys;
  readonly spool: FrameSource & Pick<Spool, "settled">;
  /** Steady clock, ms. */
  readonly now: () => number;
  /** A key signs for so long, in ms. */
  readonly lifeMs: number;
  /** Default: 4,096. */
  readonly mostFrames?: number;
  /** Whether the hub has said that it takes statements: one of 0.1.0 would refuse later keys. */
  readonly isWanted: () => boolean;
  /** A key has changed; `false`: it could not, for want of room. */
  readonly told: (isChanged: boolean) => void;
}

/** Signs with the key in force, and changes it when it is time. */
export class KeyChange {
  /** Rejects if a change has failed so that nothing more may be sealed before a new start. */
  readonly broken: Promise<never>;
  readonly #options: KeyChangeOptions;
  readonly #break: (error: unknown) => void;
  #since: number;
  #frames = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #change: Promise<void> | undefined;

  constructor(options: KeyChangeOptions) {
    this.#options = options;
    // The age of a key that was there is not known: the first look decides by what it has sealed.
    this.#since = Number.NEGATIVE_INFINITY;
    const { promise, reject } = Promise.withResolvers<never>();
    // Whoever waits for it later still gets it.
    promise.catch(() => {});
    this.broken = promise;
    this.#break = reject;
  }

  get keyId(): Uint8Array {
    return this.#options.keys.keyId;
  }

  /** For `custos status`. */
  get status(): { readonly number: number; readonly ageMs: number | null } {
    const { keys, now } = this.#options;
    const ageMs = Number.isFinite(this.#since) ? Math.round(now() - this.#since) : null;
    return { number: keys.succession.number, ageMs };
  }

  sign(message: Uint8Array): Uint8Array {
    this.#frames++;
    return this.#options.keys.sign(message);
  }

  /** Resolves when sealing may go on; undefined if it may now. After {@link broken} it never may. */
  held(): Promise<void> | undefined {
    return this.#change;
  }

  /** Changes the key if it is time; call it about once a second. */
  tick(): void {
    const { keys, now, lifeMs, mostFrames = MOST_FRAMES, isWanted } = this.#options;
    if (this.#change !== undefined || now() < this.#retryAt) return;
    const isFirst = keys.succession.number === 0;
    // The enrolled key stays on the disk, for the link: it seals no longer than it must.
    if (isFirst && !isWanted()) return;
    const isDue = isFirst || now() - this.#since >= lifeMs || this.#frames >= mostFrames;
    if (isDue) this.#change = this.#run();
  }

  async #run(): Promise<void> {
    const { keys, spool, now, told } = this.#options;
    try {
      await spool.settled();
      const heads = sealedHeads(spool);
      // A key that has sealed nothing keeps nothing from anybody.
      const isNeeded = keys.isBehind(heads);
      const isChanged = isNeeded && await keys.next(heads);
      if (isChanged || !isNeeded) [this.#since, this.#frames] = [now(), 0];
      else this.#retryAt = now() + RETRY_MS;
      this.#change = undefined;
      if (isNeeded) told(isChanged);
    } catch (error) {
      this.#break(error);
      await new Promise<never>(() => {});
    }
  }
}
