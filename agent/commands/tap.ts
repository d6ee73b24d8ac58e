/**
 * `custos tap`: the running agent's events as they pass, after the scrubber.
 *
 * @module
 */
import { askTap } from "../control/client.ts";
import { readConfig } from "./check.ts";
import { type Command, EXIT, text, UsageError } from "./command.ts";

export const tap: Command = {
  name: "tap",
  summary: "Shows the running agent's events as they leave the scrubber",
  usage: `[SOURCE] [-c FILE] [--limit N]

  --limit N   stop after N events

A slow terminal misses rows; it never slows the agent. Clear text is shown by "custos read" alone.`,
  options: { limit: { type: "string" } },
  async run(call) {
    const { config } = await readConfig(call);
    const [source] = call.positionals;
    if (source !== undefined && !(source in config.sources)) {
      const known = Object.keys(config.sources).join(", ");
      throw new UsageError(`"${source}" is no source, must be one of ${known}`);
    }
    const limit = Number(text(call, "limit") ?? Infinity);
    if (!(limit > 0)) throw new UsageError("--limit must be a number above 0");
    let seen = 0;
    for await (const tapped of askTap(config.agent.data_dir, source, call.signal)) {
      const line = call.json
        ? JSON.stringify(tapped)
        : `${tapped.source} ${tapped.table} ${JSON.stringify(tapped.row)}`;
      await call.out(`${line}\n`);
      if (++seen >= limit) break;
    }
    return EXIT.ok;
  },
};
