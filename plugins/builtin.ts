/**
 * The plugins that every build of custos has, by name.
 *
 * Only the agent and the hub's hunt over old files import it: nothing else names a plugin.
 *
 * @module
 */
import type { Plugin } from "../sdk/mod.ts";
import appLocker from "./app_locker/mod.ts";
import callDetail from "./call_detail/mod.ts";
import eventLog from "./event_log/mod.ts";
import file from "./file/mod.ts";
import iis from "./iis/mod.ts";
import intake from "./intake/mod.ts";
import integrity from "./integrity/mod.ts";
import networkIds from "./network_ids/mod.ts";
import perfCounters from "./perf_counters/mod.ts";
import qoe from "./qoe/mod.ts";
import securityAudit from "./security_audit/mod.ts";
import sqlServer from "./sql_server/mod.ts";
import syslog from "./syslog/mod.ts";
import systemCenter from "./system_center/mod.ts";

export const builtinPlugins: ReadonlyMap<string, Plugin> = new Map<string, Plugin>(
  [
    syslog,
    iis,
    perfCounters,
    callDetail,
    qoe,
    securityAudit,
    sqlServer,
    systemCenter,
    file,
    eventLog,
    appLocker,
    networkIds,
    integrity,
    intake,
  ].map((plugin) => [plugin.name, plugin]),
);
