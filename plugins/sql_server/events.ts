/**
 * Events that SQL Server writes to the Windows event log: audit records, logins, errors.
 *
 * The event has the values of a message, not its text: what is known of the text is written here.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { clientAddress } from "./address.ts";
import { auditRow } from "./audit.ts";
import type { AuditRow, ErrorRow } from "./table.ts";

/** `MSSQLSERVER`, `MSSQL$NAME`; audits also `MSSQL$NAME$AUDIT`. */
const PROVIDER = /^MSSQL(?:SERVER|\$([^$]+))(?:\$AUDIT)?$/i;
const AUDIT_EVENT = 33_205;

/** Texts of messages by their number (sys.messages), `%1` for a value. */
const TEXTS: ReadonlyMap<number, string> = new Map([
  [
    15457,
    "Configuration option '%1' changed from %2 to %3. Run the RECONFIGURE statement to install.",
  ],
  [
    18452,
    "Login failed. The login is from an untrusted domain and cannot be used with " +
    "Integrated authentication.%1",
  ],
  [18453, "Login succeeded for user '%1'. Connection made using Windows authentication.%2"],
  [18454, "Login succeeded for user '%1'. Connection made using SQL Server authentication.%2"],
  [18455, "Login succeeded for user '%1'.%2"],
  [18456, "Login failed for user '%1'.%2%3"],
  [18470, "Login failed for user '%1'. Reason: The account is disabled.%2"],
  [
    18486,
    "Login failed for user '%1' because the account is currently locked out. The system " +
    "administrator can unlock it. %2",
  ],
  [18487, "Login failed for user '%1'.  Reason: The password of the account has expired.%2"],
  [18488, "Login failed for user '%1'.  Reason: The password of the account must be changed.%2"],
]);
const SUCCEEDED: ReadonlySet<number> = new Set([18453, 18454, 18455]);
const FAILED: ReadonlySet<number> = new Set([18452, 18456, 18470, 18486, 18487, 18488]);

/** A row of one of the plugin's tables, or why there is none. */
export type EventRow =
  | { readonly table: "SQLErrorLog"; readonly row: ErrorRow }
  | { readonly table: "SQLSecurityAuditEvents"; readonly row: AuditRow }
  | { readonly table: "SQLSecurityAuditEvents"; readonly text: string; readonly why: string };

/** The row of an event; undefined where it is none of SQL Server. */
export function eventRow(event: WindowsEvent): EventRow | undefined {
  const provider = PROVIDER.exec(event.provider ?? "");
  if (provider === null || event.eventId === undefined) return undefined;
  const { values, binary } = contentOf(event.data);
  const { computer, recordId } = event;
  if (event.eventId !== AUDIT_EVENT) {
    const InstanceName = provider[1] ?? "MSSQLSERVER";
    return { table: "SQLErrorLog", row: { InstanceName, ...errorRow(event, values, binary) } };
  }
  const text = values.join("\n");
  const row = auditRow(text, { computer, recordId });
  return typeof row === "string"
    ? { table: "SQLSecurityAuditEvents", text, why: row }
    : { table: "SQLSecurityAuditEvents", row };
}

function errorRow(
  { eventId = 0, time, computer }: WindowsEvent,
  values: readonly string[],
  binary: string,
): ErrorRow {
  const text = TEXTS.get(eventId);
  return {
    TimeGenerated: time,
    Computer: computer,
    ErrorNumber: eventId,
    Severity: severityIn(binary),
    ...loginOf(eventId, values),
    Message: text === undefined
      ? values.join("; ")
      : text.replaceAll(/%(\d)/g, (_, place: string) => values[Number(place) - 1] ?? ""),
  };
}

function loginOf(id: number, values: readonly string[]) {
  if (!SUCCEEDED.has(id) && !FAILED.has(id)) return {};
  const client = values.findLast((value) => value.trimStart().startsWith("[CLIENT:"));
  const ip = clientAddress(/\[CLIENT: *([^\]]*)\]/.exec(client ?? "")?.[1]);
  const name = TEXTS.get(id)?.includes("user '%1'") === true ? values[0] : undefined;
  const reason = id === 18456 ? values[1] : FAILED.has(id) ? reasonOf(id) : undefined;
  return {
    Succeeded: SUCCEEDED.has(id),
    ...(name !== undefined && name !== "" && { ServerPrincipalName: name }),
    ...(reason !== undefined && { Reason: reason.trim().replace(/^Reason: */, "") }),
    ...(ip !== undefined && { ClientIp: ip }),
  };
}

/** What the text of a message says after the name. */
function reasonOf(id: number): string {
  return (TEXTS.get(id) ?? "").replace(/^Login failed(?: for user '%1')?\.? */, "")
    .replace(/ ?%\d$/, "");
}

/** The binary data begin with number and severity, 32 bits each, little-endian. */
function severityIn(binary: string): number | undefined {
  const bytes = Buffer.from(binary.slice(8, 16), "hex");
  return bytes.length === 4 ? bytes.readInt32LE() : undefined;
}

function contentOf(data: Json): { readonly values: readonly string[]; readonly binary: string } {
  const content = new Map(
    typeof data === "object" && data !== null ? Object.entries(data) : [],
  );
  const list: unknown = content.get("Data");
  const values: readonly unknown[] = Array.isArray(list) ? list : list === undefined ? [] : [list];
  const binary = content.get("Binary");
  return {
    values: values.map((value) => typeof value === "string" ? value : ""),
    binary: typeof binary === "string" ? binary : "",
  };
}
