/**
 * Events of Windows that other programs have written as JSON, as rows of `WindowsEvent`.
 *
 * @module
 */
import type { Json } from "../../sdk/table.ts";

type Members = Readonly<Record<string, Json>>;

/** The row of an event of the `evtx` crate or of Winlogbeat; undefined: it is none. */
export function windowsRow(value: Members): Members | undefined {
  const event = member(value, "Event") ?? member(member(value, "event"), "Event");
  const system = member(event, "System");
  if (event !== undefined && system !== undefined) return crateRow(event, system);
  const winlog = member(value, "winlog");
  return winlog === undefined ? undefined : beatRow(value, winlog);
}

function crateRow(event: Members, system: Members): Members {
  const attribute = (name: string, of: string) => member(member(system, name), "#attributes")?.[of];
  const data = event["EventData"] ?? innerOf(event["UserData"]);
  return present({
    TimeGenerated: attribute("TimeCreated", "SystemTime"),
    Computer: system["Computer"],
    Channel: system["Channel"],
    Provider: attribute("Provider", "Name"),
    EventID: numberOf(textOf(system["EventID"])),
    Version: numberOf(system["Version"]),
    EventLevel: numberOf(system["Level"]),
    Task: numberOf(system["Task"]),
    Opcode: stringOf(system["Opcode"]),
    Keywords: system["Keywords"],
    EventRecordId: stringOf(system["EventRecordID"]),
    SystemProcessId: numberOf(attribute("Execution", "ProcessID")),
    SystemThreadId: numberOf(attribute("Execution", "ThreadID")),
    SystemUserId: attribute("Security", "UserID"),
    EventData: data === undefined ? undefined : plainOf(data),
  });
}

function beatRow(value: Members, winlog: Members): Members {
  return present({
    TimeGenerated: value["@timestamp"],
    Computer: winlog["computer_name"],
    Channel: winlog["channel"],
    Provider: winlog["provider_name"],
    EventID: numberOf(winlog["event_id"]),
    Version: numberOf(winlog["version"]),
    EventRecordId: stringOf(winlog["record_id"]),
    EventData: winlog["event_data"] ?? winlog["user_data"],
  });
}

/** Of UserData the content of its one element. */
function innerOf(data: Json | undefined): Json | undefined {
  if (!isMembers(data)) return data;
  const names = Object.keys(data).filter((name) => name !== "#attributes");
  return names.length === 1 ? data[names[0]!] : data;
}

/** Texts in the place of elements with attributes; a second element of a name joins the first. */
function plainOf(value: Json): Json {
  if (isList(value)) return value.map(plainOf);
  if (!isMembers(value)) return typeof value === "number" ? String(value) : value;
  if (value["#text"] !== undefined) return plainOf(value["#text"]);
  const plain: Record<string, Json> = {};
  for (const [name, one] of Object.entries(value)) {
    if (name === "#attributes") continue;
    const [, first] = /^(.+)_\d+$/.exec(name) ?? [];
    const isMore = first !== undefined && first in plain;
    if (isMore) plain[first] = [plain[first] ?? null, plainOf(one)].flat();
    else plain[name] = plainOf(one);
  }
  return plain;
}

function present(row: Readonly<Record<string, Json | undefined>>): Members {
  const entries = Object.entries(row).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, value] as const]
  );
  return Object.fromEntries(entries);
}

function textOf(value: Json | undefined): Json | undefined {
  return isMembers(value) ? value["#text"] : value;
}

function numberOf(value: Json | undefined): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && (number | 0) === number ? number : undefined;
}

function stringOf(value: Json | undefined): string | undefined {
  return typeof value === "number" || typeof value === "string" ? String(value) : undefined;
}

function member(value: Json | undefined, name: string): Members | undefined {
  const found = isMembers(value) ? value[name] : undefined;
  return isMembers(found) ? found : undefined;
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
