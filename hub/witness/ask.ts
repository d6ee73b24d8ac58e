/**
 * Asks a witness over HTTP: a bounded answer within a bounded time, no redirects.
 *
 * @module
 */

/** What a witness answered. */
export interface WitnessAnswer {
  readonly status: number;
  readonly body: string;
  /** The header as it came. */
  readonly retryAfter: string | undefined;
}

/** Posts `body` to `url`. Rejects where no whole answer came. */
export type AskWitness = (url: URL, body: string, signal: AbortSignal) => Promise<WitnessAnswer>;

/** Many signature lines of the largest kind fit. */
const MOST_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 10_000;

/** An answer that goes on and on. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly code = "answer-size";
}

export const askWitness: AskWitness = async (url, body, signal) => {
  const reply = await fetch(url, {
    method: "POST",
    body,
    redirect: "manual",
    headers: { "content-type": "text/plain; charset=utf-8" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  return {
    status: reply.status,
    body: await bounded(reply),
    retryAfter: reply.headers.get("retry-after") ?? undefined,
  };
};

async function bounded(reply: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of reply.body ?? []) {
    size += piece.length;
    if (size > MOST_ANSWER_BYTES) throw new AnswerError("Cannot read answer: it is too long");
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}
