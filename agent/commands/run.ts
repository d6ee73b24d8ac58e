/**
 * `custos run`: the agent in the foreground.
 *
 * @module
 */
import { runAgent } from "../agent.ts";
import { logOf } from "../../sdk/log.ts";
import { codeOf } from "../../sdk/refusal_line.ts";
import type { Status } from "../control/protocol.ts";
import type { Reloaded } from "../running_sources.ts";
import { readConfig } from "./check.ts";
import { type Call, type Command, EXIT } from "./command.ts";

const EVERY_MS = 1_000;

export const run: Command = {
  name: "run",
  summary: "Reads the config's sources and sends their events until interrupted",
  usage: `[-c FILE]

Stops cleanly on SIGINT or SIGTERM: what was read is then durable here or at the hub. Takes its
sources anew on SIGHUP: see custos reload.
With --output json it prints its status as one JSON object each second.`,
  options: {},
  async run(call) {
    const loaded = await readConfig(call);
    const stop: (() => void)[] = [];
    await runAgent({
      loaded,
      signal: call.signal,
      load: () => readConfig(call, { isStrict: true }),
      ready: (status, reload) => stop.push(report(call, status), onHangUp(reload)),
    });
    stop.forEach((end) => end());
    return EXIT.ok;
  },
};

/** What services are told to take their config anew by. */
function onHangUp(reload: () => Promise<Reloaded>): () => void {
  const log = logOf("reload");
  const listen = (): void => {
    reload().then(
      ({ started, stopped, kept }) =>
        log.info("The config was taken anew", {
          started: started.join(", "),
          stopped: stopped.join(", "),
          kept: kept.join(", "),
        }),
      (error: unknown) =>
        log.error("The config was not taken, the agent runs on as it was", {
          code: codeOf(error),
          why: error instanceof Error ? error.message : String(error),
        }),
    );
  };
  process.on("SIGHUP", listen);
  return () => void process.off("SIGHUP", listen);
}

function report(call: Call, status: () => Status): () => void {
  const now = status();
  if (!call.json) {
    const names = now.sources.map(({ source }) => source).join(", ");
    call.err(`custos agent ${now.agent} runs: ${names}`);
    return () => {};
  }
  const print = (): void => void call.out(`${JSON.stringify({ event: "status", ...status() })}\n`);
  print();
  const timer = setInterval(print, EVERY_MS);
  return () => clearInterval(timer);
}
