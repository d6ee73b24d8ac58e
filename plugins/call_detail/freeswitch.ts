/**
 * Call records of FreeSWITCH: `mod_cdr_csv` by its template, `mod_json_cdr` and `mod_xml_cdr` by the
 * variables of the channel. One record is one leg.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import { localTime } from "../../sdk/read/time_text.ts";
import { childOf, type XmlElement } from "../../sdk/read/xml.ts";
import type { CallRow } from "./table.ts";

/** Names of variables by their place in a line. */
export type Template = readonly string[];

/** The templates that FreeSWITCH comes with, longest first; each begins as the next one does. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  example: "caller_id_name caller_id_number destination_number context start_stamp answer_stamp " +
    "end_stamp duration billsec hangup_cause uuid bleg_uuid accountcode read_codec write_codec",
  snom: "caller_id_name caller_id_number destination_number context start_stamp answer_stamp " +
    "end_stamp duration billsec hangup_cause uuid bleg_uuid accountcode read_codec write_codec " +
    "sip_user_agent call_clientcode sip_rtp_rxstat sip_rtp_txstat sofia_record_file",
  linksys: "caller_id_name caller_id_number destination_number context start_stamp answer_stamp " +
    "end_stamp duration billsec hangup_cause uuid bleg_uuid accountcode read_codec write_codec " +
    "sip_user_agent sip_p_rtp_stat",
  opencdrrate: "uuid signal_bond direction ani destination_number answer_stamp end_stamp billsec " +
    "accountcode userfield network_addr caller_id_name sip_gateway_name",
};

/** Why a record is none of a call. Constant: they are counted by value. */
export type FreeswitchReject =
  | "fewer or more fields than the template"
  | "no call identifier"
  | "no valid time"
  | "no FreeSWITCH record";

/** Names of the variables in a template: `"${uuid}","${start_stamp}"`, or one that has a name. */
export function templateOf(text: string): Template {
  const known = TEMPLATES[text];
  if (known !== undefined) return known.split(" ");
  return [...text.matchAll(/\$\{([A-Za-z0-9_.:-]+)\}/g)].map(([, name]) => name!);
}

const STAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The template that a record looks to be of, by its length and what stands where. */
export function guessTemplate(fields: readonly string[]): Template | undefined {
  const trimmed = fields.map(unquoted);
  return Object.keys(TEMPLATES).map(templateOf).find((template) =>
    template.length === trimmed.length &&
    STAMP.test(trimmed[template.indexOf("end_stamp")] ?? "") &&
    UUID.test(trimmed[template.indexOf("uuid")] ?? "")
  );
}

/** Templates have blanks before some quotes: such a field comes with both. */
function unquoted(field: string): string {
  return field.trim().replace(/^"(.*)"$/s, "$1");
}

/** Turns a line into a row; times are in `timezone`. */
export function freeswitchCsvRow(
  template: Template,
  fields: readonly string[],
  timezone: string | undefined,
): CallRow | FreeswitchReject {
  if (fields.length !== template.length) return "fewer or more fields than the template";
  const variables = new Map(template.map((name, i) => [name, unquoted(fields[i]!)]));
  return rowOf(variables, timezone);
}

/** Turns a JSON document of `mod_json_cdr` into a row; undefined where it is none. */
export function freeswitchJsonRow(
  document: unknown,
  timezone: string | undefined,
): CallRow | FreeswitchReject | undefined {
  if (!isObject(document) || !isObject(document["variables"])) return undefined;
  const variables = new Map<string, string>();
  const callflow = document["callflow"];
  const flow: unknown = Array.isArray(callflow) ? callflow[0] : callflow;
  const profile = isObject(flow) && isObject(flow["caller_profile"]) ? flow["caller_profile"] : {};
  addAll(variables, Object.entries(profile));
  addAll(variables, Object.entries(document["variables"]));
  return rowOf(variables, timezone);
}

/** Turns a document of `mod_xml_cdr` into a row. */
export function freeswitchXmlRow(
  root: XmlElement,
  timezone: string | undefined,
): CallRow | FreeswitchReject {
  const variables = childOf(root, "variables");
  if (root.name !== "cdr" || variables === undefined) return "no FreeSWITCH record";
  const all = new Map<string, string>();
  const profile = childOf(childOf(root, "callflow"), "caller_profile");
  const entries = (of: XmlElement | undefined) =>
    (of?.children ?? []).map(({ name, text }) => [name, text] as const);
  addAll(all, entries(profile));
  addAll(all, entries(variables));
  return rowOf(all, timezone);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addAll(into: Map<string, string>, entries: Iterable<readonly [string, unknown]>): void {
  for (const [name, value] of entries) {
    if (typeof value === "string") into.set(name, decoded(value));
    else if (typeof value === "number" || typeof value === "boolean") into.set(name, String(value));
  }
}

/** Variables are percent-encoded (`encode-values`); what is not valid so stays as it is. */
function decoded(text: string): string {
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Gives the first of some variables that is not empty, and takes away those that say the same. */
type Take = (...names: readonly string[]) => string | undefined;

function rowOf(
  variables: Map<string, string>,
  timezone: string | undefined,
): CallRow | FreeswitchReject {
  const take: Take = (...names) => {
    const found = names.map((name) => variables.get(name)).find((value) => value);
    for (const name of names) if (variables.get(name) === found) variables.delete(name);
    return found;
  };
  const uuid = take("uuid");
  const call = take("call_uuid", "signal_bond", "bond_uuid");
  const CallId = call ?? uuid;
  if (CallId === undefined) return "no call identifier";
  const StartTime = timeAt(take, "start", timezone);
  const ConnectTime = timeAt(take, "answer", timezone);
  const EndTime = timeAt(take, "end", timezone);
  const TimeGenerated = EndTime ?? ConnectTime ?? StartTime;
  if (TimeGenerated === undefined) return "no valid time";
  const billed = seconds(take("billmsec"), 1000) ?? seconds(take("billsec"), 1);
  return {
    TimeGenerated,
    Vendor: "freeswitch",
    CallId,
    LegId: uuid,
    StartTime,
    ConnectTime,
    EndTime,
    DurationSeconds: ConnectTime === undefined ? undefined : billed,
    ...parties(take),
    ...technical(take),
    ...rest(variables),
  };
}

/** `start_uepoch` in µs, `start_epoch` in s, or `start_stamp` in the zone of the server. */
function timeAt(take: Take, name: string, timezone: string | undefined): number | undefined {
  const micro = Number(take(`${name}_uepoch`) ?? 0);
  const epoch = Number(take(`${name}_epoch`) ?? 0);
  const stamp = localTime(take(`${name}_stamp`) ?? "", timezone);
  const ms = micro > 0 ? Math.floor(micro / 1000) : epoch * 1000;
  return ms > 0 && ms < 8.64e15 ? ms : stamp;
}

function seconds(text: string | undefined, divisor: number): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) / divisor : undefined;
}

function parties(take: Take): Partial<CallRow> {
  const from = take("sip_full_from", "sip_from_uri");
  const to = take("sip_full_to", "sip_to_uri");
  return {
    Direction: take("direction"),
    Caller: take("caller_id_number", "ani", "effective_caller_id_number"),
    CallerName: take("caller_id_name", "effective_caller_id_name"),
    CallerUser: take("user_name", "sip_auth_username", "username"),
    CallerUri: uriOf(from),
    Callee: take("destination_number", "dialed_extension"),
    FinalCallee: take("callee_id_number", "dialed_user"),
    CalleeName: take("callee_id_name"),
    CalleeUri: uriOf(to),
    RedirectedBy: take("rdnis", "last_sent_rdnis"),
  };
}

/** The URI in `"Ada" <sip:1000@example.org>;tag=x`, or of `1000@example.org`. */
function uriOf(text: string | undefined): string | undefined {
  const inner = /<([^<>]+)>/.exec(text ?? "")?.[1] ?? text;
  return inner === undefined || /^[a-z]+:/i.test(inner) ? inner : `sip:${inner}`;
}

function technical(take: Take): Partial<CallRow> {
  const cause = take("hangup_cause_q850");
  return {
    Disposition: take("hangup_cause", "last_bridge_hangup_cause"),
    CauseTerm: cause !== undefined && /^\d{1,3}$/.test(cause) ? Number(cause) : undefined,
    OrigDevice: take("channel_name", "chan_name"),
    DestDevice: take("bridge_channel", "last_bridge_to"),
    GatewayName: take("sip_gateway_name", "sip_gateway"),
    OrigIp: take("network_addr", "sip_network_ip", "sip_received_ip"),
    OrigMediaIp: take("remote_media_ip"),
    DestMediaIp: take("local_media_ip"),
    AccountCode: take("accountcode"),
    Context: take("context", "user_context"),
    LastApp: take("last_app"),
    LastData: take("last_arg"),
    UserField: take("userfield"),
  };
}

/** Variables that hold numbers, times or codes and name nobody. */
const OPEN =
  /^(duration|[a-z]*(sec|msec|usec|mduration)|[a-z_]*_u?epoch|[a-z_]*_stamp|(read|write)_(codec|rate)|rtp_(audio|video|use|payload|auto)_\w+|sip_(hangup_disposition|term_status|term_cause|via_protocol|reply_code)|hangup_\w+|proto_specific_hangup_cause|endpoint_disposition|originate_disposition|state|state_number|flags|bleg_uuid|bridge_uuid|originating_leg_uuid|ep_codec_string|dialplan|process_cdr|max_forwards)$/;

function rest(variables: ReadonlyMap<string, string>): Pick<CallRow, "Extra" | "OtherFields"> {
  const said = [...variables].filter(([, value]) => value !== "");
  const open: [string, Json][] = said.filter(([name]) => OPEN.test(name));
  const others = said.filter(([name]) => !OPEN.test(name));
  return {
    Extra: open.length === 0 ? undefined : Object.fromEntries(open),
    OtherFields: others.length === 0 ? undefined : JSON.stringify(Object.fromEntries(others)),
  };
}
