/**
 * Reads Server-Sent Events from a byte stream (HTML Standard §9.2), as far as the hub writes them.
 *
 * @module
 */

/** Longest event, in characters: bounds what a hostile server can make us hold. */
const LONGEST = 8 * 1024 * 1024;

/**
 * The data of each event.
 *
 * @throws {RangeError} If an event is longer than 8 MiB.
 */
export async function* readServerEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncIterable<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      held += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      if (held.length > LONGEST) throw new RangeError("Cannot read events: one is over 8 MiB");
      const events = held.split("\n\n");
      held = events.pop() ?? "";
      // Comments, which keep a connection open, have no data.
      yield* events.map(dataOf).filter((data) => data !== "");
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function dataOf(event: string): string {
  return event.split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5))
    .join("\n");
}
