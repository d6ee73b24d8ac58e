/**
 * Security audit: what the operating system itself records of logins, programs and changes.
 *
 * @module
 */
import { definePlugin } from "../../sdk/mod.ts";
import type { HeldCursor } from "../../sdk/read/held_lines.ts";
import { type Config, config } from "./config.ts";
import { readLinuxAudit } from "./linux/read.ts";
import { linuxAuditLog } from "./linux/table.ts";

export default definePlugin.stream({
  name: "security_audit",
  version: "1.0.0",
  summary: "The operating system's audit log: auditd of Linux",
  config,
  filesKey: "files",
  needs: ({ files }: Config) => ({ read: files }),
  tables: { LinuxAuditLog: linuxAuditLog },

  start: (): HeldCursor => ({ tail: {} }),

  stream: ({ config: source, emit, io, reject }, cursor) =>
    readLinuxAudit({ io, reject, emit: (row) => emit.LinuxAuditLog(row) }, source, cursor),
});
