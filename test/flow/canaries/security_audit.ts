/**
 * Canaries in an audit log of Linux.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hidden, Planted } from "./planted.ts";
import { securityEvents } from "./security_events.ts";

const canaries = {
  "LinuxAuditLog.audit_user": "zqAuditUser1Ma",
  "LinuxAuditLog.user": "zqRealUser2Nb",
  "LinuxAuditLog.effective_user": "zqEffective3Oc",
  "LinuxAuditLog.set_user": "zqSetUser4Pd",
  "LinuxAuditLog.filesystem_user": "zqFileUser5Qe",
  "LinuxAuditLog.acct": "zqAccount6Rf",
  "LinuxAuditLog.OtherUsers": "zqOwner7Sg",
  "LinuxAuditLog.hostname": "zqpeer8th.example",
  "LinuxAuditLog.addr": "10.211.33.81",
  "LinuxAuditLog.laddr": "10.212.44.82",
  "LinuxAuditLog.saddr": "2800000000a1c3e5b7d9f10223344556",
  "LinuxAuditLog.data": "zqTyped9Ui",
};

const at = (name: string): Hidden => ({ value: `zq${name}@example.test`, word: `zq${name}` });

const content = {
  "LinuxAuditLog.op": at("Op1Vj"),
  "LinuxAuditLog.cmd": at("Cmd2Wk"),
  "LinuxAuditLog.proctitle": at("Title3Xl"),
  "LinuxAuditLog.comm": at("Comm4Ym"),
  "LinuxAuditLog.exe": { value: "/home/zqExe5Zn/bin/x", word: "zqExe5Zn" },
  "LinuxAuditLog.cwd": { value: "/home/zqCwd6Ao/x", word: "zqCwd6Ao" },
  "LinuxAuditLog.name": { value: "/home/zqName7Bp/x", word: "zqName7Bp" },
  "LinuxAuditLog.path": { value: "/home/zqPath8Cq/x", word: "zqPath8Cq" },
  "LinuxAuditLog.Records": at("Records9Dr"),
};

const controls = { "LinuxAuditLog.key": "zqControlKey" };

/** One event with a value in each column; hexadecimal where the kernel would write it so. */
function lines(): readonly string[] {
  const c = (column: keyof typeof canaries): string => canaries[column];
  const t = (column: keyof typeof content): string => content[column].value;
  const hex = (text: string): string => Buffer.from(text).toString("hex").toUpperCase();
  const id = "audit(1780000000.500:77)";
  const names = `AUID="${c("LinuxAuditLog.audit_user")}" UID="${c("LinuxAuditLog.user")}" ` +
    `EUID="${c("LinuxAuditLog.effective_user")}" SUID="${c("LinuxAuditLog.set_user")}" ` +
    `FSUID="${c("LinuxAuditLog.filesystem_user")}"`;
  return [
    `type=SYSCALL msg=${id}: arch=c000003e syscall=59 auid=1000 comm="${
      t("LinuxAuditLog.comm")
    }" ` +
    `exe="${t("LinuxAuditLog.exe")}" key="${controls["LinuxAuditLog.key"]}"\x1d${names}`,
    `type=EXECVE msg=${id}: argc=1 a0=${hex(t("LinuxAuditLog.cmd"))}`,
    `type=CWD msg=${id}: cwd=${hex(t("LinuxAuditLog.cwd"))}`,
    `type=PATH msg=${id}: item=0 name="${t("LinuxAuditLog.name")}" ouid=5\x1d` +
    `OUID="${c("LinuxAuditLog.OtherUsers")}"`,
    `type=SOCKADDR msg=${id}: saddr=${c("LinuxAuditLog.saddr").toUpperCase()}`,
    `type=AVC msg=${id}: path="${t("LinuxAuditLog.path")}" op="${t("LinuxAuditLog.op")}" ` +
    `acct="${c("LinuxAuditLog.acct")}" hostname=${c("LinuxAuditLog.hostname")} ` +
    `addr=${c("LinuxAuditLog.addr")} laddr=${c("LinuxAuditLog.laddr")} ` +
    `data=${hex(c("LinuxAuditLog.data"))} other="${t("LinuxAuditLog.Records")}"`,
    `type=PROCTITLE msg=${id}: proctitle=${hex(t("LinuxAuditLog.proctitle"))}`,
  ];
}

export const plantedSecurityAudit: Planted = {
  canaries: { ...canaries, ...securityEvents.canaries },
  content: { ...content, ...securityEvents.content },
  controls: { ...controls, ...securityEvents.controls },
  sources(folder) {
    const file = join(folder, "audit.log");
    writeFileSync(file, `${lines().join("\n")}\n`);
    return {
      audit: { plugin: "security_audit", config: { files: [file] } },
      ...securityEvents.sources(folder),
    };
  },
};
