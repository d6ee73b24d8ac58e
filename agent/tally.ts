/**
 * What became of a source's events since the agent started, over all lives that the source has had:
 * a reload that changes a source, or takes it away and brings it back, goes on counting.
 *
 * @module
 */
import { type SourceCounts, zeroCounts } from "./counters.ts";
import { type Group, Sent } from "./sent.ts";

/** Of one source. */
export class Tally {
  readonly counts: SourceCounts = zeroCounts();
  readonly #sent = new Sent();

  /** A group is durable here. */
  sealed(
    group: Group,
    { frames, bytes }: { readonly frames: number; readonly bytes: number },
  ): void {
    this.#sent.add(group);
    this.counts.sealed += group.events;
    this.counts.frames += frames;
    this.counts.frameBytes += bytes;
  }

  /** The hub has all frames of `epoch` up to `seq`, and all of older epochs. */
  acked(epoch: number, seq: number): void {
    this.counts.acked += this.#sent.acked(epoch, seq);
  }

  /** When the oldest group that the hub has not acknowledged was sealed, ms of the steady clock. */
  get oldest(): number | undefined {
    return this.#sent.oldest;
  }
}

/** Of all sources, those too that a reload has taken away: their frames may wait for the hub. */
export class Tallies {
  readonly #all = new Map<string, Tally>();

  /** `stream`: its id in hex. */
  of(stream: string): Tally {
    const tally = this.#all.get(stream) ?? new Tally();
    this.#all.set(stream, tally);
    return tally;
  }

  /** As of one, of all. */
  get oldest(): number | undefined {
    const all = [...this.#all.values()].flatMap(({ oldest }) =>
      oldest === undefined ? [] : [oldest]
    );
    return all.length === 0 ? undefined : Math.min(...all);
  }
}
