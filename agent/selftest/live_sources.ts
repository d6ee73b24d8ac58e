/**
 * What this host has of its own for each plugin, and what is done so that something happens there.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";

/** A source of this host. */
export interface LiveSource {
  readonly plugin: string;
  readonly config: unknown;
  /** Makes something happen, now and again. */
  readonly stir?: () => void;
}

const AUDIT_LOG = "/var/log/audit/audit.log";

/** The sources that this host has. */
export async function liveSources(platform: NodeJS.Platform): Promise<readonly LiveSource[]> {
  const everywhere = [await syslogSource()];
  if (platform !== "linux") return everywhere;
  return [
    ...everywhere,
    { plugin: "perf_counters", config: { every: "1s" } },
    {
      plugin: "integrity",
      config: { files: { every: "1s" } },
      // It lives longer than the time between two looks.
      stir: () => void spawn("/bin/sleep", ["2"]).on("error", () => {}),
    },
    ...(isReadable(AUDIT_LOG)
      ? [{ plugin: "security_audit", config: { files: [AUDIT_LOG] } }]
      : []),
  ];
}

async function syslogSource(): Promise<LiveSource> {
  const probe = createSocket("udp4");
  probe.bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise<void>((resolve) => void probe.close(() => resolve()));
  return {
    plugin: "syslog",
    config: { listen: [`udp:127.0.0.1:${port}`] },
    stir: () => {
      const socket = createSocket("udp4");
      socket.send("<14>1 - - custos - - - selftest", port, "127.0.0.1", () => socket.close());
    },
  };
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).size > 0;
  } catch {
    return false;
  }
}
