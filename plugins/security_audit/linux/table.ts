/**
 * The table of Linux' audit events: one row an event, whatever number of records it has.
 *
 * Names follow Azure Monitor's `LinuxAuditLog`; what that has no column for has one of its own, or
 * stands in `Records`.
 *
 * @module
 */
import { column, type RowOf, table } from "../../../sdk/mod.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const user = { class: "personal", kind: "user", optional: true } as const;
const content = { class: "content", optional: true } as const;
const address = { class: "network", optional: true } as const;

export const linuxAuditLog = table({
  doc: "One event of Linux' audit system: all its records together",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "When the kernel stamped it" }),
    Computer: column.string({ ...system, doc: "Set by the agent" }),
    node: column.string({ ...system, doc: "The host that the record names" }),
    AuditID: column.string({ ...system, doc: "SECONDS.MS:SERIAL" }),
    SerialNumber: column.string({ ...open, doc: "Of the event, since boot" }),
    RecordType: column.string({ ...open, doc: "Of its first record, such as syscall" }),
    RecordTypes: column.string({ ...open, doc: "Of all its records, in order" }),
    op: column.string({ ...content, doc: "What was done, such as PAM:session_open" }),
    res: column.string({ ...open, doc: "success, failed, 1 or 0" }),
    result: column.string(open),
    success: column.string({ ...open, doc: "yes or no: of a system call" }),
    exit: column.string({ ...open, doc: "What the system call gave back" }),
    arch: column.string({ ...open, doc: "Such as x86_64" }),
    syscall: column.string({ ...open, doc: "Its name; its number where that is not known" }),
    a0: column.string({ ...open, doc: "Argument of the system call, in hexadecimal" }),
    a1: column.string(open),
    a2: column.string(open),
    a3: column.string(open),
    argc: column.long({ ...open, doc: "Arguments of the program" }),
    cmd: column.string({ ...content, doc: "The program's arguments, or the command of sudo" }),
    proctitle: column.string({ ...content, doc: "The process's command line" }),
    comm: column.string({ ...content, doc: "Name of the process" }),
    exe: column.string({ ...content, doc: "Path of its program" }),
    cwd: column.string(content),
    name: column.string({ ...content, doc: "The first file that it is about, but for folders" }),
    path: column.string({ ...content, doc: "Of a socket in the file system, or a watched path" }),
    key: column.string({ ...system, doc: "Of the rule that it matched; several with a comma" }),
    pid: column.long(open),
    ppid: column.long(open),
    tty: column.string(open),
    terminal: column.string(open),
    ses: column.long({ ...open, doc: "Login session" }),
    auid: column.long({ ...system, doc: "Who logged in, through all changes of user since" }),
    uid: column.long(system),
    gid: column.long(system),
    euid: column.long(system),
    egid: column.long(system),
    suid: column.long(system),
    sgid: column.long(system),
    fsuid: column.long(system),
    fsgid: column.long(system),
    audit_user: column.string({ ...user, doc: "Name of auid" }),
    user: column.string({ ...user, doc: "Name of uid" }),
    group: column.string(system),
    effective_user: column.string({ ...user, doc: "Name of euid" }),
    effective_group: column.string(system),
    set_user: column.string({ ...user, doc: "Name of suid" }),
    set_group: column.string(system),
    filesystem_user: column.string({ ...user, doc: "Name of fsuid" }),
    filesystem_group: column.string(system),
    acct: column.string({ ...user, doc: "The account that is logged in to, or changed" }),
    OtherUsers: column.dynamic({ ...user, doc: "Names in Records, such as owners of files" }),
    hostname: column.string({ ...address, doc: "The peer, as the program names it" }),
    addr: column.string({ ...address, doc: "The peer" }),
    port: column.int({ ...open, doc: "The peer's" }),
    laddr: column.string({ ...address, doc: "This end" }),
    lport: column.int({ ...open, doc: "This end's" }),
    family: column.string({ ...open, doc: "Of a socket: inet, inet6, unix, netlink" }),
    saddr: column.string({
      class: "network",
      kind: "saddr",
      optional: true,
      doc: "A socket address of another family, in hexadecimal",
    }),
    subj: column.string({ ...system, doc: "Security context of the process" }),
    data: column.string({
      class: "secret",
      optional: true,
      doc: "What was typed at a terminal: passwords too",
    }),
    Records: column.dynamic({
      ...content,
      doc: "By record: its type and each field that has no column, or another value there",
    }),
  },
});

export type AuditRow = RowOf<typeof linuxAuditLog.columns>;
