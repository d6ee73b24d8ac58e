/**
 * `custos reload`: the running agent takes its config and plugins anew.
 *
 * @module
 */
import { askReload } from "../control/client.ts";
import { readConfig } from "./check.ts";
import { type Command, EXIT } from "./command.ts";

export const reload: Command = {
  name: "reload",
  summary: "Has the running agent take its config's sources and added plugins anew",
  usage: `[-c FILE]

Sources that have changed stop, with all that they have read durable, and go on at that cursor;
those that have not changed run on, and those that are quarantined begin anew. Counters go on. SIGHUP
does the same. More than sources takes a start anew. A config with a mistake is refused, and nothing
changes.`,
  options: {},
  async run(call) {
    const { config } = await readConfig(call);
    const told = await askReload(config.agent.data_dir);
    if ("error" in told) {
      if (call.json) await call.out(`${JSON.stringify(told)}\n`);
      else call.err(told.error);
      return EXIT.failed;
    }
    const list = (names: readonly string[]): string => names.join(", ") || "none";
    await call.out(
      call.json
        ? `${JSON.stringify(told)}\n`
        : `started ${list(told.started)}; stopped ${list(told.stopped)}; kept ${list(told.kept)}\n`,
    );
    return EXIT.ok;
  },
};
