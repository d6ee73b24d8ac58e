/**
 * Security audit: what the operating system itself records of logins, programs and changes.
 *
 * @module
 */
import { definePlugin, type Json } from "../../sdk/mod.ts";
import { eventSource } from "../../sdk/read/follow_events.ts";
import { type Config, config } from "./config.ts";
import { readLinuxAudit } from "./linux/read.ts";
import { linuxAuditLog } from "./linux/table.ts";
import { areWindowsFiles, readWindowsAudit } from "./windows/read.ts";
import { securityEvent } from "./windows/table.ts";

export default definePlugin.stream({
  name: "security_audit",
  version: "1.0.0",
  summary: "The operating system's audit log: auditd of Linux, the Security log of Windows",
  ...eventSource,
  config,
  tables: { LinuxAuditLog: linuxAuditLog, SecurityEvent: securityEvent },

  start: (): Json => ({ tail: {} }),

  stream(context, cursor): AsyncIterable<Json> {
    const { config: source, emit, io, reject } = context;
    if (isWindows(source)) {
      const sink = { ...source, emit: emit.SecurityEvent };
      return readWindowsAudit(context, sink, cursor);
    }
    return readLinuxAudit({ io, reject, emit: (row) => emit.LinuxAuditLog(row) }, source, cursor);
  },
});

function isWindows({ kind, files, channels }: Config): boolean {
  return channels !== undefined || kind === "windows" ||
    (kind === "auto" && areWindowsFiles(files));
}
