/**
 * All frames that the agent has ever let out, and which of them the hub has answered for.
 *
 * @module
 */
import { frameHash, parseHeader } from "../../sdk/wire/frame.ts";

/** Newest sealed frames that a bit may flip in. */
const KEPT_SEALED = 24;

export class FrameBook {
  /** By stream and epoch, by seq. */
  readonly #sent = new Map<string, (Uint8Array | undefined)[]>();
  /** By stream and epoch: all below is answered for. */
  readonly #acked = new Map<string, number>();
  /** The same, as far as the agent has heard of it. */
  readonly #heard = new Map<string, number>();
  readonly #sealed: Uint8Array[] = [];
  readonly #wrong: (what: string) => void;

  constructor(wrong: (what: string) => void) {
    this.#wrong = wrong;
  }

  sealed(frames: readonly Uint8Array[]): void {
    this.#sealed.push(...frames);
    this.#sealed.splice(0, this.#sealed.length - KEPT_SEALED);
  }

  /** A frame leaves the agent. */
  sent(bytes: Uint8Array): void {
    const { key, seq } = placeIn(bytes);
    const frames = this.#sent.get(key) ?? [];
    const before = frames[seq];
    if (before !== undefined && Buffer.compare(before, bytes) !== 0) {
      this.#wrong(`${key}/${seq} names two frames`);
    }
    frames[seq] = bytes;
    this.#sent.set(key, frames);
  }

  /** Whether the agent has let out exactly this one. */
  isKnown(bytes: Uint8Array): boolean {
    const { key, seq } = placeIn(bytes);
    const sent = this.#sent.get(key)?.[seq];
    return sent !== undefined && Buffer.compare(sent, bytes) === 0;
  }

  /** The hub says that it has all below `next`: each must be in `disk`, what a crash would leave. */
  acked(key: string, next: number, disk: () => Iterable<Uint8Array>): void {
    const from = this.#acked.get(key) ?? 0;
    if (next <= from) return;
    this.#acked.set(key, next);
    const files = [...disk()].map((bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    )
      .toReversed();
    for (let seq = from; seq < next; seq++) {
      const frame = this.#sent.get(key)?.[seq];
      if (frame === undefined) this.#wrong(`${key}/${seq} is acknowledged and was never sent`);
      else if (!files.some((file) => file.includes(frame))) {
        this.#wrong(`${key}/${seq} is acknowledged and not on the hub's disk`);
      }
    }
  }

  /** The agent has heard that the hub has all below `next`. */
  heard(key: string, next: number): void {
    this.#heard.set(key, Math.max(next, this.#heard.get(key) ?? 0));
  }

  /**
   * Frames that are answered for and not among `held`, the hashes in the hub's ledger in hex;
   * `asHeard`: only such as the agent has heard of, for what it has not heard of it sends again.
   */
  *missing(held: ReadonlySet<string>, asHeard: boolean): Iterable<string> {
    for (const [key, next] of asHeard ? this.#heard : this.#acked) {
      for (let seq = 0; seq < next; seq++) {
        const frame = this.#sent.get(key)?.[seq];
        if (frame !== undefined && !held.has(hashOf(frame))) yield `${key}/${seq}`;
      }
    }
  }

  /** Sealed frames that the hub has not answered for, newest last. */
  unacked(): readonly Uint8Array[] {
    return this.#sealed.filter((bytes) => {
      const { key, seq } = placeIn(bytes);
      return seq >= (this.#acked.get(key) ?? 0);
    });
  }
}

export function hashOf(frame: Uint8Array): string {
  return Buffer.from(frameHash(frame)).toString("hex");
}

function placeIn(bytes: Uint8Array): { readonly key: string; readonly seq: number } {
  const { stream, epoch, seq } = parseHeader(bytes);
  return { key: `${Buffer.from(stream).toString("hex")}/${epoch}`, seq };
}
