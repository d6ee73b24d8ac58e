/**
 * When the next group of a source is due: at once if none was sealed lately, else when it is time
 * again. A lone event waits for nobody, and however many come, frames are so far apart at least.
 *
 * Part of stage 4 of 7.
 *
 * @module
 */

export interface PaceOptions {
  /** Between two groups. */
  readonly everyMs: number;
  /** Wall clock, ms; it may jump. */
  now(): number;
  /** Calls back after `ms`; returns how to call that off. */
  after(ms: number, call: () => void): () => void;
  /** A group is due. */
  onDue(): void;
}

/** What comes so much of the interval early is taken as in time: looks at files are not exact. */
const EARLY = 1 / 8;

/** One timer. */
export class Pace {
  readonly #options: PaceOptions;
  /** When the last group was due: one that was sealed late must not delay the next. */
  #lastMs = -Infinity;
  #due: (() => void) | undefined;
  /** It waits for nothing but its turn: to begin again would put it off for ever. */
  #isNow = false;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /**
   * There is something to seal. A timer, even of 0 ms, fires when the plugin waits: all that it can
   * read now is in the group.
   */
  soon(): void {
    const { everyMs, now } = this.#options;
    const passed = Math.max(0, now() - this.#lastMs);
    if (passed < everyMs * (1 - EARLY)) this.#start(everyMs - passed);
    else if (!this.#isNow) {
      this.cancel();
      this.#start(0);
      this.#isNow = true;
    }
  }

  /** What there is to seal cannot be, or need not be, now. */
  later(): void {
    this.#start(this.#options.everyMs);
  }

  /** A group is sealed before it is due. */
  sealed(): void {
    this.#lastMs = this.#options.now();
  }

  cancel(): void {
    this.#due?.();
    this.#ended();
  }

  #start(ms: number): void {
    if (this.#due !== undefined) return;
    const dueMs = this.#options.now() + ms;
    this.#due = this.#options.after(ms, () => {
      this.#ended();
      this.#lastMs = dueMs;
      this.#options.onDue();
    });
  }

  #ended(): void {
    this.#due = undefined;
    this.#isNow = false;
  }
}
