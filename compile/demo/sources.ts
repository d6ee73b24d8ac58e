/**
 * What the demonstration's agent reads: this host's own sources and the sample logs.
 *
 * @module
 */
import { createServer } from "node:net";
import type { DemoSource } from "./agent_config.ts";
import { hostLogs } from "./agent_config.ts";
import type { SampleLogs } from "./sample_logs.ts";

/** Gives the sources; `port` is where the syslog listener binds, on UDP and TCP. */
export function demoSources(globs: SampleLogs["globs"], port: number): readonly DemoSource[] {
  const bind = `127.0.0.1:${port}`;
  const logs = hostLogs();
  return [
    {
      name: "counters",
      plugin: "perf_counters",
      config: { every: "2s" },
      reads: "performance counters of this host, every 2 s",
    },
    ...(logs.length === 0 ? [] : [{
      name: "host_syslog",
      plugin: "syslog",
      config: { files: logs },
      reads: logs.join(", "),
    }]),
    {
      name: "syslog_listener",
      plugin: "syslog",
      config: { listen: [`udp:${bind}`, `tcp:${bind}`] },
      reads: `syslog sent to ${bind}, UDP and TCP: logger -n 127.0.0.1 -P ${port} -d hello`,
    },
    { name: "sample_iis", plugin: "iis", config: { files: [globs.iis] }, reads: globs.iis },
    { name: "sample_auth", plugin: "syslog", config: { files: [globs.auth] }, reads: globs.auth },
    {
      name: "sample_calls",
      plugin: "call_detail",
      config: { files: [globs.calls] },
      reads: globs.calls,
    },
  ];
}

/** Gives `preferred` if nothing listens there, else a free port. */
export async function freePort(preferred: number): Promise<number> {
  return await tryPort(preferred) ?? await tryPort(0) ?? preferred;
}

function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
