/**
 * The configuration of the demonstration's agent, as YAML. It names no hub: enrolling does.
 *
 * @module
 */
import { accessSync, constants } from "node:fs";

/** One source, as it stands under `sources` in the configuration. */
export interface DemoSource {
  readonly name: string;
  readonly plugin: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly priority?: "audit" | "normal" | "bulk";
  /** What it reads, for people. */
  readonly reads: string;
}

export interface AgentConfigOptions {
  readonly dataDir: string;
  readonly sources: readonly DemoSource[];
}

/** Gives the text of the configuration file. JSON values are YAML values. */
export function agentConfig({ dataDir, sources }: AgentConfigOptions): string {
  const lines = sources.map(({ name, plugin, config, priority }) =>
    `  ${name}: ${JSON.stringify({ plugin, config, ...(priority && { priority }) })}`
  );
  return [
    "version: 1",
    `agent: ${JSON.stringify({ data_dir: dataDir })}`,
    "sources:",
    ...lines,
    "",
  ].join("\n");
}

/** Syslog files that most systems have; those that this one lets us read. */
export function hostLogs(): readonly string[] {
  const usual = ["/var/log/syslog", "/var/log/messages", "/var/log/auth.log", "/var/log/secure"];
  return usual.filter(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
