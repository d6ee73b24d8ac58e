/**
 * What an agent is told once the ledger is durable: in order, acks drawn together.
 *
 * @module
 */
import { type Acked, encodeMessage, type Message } from "../../sdk/wire/link.ts";

/** The end of one received message. */
export type Outcome =
  /** The frame is in the ledger. */
  | { readonly kind: "ack"; readonly acked: Acked; readonly frameBytes: number }
  | { readonly kind: "tell"; readonly message: Message; readonly frameBytes: number }
  /** Dropped without a word: the stream's place was told already. */
  | { readonly kind: "drop"; readonly frameBytes: number };

/** Gives the messages for `outcomes`: an ack never overtakes what was told before it. */
export function messagesOf(
  outcomes: readonly Outcome[],
  ackOf: (streams: readonly Acked[]) => Message,
): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let acked = new Map<string, Acked>();
  const flush = (): void => {
    if (acked.size > 0) messages.push(encodeMessage(ackOf([...acked.values()])));
    acked = new Map();
  };
  for (const outcome of outcomes) {
    if (outcome.kind === "ack") {
      const { stream, epoch } = outcome.acked;
      acked.set(`${Buffer.from(stream).toString("hex")}/${epoch}`, outcome.acked);
    } else if (outcome.kind === "tell") {
      flush();
      messages.push(encodeMessage(outcome.message));
    }
  }
  flush();
  return messages;
}
