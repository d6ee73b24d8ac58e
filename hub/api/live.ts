/**
 * Answers `/v1/live` with Server-Sent Events.
 *
 * The stream is pulled: what a slow reader does not take stays in its bounded queue and is then
 * dropped and counted there, so that nobody waits for it.
 *
 * @module
 */
import { live, type LiveMessage } from "../../sdk/api/live.ts";
import { lookerOf, type RecordLook } from "./look.ts";
import { type Call, type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** One reader of the live feed. */
export interface LiveReader {
  /** What has come since the last call, at least one message; empty once it is closed. */
  next(): Promise<readonly LiveMessage[]>;
  close(): void;
}

/** What the live route needs of the hub. */
export interface LiveParts {
  /** Nothing where there are too many readers. */
  open(
    wanted: { readonly table: string | undefined; readonly rows: boolean },
  ): LiveReader | undefined;
  readonly recordLook: RecordLook;
}

export function mountLive(app: HubApp, parts: LiveParts): void {
  mount(app, live, async (call) => {
    const { query, caller } = call;
    const what = `live ${JSON.stringify(query)}`;
    const record = (rows: number, why: string) =>
      parts.recordLook({ who: lookerOf(caller), what, rows, why });
    await record(0, "opened");
    const reader = parts.open({ table: query.table, rows: query.rows === "yes" });
    if (reader === undefined) {
      throw new ApiError("too_many", "Cannot follow: too many live readers", { retryAfter: 10 });
    }
    return new Response(streamOf(reader, call, (rows) => record(rows, "closed")), {
      headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
    });
  });
}

function streamOf(
  reader: LiveReader,
  call: Pick<Call<string, unknown, unknown>, "request" | "isStillKnown">,
  onEnd: (rows: number) => Promise<void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let rows = 0;
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    reader.close();
    await onEnd(rows);
  };
  call.request.signal.addEventListener("abort", () => reader.close(), { once: true });
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(": follow\n\n")),
    async pull(controller) {
      const messages = await reader.next();
      if (messages.length === 0 || !call.isStillKnown()) {
        await end();
        return controller.close();
      }
      for (const message of messages) if (message.kind === "rows") rows += message.rows.length;
      controller.enqueue(encoder.encode(messages.map(eventText).join("")));
    },
    cancel: end,
  }, { highWaterMark: 1 });
}

function eventText(message: LiveMessage): string {
  return `event: ${message.kind}\ndata: ${JSON.stringify(message)}\n\n`;
}
