/**
 * `custos plugin bench`: what an event of a plugin costs.
 *
 * @module
 */
import { basename } from "node:path";
import { readCase } from "../../../sdk/testkit/golden.ts";
import { bench as measure } from "../../../sdk/testkit/laws.ts";
import { type Command, EXIT, text, UsageError } from "../command.ts";
import { loadWithCases } from "./cases.ts";

export const bench: Command = {
  name: "plugin bench",
  summary: "Measures what an event of a plugin costs, over its golden cases",
  usage: `PATH [--ms N]

  --ms N  for so long each case; default 1000

Tells CPU time: reading and parsing into columns and rows again, without the boundary to the plugin's
process, scrubbing and sealing.`,
  options: { ms: { type: "string", default: "1000" } },
  async run(call) {
    const ms = Number(text(call, "ms"));
    if (!(ms > 0)) throw new UsageError("--ms must be a number over 0");
    const { plugin, cases } = await loadWithCases(call.positionals[0]);
    for (const at of cases) {
      const cost = { case: basename(at), ...await measure(plugin, readCase(at), ms) };
      const mib = (cost.bytesPerSecond / 2 ** 20).toFixed(1);
      await call.out(
        call.json
          ? `${JSON.stringify(cost)}\n`
          : `${cost.case}: ${cost.events} events, ${cost.nsPerEvent} ns CPU each, ${mib} MiB/s\n`,
      );
    }
    return EXIT.ok;
  },
};
