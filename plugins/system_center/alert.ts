/**
 * Alerts of Operations Manager from objects: of its REST API, of `Get-SCOMAlert`, or lines of CSV.
 *
 * Their property names differ in case and in few words; a value may be text or a number.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import type { AlertRow } from "./table.ts";
import { alertTicks, type DateOrder } from "./time.ts";

/** Why an object is no alert. */
export const ALERT_WHY = {
  id: "object without id and name of an alert",
  time: "time of an alert not valid",
  noTime: "alert without a time",
  number: "number of an alert not valid",
} as const;

const SEVERITIES = ["Information", "Warning", "Error"];
const PRIORITIES = ["Low", "Normal", "High"];
const STATES: Readonly<Record<string, string>> = { "0": "New", "255": "Closed" };
const MAX_INT = 2_147_483_647;

/** The row of an alert, or why it is none. */
export function alertRow(object: unknown, order: DateOrder): AlertRow | string {
  if (!isObject(object)) return ALERT_WHY.id;
  const values = new Properties(object, order);
  const id = values.text("id", "alertid");
  const name = values.text("name", "alertname");
  if (id === undefined || name === undefined) return ALERT_WHY.id;
  const raised = values.time("timeraised", "timeadded");
  const changed = values.time("lastmodified", "timelastmodified");
  const row = { AlertId: id, AlertName: name, ...whatOf(values), ...whoOf(values) };
  const resolved = values.time("timeresolved");
  if (values.broken !== undefined) return values.broken;
  const time = changed ?? raised ?? resolved;
  if (time === undefined) return ALERT_WHY.noTime;
  return {
    TimeGenerated: time,
    SourceSystem: "OpsManager",
    TimeRaised: raised,
    TimeLastModified: changed,
    TimeResolved: resolved,
    ...row,
    AdditionalFields: values.rest(),
  };
}

function whatOf(values: Properties) {
  const priority = values.choice(PRIORITIES, "priority", "alertpriority");
  const state = values.text("resolutionstate", "alertstate");
  return {
    AlertDescription: values.text("description", "alertdescription"),
    AlertSeverity: values.choice(SEVERITIES, "severity", "alertseverity"),
    AlertPriority: priority,
    PriorityNumber: PRIORITIES.includes(priority ?? "") ? PRIORITIES.indexOf(priority!) : undefined,
    AlertState: STATES[state ?? ""] ?? state,
    AlertRuleId: values.text("monitoringruleid", "ruleid", "problemid"),
    AlertContext: values.text("context", "alertcontext"),
    RepeatCount: values.int("repeatcount"),
    TicketId: values.text("ticketid"),
    Custom1: values.text("customfield1"),
    Custom2: values.text("customfield2"),
    Custom3: values.text("customfield3"),
    Custom4: values.text("customfield4"),
    Custom5: values.text("customfield5"),
    Custom6: values.text("customfield6"),
    Custom7: values.text("customfield7"),
    Custom8: values.text("customfield8"),
    Custom9: values.text("customfield9"),
    Custom10: values.text("customfield10"),
  };
}

function whoOf(values: Properties) {
  return {
    Computer: values.text("principalname", "netbioscomputername", "computer"),
    ManagementGroupName: values.text("managementgroup", "managementgroupname"),
    SourceDisplayName: values.text("monitoringobjectdisplayname", "sourcedisplayname", "source"),
    SourceFullName: values.text("monitoringobjectfullname", "sourcefullname"),
    RootObjectName: values.text("monitoringobjectpath", "path"),
    LastModifiedBy: values.text("lastmodifiedby"),
    ResolvedBy: values.text("resolvedby"),
    Owner: values.text("owner"),
  };
}

/** The properties of an object by their names in small letters, each taken once. */
class Properties {
  readonly #values = new Map<string, { readonly name: string; readonly value: Json }>();
  readonly #order: DateOrder;
  /** Why a value that was asked for is none. */
  broken: string | undefined;

  constructor(object: object, order: DateOrder) {
    this.#order = order;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed from JSON or CSV
    for (const [name, value] of Object.entries(object) as [string, Json][]) {
      const key = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
      if (value !== null && value !== "") this.#values.set(key, { name, value });
    }
  }

  /** The first of `keys` that there is, as text; the others stay. */
  text(...keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const found = this.#values.get(key);
      if (found === undefined) continue;
      this.#values.delete(key);
      const { value } = found;
      return typeof value === "string" ? value : JSON.stringify(value);
    }
    return undefined;
  }

  /** A word, or its number. */
  choice(words: readonly string[], ...keys: readonly string[]): string | undefined {
    const text = this.text(...keys);
    return text === undefined ? undefined : words[Number(text)] ?? text;
  }

  int(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(Math.abs(value) <= MAX_INT)) this.broken = ALERT_WHY.number;
    return value;
  }

  time(...keys: readonly string[]): bigint | undefined {
    const text = this.text(...keys);
    if (text === undefined) return undefined;
    const ticks = alertTicks(text, this.#order);
    if (ticks === undefined) this.broken = ALERT_WHY.time;
    return ticks;
  }

  /** What nobody asked for, by its own name. */
  rest(): { readonly [name: string]: Json } | undefined {
    if (this.#values.size === 0) return undefined;
    return Object.fromEntries([...this.#values.values()].map(({ name, value }) => [name, value]));
  }
}

/** The alerts of a document: of a REST reply, a list, or one alone. */
export function alertsIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (!isObject(document)) return [document];
  for (const key of ["rows", "value", "alerts"]) {
    const list = Object.entries(document).find(([name]) => name.toLowerCase() === key)?.[1];
    if (Array.isArray(list)) return list;
  }
  return [document];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
