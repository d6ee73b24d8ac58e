/**
 * `custos top`: rates of the running agent, again and again.
 *
 * @module
 */
import { askStatus } from "../control/client.ts";
import type { Status } from "../control/protocol.ts";
import { readConfig } from "./check.ts";
import { type Command, EXIT, text, UsageError } from "./command.ts";
import { sizeText } from "./status.ts";

export const top: Command = {
  name: "top",
  summary: "Shows events per second, bytes per event and lag of each source",
  usage: `[-c FILE] [--every SECONDS] [--times N]

  --every SECONDS   default 1
  --times N         stop after N; default: until interrupted`,
  options: { every: { type: "string", default: "1" }, times: { type: "string" } },
  async run(call) {
    const { config } = await readConfig(call);
    const everyMs = numberOf(text(call, "every") ?? "1", "every") * 1000;
    const times = text(call, "times");
    const most = times === undefined ? Infinity : numberOf(times, "times");
    let before = await askStatus(config.agent.data_dir);
    for (let n = 0; n < most && !call.signal.aborted; n++) {
      await pause(everyMs, call.signal);
      if (call.signal.aborted) break;
      const now = await askStatus(config.agent.data_dir);
      const rates = ratesOf(before, now);
      await call.out(call.json ? `${JSON.stringify(rates)}\n` : screen(now, rates));
      before = now;
    }
    return EXIT.ok;
  },
};

interface Rate {
  readonly source: string;
  readonly state: string;
  readonly eventsPerSecond: number;
  /** Bytes of frames; absent where nothing was sealed. */
  readonly bytesPerEvent: number | undefined;
  readonly unacked: number;
  readonly shed: number;
}

function ratesOf(before: Status, now: Status): readonly Rate[] {
  const seconds = Math.max(now.uptimeMs - before.uptimeMs, 1) / 1000;
  return now.sources.map((s) => {
    const old = before.sources.find((o) => o.source === s.source);
    const sealed = s.sealed - (old?.sealed ?? 0);
    const bytes = s.frameBytes - (old?.frameBytes ?? 0);
    return {
      source: s.source,
      state: s.state,
      eventsPerSecond: Math.round((s.read - (old?.read ?? 0)) / seconds),
      bytesPerEvent: sealed > 0 ? Math.round((bytes / sealed) * 10) / 10 : undefined,
      unacked: s.sealed - s.acked,
      shed: s.shed,
    };
  });
}

function screen(now: Status, rates: readonly Rate[]): string {
  const clear = process.stdout.isTTY ? "\u001b[H\u001b[2J" : "";
  const head = `custos top: link ${now.link.state}, spool ${sizeText(now.spool.bytes)}, memory ${
    sizeText(now.memoryBytes)
  }`;
  const cells = (list: readonly string[]): string =>
    list.map((cell, i) => (i < 2 ? cell.padEnd(16) : cell.padStart(10))).join(" ");
  const lines = rates.map((r) =>
    cells([
      r.source,
      r.state,
      String(r.eventsPerSecond),
      r.bytesPerEvent === undefined ? "-" : String(r.bytesPerEvent),
      String(r.unacked),
      String(r.shed),
    ])
  );
  const titles = cells(["source", "state", "events/s", "B/event", "unacked", "shed"]);
  return `${clear}${[head, titles, ...lines].join("\n")}\n`;
}

function numberOf(value: string, option: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${option} is "${value}", must be a number above 0`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
