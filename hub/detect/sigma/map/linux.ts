/**
 * What feeds the log sources of product `linux`.
 *
 * @module
 */
import type { SigmaTest } from "../ast.ts";
import type { BoundExpr, BoundField, Feed, Fields } from "./bound_rule.ts";
import { any, EVERY, oneOf, startsWith, testOn } from "./conditions.ts";
import type { LogSource } from "./log_source.ts";

/** The feeds of a Linux log source; none where no table has its events. */
export function linuxFeeds({ category, service }: LogSource): readonly Feed[] {
  if (category !== undefined) return service === undefined ? CATEGORIES[category] ?? [] : [];
  if (service === undefined) return [syslog(EVERY), auditd(EVERY)];
  if (service === "auditd") return [auditd(EVERY)];
  if (service === "syslog") return [syslog(EVERY)];
  if (service === "auth") return [syslog(oneOf("Facility", "auth", "authpriv"))];
  const programs = PROGRAMS[service];
  return programs === undefined ? [] : [syslog(startsWith("ProcessName", ...programs))];
}

/** Programs that write to syslog, by service: what their names begin with. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  sshd: ["sshd"],
  sudo: ["sudo"],
  cron: ["cron", "crond", "/usr/sbin/cron", "anacron"],
  clamav: ["clamd", "freshclam", "clamav"],
  vsftpd: ["vsftpd"],
  guacamole: ["guacd", "guacamole", "tomcat"],
  modsecurity: ["modsecurity", "apache", "httpd", "nginx"],
};

/** Messages of syslog for which `where` holds. */
export function syslog(where: BoundExpr): Feed {
  return { table: "Syslog", where, fields: syslogFields, ask: askMessage };
}

const MESSAGE: BoundField = { column: "SyslogMessage" };

const SYSLOG: Readonly<Record<string, string>> = {
  Message: "SyslogMessage",
  message: "SyslogMessage",
  Hostname: "HostName",
  hostname: "HostName",
  program: "ProcessName",
  facility: "Facility",
  severity: "SeverityLevel",
};

const syslogFields: Fields = (name) => [{ column: SYSLOG[name] ?? name }];

/** Messages carry their fields as `NAME=VALUE`: sudo and firewalls write so. */
function askMessage(field: string, test: SigmaTest): BoundExpr | undefined {
  if (SYSLOG[field] !== undefined || test.op !== "text") return undefined;
  const { at, text } = test;
  const before = at === "whole" || at === "start" ? `${field}=` : undefined;
  if (before === undefined) return undefined;
  const forms = at === "start"
    ? [`${before}${text}`, `${before}"${text}`]
    : [`${before}${text} `, `${before}${text},`, `${before}"${text}"`];
  const within = forms.map((form) => testOn([MESSAGE], { ...test, at: "within", text: form }));
  const last = testOn([MESSAGE], { ...test, at: "end", text: `${before}${text}` });
  return any(...within, ...(at === "whole" ? [last] : []));
}

function auditd(where: BoundExpr): Feed {
  return { table: "LinuxAuditLog", where, fields: auditFields, ask: askType };
}

/** Fields whose column has another name; a record's own fields stand in `Records` as well. */
const AUDIT: Readonly<Record<string, string>> = { SYSCALL: "syscall", ARCH: "arch", UID: "user" };

const auditFields: Fields = (name) => [
  { column: AUDIT[name] ?? name },
  { column: "Records", path: [name] },
];

/** A row has all records of an event: their types, in lower case and with commas between. */
function askType(field: string, test: SigmaTest): BoundExpr | undefined {
  if (field !== "type" || test.op !== "text" || test.at !== "whole") return undefined;
  const types: BoundField[] = [{ column: "RecordTypes" }];
  const { text } = test;
  return any(
    testOn(types, test),
    testOn(types, { ...test, at: "start", text: `${text},` }),
    testOn(types, { ...test, at: "end", text: `,${text}` }),
    testOn(types, { ...test, at: "within", text: `,${text},` }),
  );
}

/** Where events of a category stand, with the names of Sigma's fields there. */
function renamed(table: string, where: BoundExpr, names: Readonly<Record<string, string>>): Feed {
  return { table, where, fields: (name) => [{ column: names[name] ?? name }] };
}

const AUDIT_PROCESS = {
  Image: "exe",
  CommandLine: "cmd",
  CurrentDirectory: "cwd",
  User: "user",
  LogonId: "ses",
  ProcessId: "pid",
  ParentProcessId: "ppid",
};

const CATEGORIES: Readonly<Record<string, readonly Feed[]>> = {
  process_creation: [
    renamed("LinuxAuditLog", oneOf("syscall", "execve", "execveat"), AUDIT_PROCESS),
    renamed("ASimProcessEventLogs", oneOf("EventType", "ProcessCreated"), {
      Image: "TargetProcessName",
      CommandLine: "TargetProcessCommandLine",
      CurrentDirectory: "TargetProcessCurrentDirectory",
      User: "TargetUsername",
      ProcessId: "TargetProcessId",
      ParentImage: "ActingProcessName",
      ParentProcessId: "ActingProcessId",
    }),
  ],
  file_event: [
    renamed("ASimFileEventLogs", oneOf("EventType", "FileCreated", "FileModified"), {
      TargetFilename: "TargetFilePath",
      User: "TargetFileOwner",
    }),
  ],
  file_delete: [
    renamed("ASimFileEventLogs", oneOf("EventType", "FileDeleted"), {
      TargetFilename: "TargetFilePath",
    }),
  ],
  network_connection: [
    renamed("LinuxAuditLog", oneOf("syscall", "connect"), {
      Image: "exe",
      DestinationIp: "addr",
      DestinationPort: "port",
      CommandLine: "proctitle",
      User: "user",
      ProcessId: "pid",
    }),
  ],
};
