/**
 * The agent as a source of its own: its counters as events of `CustosAgent`, every ten seconds.
 *
 * @module
 */
import * as v from "valibot";
import { AGENT } from "../sdk/gap.ts";
import { definePlugin, type Plugin } from "../sdk/plugin.ts";
import { filteredText } from "./counters.ts";
import type { Status } from "./control/protocol.ts";

const EVERY_MS = 10_000;

/** A plugin that says how the agent does; it never ends. */
export function ownCounters(status: () => Status): Plugin {
  return definePlugin.listen({
    name: "custos",
    version: "1.0.0",
    summary: "The agent's own counters",
    config: v.object({}),
    needs: {},
    lossy: true,
    tables: { CustosAgent: AGENT },
    async listen({ emit, clock, signal }) {
      while (!signal.aborted) {
        const { sources, spool } = status();
        const now = clock.now();
        for (const source of sources) {
          emit.CustosAgent({
            TimeGenerated: now,
            Source: source.source,
            Plugin: source.plugin,
            State: source.state,
            Read: source.read,
            Sealed: source.sealed,
            Acked: source.acked,
            InFlight: source.inFlight,
            Shed: source.shed,
            Quarantined: source.quarantined,
            Filtered: source.filtered,
            FilteredBy: source.filtered === 0 ? undefined : filteredText(source),
            Rejected: source.rejected,
            Tokenised: source.tokenised,
            Gaps: source.gaps,
            SpoolBytes: spool.bytes,
            OldestUnackedMs: spool.oldestUnackedMs,
          });
        }
        await clock.sleep(EVERY_MS);
      }
    },
  });
}
