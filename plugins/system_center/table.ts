/**
 * The tables of System Center: alerts of Operations Manager, log lines of Configuration Manager.
 *
 * `Alert` has Azure Monitor's columns as far as Operations Manager has the value; of
 * Configuration Manager's logs no table of Azure exists.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const user = { class: "personal", kind: "user", optional: true } as const;

export const alert = table({
  doc: "One alert of Operations Manager, as it stood when it was read",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "When it was changed last, else raised" }),
    SourceSystem: column.string({ class: "public", doc: "OpsManager" }),
    AlertId: column.string({ ...system, doc: "The same in all states of one alert" }),
    AlertName: column.string({ ...content, doc: "Management packs write any text here" }),
    AlertDescription: column.string(content),
    AlertSeverity: column.string({ ...open, doc: "Information, Warning or Error" }),
    AlertPriority: column.string({ ...open, doc: "Low, Normal or High" }),
    PriorityNumber: column.int({ ...open, doc: "0 to 2" }),
    AlertState: column.string({ ...open, doc: "New, Closed, or the number of another state" }),
    AlertRuleId: column.string({ ...system, doc: "Rule or monitor that raised it" }),
    AlertContext: column.string({ ...content, doc: "XML: what caused it" }),
    Computer: column.string({ ...system, doc: "That it is about" }),
    ManagementGroupName: column.string(system),
    SourceDisplayName: column.string({ ...content, doc: "Of the monitored object" }),
    SourceFullName: column.string({ ...content, doc: "Of the monitored object" }),
    RootObjectName: column.string({ ...system, doc: "Path of the monitored object" }),
    TimeRaised: column.time(open),
    TimeLastModified: column.time(open),
    TimeResolved: column.time(open),
    LastModifiedBy: column.string(user),
    ResolvedBy: column.string(user),
    Owner: column.string(user),
    RepeatCount: column.int(open),
    TicketId: column.string(system),
    Custom1: column.string(content),
    Custom2: column.string(content),
    Custom3: column.string(content),
    Custom4: column.string(content),
    Custom5: column.string(content),
    Custom6: column.string(content),
    Custom7: column.string(content),
    Custom8: column.string(content),
    Custom9: column.string(content),
    Custom10: column.string(content),
    AdditionalFields: column.dynamic({
      ...content,
      doc: "Properties without a column of their own, by their names",
    }),
  },
});

export const configMgrLog = table({
  doc: "One entry of a log of Configuration Manager",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Computer: column.string({ ...system, doc: "Set by the agent" }),
    LogName: column.string({ ...system, doc: "Of its file, without folder" }),
    Component: column.string(system),
    Severity: column.string({
      ...open,
      doc: "Information, Warning, Error; else the type's number",
    }),
    Context: column.string({ ...user, doc: "In whose name it ran" }),
    ThreadId: column.int(open),
    SourceFile: column.string({ ...system, doc: "Of the program, with its line" }),
    Message: column.string({ ...content, doc: "With all of its lines" }),
    AdditionalFields: column.dynamic({
      ...content,
      doc: "Attributes without a column of their own",
    }),
  },
});

export const tables = { ConfigMgrLog: configMgrLog, Alert: alert };

export type AlertRow = RowOf<typeof alert.columns>;
export type LogRow = RowOf<typeof configMgrLog.columns>;
