/**
 * Windows events through the scrubber, judged by plain searches that share nothing with it.
 *
 * @module
 */
import { rowOf } from "../../sdk/columns/cell.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import { column, type Json, schemaOf, table } from "../../sdk/table.ts";

export interface Judged {
  events: number;
  withIdentity: number;
  recurring: number;
  readonly survivors: string[];
  /** Leaves that the searches here take for not personal. */
  values: number;
  readonly changed: string[];
}

const PERSONAL = new Set(
  ("SubjectUserName TargetUserName SubjectUserSid TargetUserSid TargetSid UserSid UserName User " +
    "SourceUser TargetUser ParentUser MemberName MemberSid SamAccountName AccountName jobOwner " +
    "TargetOutboundUserName UserID ServiceAccount PrincipalSamName").split(" "),
);
const NETWORK = new Set(
  "IpAddress SourceIp DestinationIp ClientAddress SourceAddress DestAddress".split(" "),
);
/** They stand for nobody, or for the same one on every host. */
const NOBODY =
  /^(|-|null|none|n\/a|unknown|system|root|administrators?|guest|local|network|(local|network) service|anonymous( logon)?|everyone|public|default( user)?|s-1-[0-4].*|s-1-5-([1-9]|1\d|20)$|s-1-5-32-\d+|nt authority(\\.*)?|s-1-5-21(-\d+){3}-\d{1,3}|krbtgt|((window manager|font driver host)\\)?(dwm|umfd)-\d|builtin\\.*|::1|127\..*|0\.0\.0\.0|::|localhost)$/i;
/** What detectors are there for, said once more and roughly. */
const FORMS =
  /@|s-1-(5-21|12-1|11)-|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|[0-9a-f]{0,4}::?[0-9a-f]{1,4}:[0-9a-f:]+|([0-9a-f]{2}[-:]){5}|(^|[\\/])(users|home|documents and settings)[\\/]/i;
const TOKEN = /[a-z0-9_-]+:\d+:[a-z2-7]{26}/g;

const declared = table({
  doc: "An event of Windows, its typed values apart",
  time: "T",
  columns: {
    T: column.time({ class: "public" }),
    Channel: column.string({ class: "system", optional: true }),
    Computer: column.string({ class: "system", optional: true }),
    Person: column.dynamic({ class: "personal" }),
    Peer: column.dynamic({ class: "personal", kind: "peer" }),
    EventData: column.dynamic({ class: "content" }),
  },
});
const schema = schemaOf("WindowsEvent", declared);
const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32).fill(1) },
});

interface WindowsEvent {
  readonly channel: string;
  readonly computer: string;
  readonly person: string[];
  readonly peer: string[];
  readonly rest: Record<string, string>;
  readonly domains: string[];
}

const MOST_ROWS = 512;

/** Judges events, a line of JSON each. */
export async function judgeEvents(lines: AsyncIterable<string>): Promise<Judged> {
  const judged: Judged = {
    events: 0,
    withIdentity: 0,
    recurring: 0,
    survivors: [],
    values: 0,
    changed: [],
  };
  let batch: WindowsEvent[] = [];
  for await (const line of lines) {
    batch.push(eventOf(JSON.parse(line)));
    if (batch.length < MOST_ROWS) continue;
    judgeBatch(batch, judged);
    batch = [];
  }
  judgeBatch(batch, judged);
  return judged;
}

function judgeBatch(events: readonly WindowsEvent[], judged: Judged): void {
  const writer = new TableWriter<typeof declared.columns>(schema);
  for (const { channel, computer, person, peer, rest } of events) {
    const row = { T: 0, Channel: channel, Computer: computer, Person: person, Peer: peer };
    writer.add({ ...row, EventData: rest });
  }
  const [batch] = scrubber.scrub(writer.view(), schema);
  for (const [i, event] of events.entries()) judgeEvent(event, rowOf(batch, i), judged);
}

function judgeEvent(event: WindowsEvent, row: Record<string, Json>, judged: Judged): void {
  const values = [...event.person, ...event.peer];
  const identities = [...values, ...values.map((value) => value.split("\\").at(-1)!)]
    .filter((value) => !NOBODY.test(value));
  judged.events++;
  if (identities.length > 0) judged.withIdentity++;
  const before = JSON.stringify([event.channel, event.computer, event.rest]);
  const after = JSON.stringify([row["Channel"], row["Computer"], row["EventData"]])
    .replaceAll(TOKEN, "");
  if (identities.some((value) => holds(before, value))) judged.recurring++;
  const survivor = identities.find((value) => holds(after, value));
  if (survivor !== undefined) judged.survivors.push(`"${survivor}" in ${after.slice(0, 600)}`);
  const names = identities.map((value) => value.toLowerCase());
  for (const [name, value] of Object.entries(event.rest)) {
    const lower = value.toLowerCase();
    const isPersonal = FORMS.test(value) || names.some((word) => lower.includes(word)) ||
      event.domains.some((domain) => lower.includes(`${domain}\\`));
    if (isPersonal) continue;
    judged.values++;
    const now = memberOf(row["EventData"], name);
    if (now !== value) judged.changed.push(`${name}=${value} -> ${textOf(now)}`);
  }
}

/** True if `value` stands in `json`, in any case; short ones as whole words. */
function holds(json: string, value: string): boolean {
  const [text, word] = [json.toLowerCase(), JSON.stringify(value).slice(1, -1).toLowerCase()];
  if (word.length < 3 || /^\d{1,3}$/.test(word)) return false;
  if (word.length >= 6 && !/\d$|^\d/.test(word)) return text.includes(word);
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = (text[at - 1] ?? " ") + (text[at + word.length] ?? " ");
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}

function eventOf(line: unknown): WindowsEvent {
  const event = memberOf(memberOf(line, "event"), "Event");
  const system = memberOf(event, "System");
  const computer = textOf(memberOf(system, "Computer"));
  const found: WindowsEvent = {
    channel: textOf(memberOf(system, "Channel")),
    computer,
    person: [],
    peer: [],
    rest: {},
    domains: [computer.split(".")[0]!.toLowerCase()],
  };
  walk(memberOf(system, "Security"), "", found);
  walk(memberOf(event, "EventData"), "", found);
  walk(memberOf(event, "UserData"), "", found);
  return found;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function walk(value: unknown, name: string, into: WindowsEvent): void {
  if (typeof value === "object" && value !== null) {
    const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
    for (const [key, member] of entries) walk(member, /^\d+$/.test(key) ? name : key, into);
  } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    const text = String(value);
    if (PERSONAL.has(name)) into.person.push(text);
    else if (NETWORK.has(name)) into.peer.push(text);
    else into.rest[name in into.rest ? `${name} ${Object.keys(into.rest).length}` : name] = text;
    if (/Domain/i.test(name) && text.length > 1) into.domains.push(text.toLowerCase());
  }
}
