/**
 * What scheduled rules find in real events, asked as the hub asks them.
 *
 * @module
 */
import { openControl } from "../../hub/control.ts";
import type { Finding } from "../../hub/detect/detector.ts";
import { openScheduled } from "../../hub/detect/scheduled/open_scheduled.ts";
import type { ScheduledRule } from "../../hub/detect/scheduled/rule.ts";
import type { Item } from "../../hub/fanout/follower.ts";
import { openFunctionStore } from "../../hub/query/functions/function_store.ts";
import { openCompiler } from "../../hub/query/run/compiler.ts";
import { openKqlQueries } from "../../hub/query/run/kql_queries.ts";
import { after, openRoom } from "../../hub/store/test_room.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { schemaOf } from "../../sdk/table.ts";

/** Asks in hub time of `items`, which are stored before; a refused query is a finding too. */
export async function scheduledFindings(
  rules: readonly ScheduledRule[],
  items: readonly Item[],
): Promise<readonly Finding[]> {
  await using room = openRoom();
  await using compiler = openCompiler({ after });
  await using control = openControl(":memory:");
  await using store = await room.store();
  await store.take(items);
  await store.flush();
  const schemas = [...builtinPlugins.values()].flatMap(({ tables }) =>
    Object.entries(tables).map(([name, declared]) => schemaOf(name, declared))
  );
  const kql = openKqlQueries({
    ...room,
    compiler,
    schemas: () => schemas,
    functions: openFunctionStore(control),
    now: Date.now,
  });
  const scheduler = openScheduled({
    control,
    rules,
    ledger: { durable: 0 },
    store,
    kql,
    alerts: { takeFindings: () => undefined },
    env: { after },
  });
  await scheduler.take(items);
  return control.all("select finding from detect_finding order by number")
    .map((row) => JSON.parse(String(row["finding"])) as Finding);
}
