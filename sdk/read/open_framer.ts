/**
 * What cuts a connection's bytes into messages, by the name of its rule.
 *
 * @module
 */
import { ContentLengthFramer } from "./content_length_framer.ts";
import type { TcpOptions } from "./io.ts";
import { type Framed, StreamFramer } from "./stream_framer.ts";

export interface Framer {
  push(piece: Uint8Array): void;
  end(): void;
  /** True once it cannot be told where the next message begins. */
  readonly isBroken?: boolean;
}

export interface OpenFramerOptions {
  readonly framing: NonNullable<TcpOptions["framing"]>;
  readonly maxMessageBytes: number;
}

/** Opens one for a connection; `take` is called for each message. */
export function openFramer(
  { framing, maxMessageBytes }: OpenFramerOptions,
  take: (message: Framed) => void,
): Framer {
  return framing === "content-length"
    ? new ContentLengthFramer(maxMessageBytes, take)
    : new StreamFramer({ framing, maxMessageBytes }, take);
}
