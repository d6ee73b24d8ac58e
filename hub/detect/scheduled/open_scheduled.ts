/**
 * Opens the follower that asks scheduled rules, over the hub's own store and into its own findings.
 *
 * @module
 */
import type { Alerts } from "../../alert/alerts.ts";
import type { Control } from "../../control.ts";
import { type HubEnv, sleep } from "../../env.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { KqlQueries } from "../../query/run/kql_queries.ts";
import type { Store } from "../../store/store.ts";
import { openDetectState } from "../state.ts";
import { askStored } from "./ask_stored.ts";
import type { ScheduledRule } from "./rule.ts";
import { openScheduler, type Scheduler } from "./scheduler.ts";

export interface ScheduledOptions {
  readonly control: Control;
  readonly rules: readonly ScheduledRule[];
  readonly ledger: Pick<Ledger, "durable">;
  readonly store: Pick<Store, "next" | "flush">;
  readonly kql: Pick<KqlQueries, "run">;
  readonly alerts: Pick<Alerts, "takeFindings">;
  readonly env: Pick<HubEnv, "after">;
}

/** The store is looked at so often while a question waits for it. */
const WAIT_MS = 200;

export function openScheduled(options: ScheduledOptions): Scheduler {
  const { control, rules, ledger, store, kql, alerts, env } = options;
  const findings = openDetectState(control);
  return openScheduler({
    control,
    rules,
    from: ledger.durable,
    ask: askStored({
      kql,
      async stored(entry, signal) {
        while (store.next < entry && !signal.aborted) await sleep(env, WAIT_MS, signal);
        signal.throwIfAborted();
        await store.flush();
      },
    }),
    add(found) {
      if (found.length === 0) return;
      findings.add(found);
      alerts.takeFindings();
    },
  });
}
