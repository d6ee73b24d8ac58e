/**
 * The tables of a host's own telemetry, with ASIM's and Azure Monitor's names.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const user = { class: "personal", kind: "user", optional: true } as const;

const when = column.time({ class: "public", doc: "When it was noticed" });
const computer = column.string({ ...system, doc: "Set by the agent" });

export const fileEvents = table({
  doc: "A watched file that is new, changed or gone, as it was and as it is",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: when,
    Computer: computer,
    EventType: column.string({
      class: "public",
      doc: "FileCreated, FileModified, FileAttributesModified, FileDeleted",
    }),
    Changed: column.string({ ...open, doc: "What is not as before: content, mode, owner, …" }),
    TargetFilePath: column.string({ class: "content" }),
    PersistenceKind: column.string({
      ...open,
      doc: "Where code is started from by itself: cron, systemd, shell-profile, …",
    }),
    TargetFileKind: column.string({ ...open, doc: "file, link, folder or other" }),
    TargetFileSHA256: column.string({ ...system, doc: "Absent over maxFileBytes, and of a link" }),
    TargetFileSize: column.long({ ...open, unit: "bytes" }),
    TargetFileMode: column.string({ ...open, doc: "In octal, such as 0644" }),
    TargetFileOwner: column.string(user),
    TargetFileOwnerId: column.long(system),
    TargetFileGroupId: column.long(system),
    TargetFileModifiedTime: column.time(open),
    TargetFileLink: column.string({ ...content, doc: "Where a link leads" }),
    PreviousFileKind: column.string(open),
    PreviousFileSHA256: column.string(system),
    PreviousFileSize: column.long({ ...open, unit: "bytes" }),
    PreviousFileMode: column.string(open),
    PreviousFileOwner: column.string(user),
    PreviousFileOwnerId: column.long(system),
    PreviousFileGroupId: column.long(system),
    PreviousFileModifiedTime: column.time(open),
    PreviousFileLink: column.string(content),
  },
});

export const processEvents = table({
  doc: "A process that was started and still ran when it was looked",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "When it was started" }),
    Computer: computer,
    EventType: column.string({ class: "public", doc: "ProcessCreated" }),
    TargetProcessId: column.long({ class: "public" }),
    TargetProcessName: column.string({ ...content, doc: "Path of its program" }),
    TargetProcessComm: column.string({ ...content, doc: "The name it gives itself" }),
    TargetProcessCommandLine: column.string(content),
    TargetProcessCurrentDirectory: column.string(content),
    TargetProcessFileDeleted: column.bool({ ...open, doc: "Its program is no longer there" }),
    TargetUsername: column.string({ ...user, doc: "Whom it runs as" }),
    TargetUserId: column.long({ ...system, doc: "Effective" }),
    ActorUserId: column.long({ ...system, doc: "Real" }),
    ActingProcessId: column.long({ ...open, doc: "Of the parent" }),
    ActingProcessName: column.string({ ...content, doc: "Path of the parent's program" }),
  },
});

export const boundPorts = table({
  doc: "A socket that began or ceased to listen",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: when,
    Computer: computer,
    EventType: column.string({ class: "public", doc: "PortOpened, PortClosed" }),
    Protocol: column.string({ class: "public", doc: "tcp or udp" }),
    Ip: column.string({ class: "network", doc: "That it is bound to" }),
    Port: column.int({ class: "public" }),
    IsWildcardBind: column.bool({ class: "public", doc: "All addresses of the host" }),
    ProcessId: column.long({ ...open, doc: "That holds it; the first of several" }),
    ProcessName: column.string({ ...content, doc: "Path of its program" }),
    UserId: column.long({ ...system, doc: "Whose socket it is" }),
    Username: column.string(user),
  },
});

export const tables = {
  ASimFileEventLogs: fileEvents,
  ASimProcessEventLogs: processEvents,
  VMBoundPort: boundPorts,
};

export type FileRow = RowOf<typeof fileEvents.columns>;
export type PortRow = RowOf<typeof boundPorts.columns>;
