/**
 * The table of AppLocker's decisions. Names follow Azure Monitor's `SecurityEvent` where it has the
 * idea; which rule decided, it does not say.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";
import { EVENT_LEAVES, SYSTEM_COLUMNS } from "../../sdk/read/event_fields.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const sid = { class: "personal", kind: "sid", optional: true } as const;

export const tables = {
  AppLockerEvent: table({
    doc: "One decision of AppLocker over a program, script, installer or package",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ ...open, doc: "When it was decided" }),
      Computer: column.string(system),
      Channel: column.string({ ...system, doc: "Log, such as …-AppLocker/EXE and DLL" }),
      EventID: column.int(open),
      Level: column.string({ ...open, doc: "Information, Warning or Error" }),
      Action: column.string({ ...open, doc: "allowed, audited (would be blocked) or blocked" }),
      PolicyName: column.string({ ...open, doc: "EXE, DLL, SCRIPT, MSI or APPX" }),
      RuleId: column.string({ ...system, doc: "GUID in braces; zeros where no rule decided" }),
      RuleName: column.string({ ...content, doc: "As an administrator named it" }),
      RuleSddl: column.string({ ...content, doc: "For whom the rule holds" }),
      TargetUser: column.string({ ...sid, doc: "SID of who started it" }),
      TargetLogonId: column.string(system),
      TargetProcessId: column.long(system),
      FilePath: column.string({ ...content, doc: "With variables such as %OSDRIVE%" }),
      FilePathNoUser: column.string({
        ...content,
        doc: "As FilePath, * for the name of a profile",
      }),
      FullFilePath: column.string({ ...content, doc: "As it was started; newer hosts only" }),
      FileHash: column.string({ ...open, doc: "SHA-256, hex; absent for what has none" }),
      Fqbn: column.string({ ...content, doc: "Publisher, product, file and version; - is none" }),
      Package: column.string({ ...content, doc: "Name of a packaged app" }),
      EventRecordId: column.string(system),
      Task: column.int({ ...open, doc: "Category within the provider" }),
      ...SYSTEM_COLUMNS,
      SystemUserId: column.string({ ...sid, doc: "SID in whose name it was written" }),
      AdditionalFields: column.dynamic({
        ...content,
        leaves: EVENT_LEAVES,
        doc: "Fields without a column of their own, by their names",
      }),
    },
  }),
};

export type AppLockerRow = RowOf<typeof tables.AppLockerEvent.columns>;
