/**
 * Real events of entities over some time, for measuring how well unusual behaviour is told: Windows
 * logs, most of them of attacks, and Loghub's samples.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { BehaviourRule, Feature, Measure } from "../../hub/detect/rule.ts";
import { readCsv } from "./loghub_logs.ts";

/** One event; null is absent. */
export interface LoggedEvent {
  readonly ms: number;
  readonly entity: string;
  readonly kind: string | null;
  readonly peer: string | null;
  readonly user: string | null;
  readonly image: string | null;
  readonly sent: number | null;
  readonly got: number | null;
  /** Matched by a Sigma rule of level high or critical. */
  readonly isAttack: boolean;
}

/** The columns of an event besides its time. */
export const COLUMNS = [
  { name: "entity", type: "string" },
  { name: "kind", type: "string" },
  { name: "peer", type: "string" },
  { name: "user", type: "string" },
  { name: "image", type: "string" },
  { name: "sent", type: "long" },
  { name: "got", type: "long" },
] as const;

export interface EventLog {
  readonly name: string;
  readonly rule: BehaviourRule;
  readonly events: readonly LoggedEvent[];
  /** Events of real attacks are marked; else attacks are put in. */
  readonly isMarked: boolean;
}

const MINUTE_MS = 60_000;
const NOTHING = { kind: null, peer: null, user: null, image: null, sent: null, got: null };

const COMMON = ["Events count", "Kinds distinct kind", "NewKinds new kind"];
const PEERS = ["Peers distinct peer", "NewPeers new peer"];
const BYTES = ["Sent sum sent", "Got sum got"];
const WINDOWS = [
  ...COMMON,
  "Users distinct user",
  "NewUsers new user",
  "Peers distinct peer",
  "Images distinct image",
  "NewImages new image",
  "Off off_hours",
];

/** All logs of the corpora in `folder`. */
export function eventLogs(folder: string): readonly EventLog[] {
  const windows = windowsEvents(folder);
  const longs = longHosts(windows);
  const hosts = windows.filter(({ entity }) => longs.has(entity));
  const hour = ruleOf(60, WINDOWS);
  return [
    { name: "evtx, all hosts", rule: hour, events: windows, isMarked: true },
    { name: "evtx, six hosts", rule: hour, events: hosts, isMarked: true },
    { name: "evtx, six hosts", rule: hour, events: hosts, isMarked: false },
    {
      name: "Linux",
      rule: ruleOf(360, [...COMMON, ...PEERS, "Off off_hours"]),
      events: linuxEvents(folder),
      isMarked: false,
    },
    {
      name: "Apache",
      rule: ruleOf(2, [...COMMON, ...PEERS, "Off off_hours"]),
      events: apacheEvents(folder),
      isMarked: false,
    },
    {
      name: "Proxifier",
      rule: ruleOf(5, [...COMMON, ...PEERS, ...BYTES]),
      events: proxyEvents(folder),
      isMarked: false,
    },
  ];
}

function ruleOf(minutes: number, features: readonly string[]): BehaviourRule {
  return {
    id: "measured",
    title: "",
    severity: "low",
    detector: "behaviour",
    table: "Events",
    where: [],
    entity: ["entity"],
    show: [],
    everyMs: minutes * MINUTE_MS,
    features: features.map((words): Feature => {
      const [name, is, column] = words.split(" ");
      return { name: name!, is: is as Measure, column, where: [] };
    }),
    hours: [7, 19],
    perDay: 1,
  };
}

const LONG_HOSTS = 6;

/** Those that were logged in most hours. */
function longHosts(events: readonly LoggedEvent[]): ReadonlySet<string> {
  const hours = new Map<string, Set<number>>();
  for (const { entity, ms } of events) {
    const own = hours.get(entity) ?? new Set();
    hours.set(entity, own.add(Math.floor(ms / (60 * MINUTE_MS))));
  }
  const sorted = [...hours].toSorted(([, a], [, b]) => b.size - a.size);
  return new Set(sorted.slice(0, LONG_HOSTS).map(([host]) => host));
}

type Json = Readonly<Record<string, unknown>>;

function parse(text: string): Json {
  return member({ it: JSON.parse(text) as unknown }, "it");
}

function member(of: Json, name: string): Json {
  const value = of[name];
  return typeof value === "object" && value !== null ? value as Json : {};
}

function text(of: Json, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = of[name];
    if (typeof value === "string" || typeof value === "number") return String(value);
  }
  return null;
}

function windowsEvents(folder: string): readonly LoggedEvent[] {
  const hits = attackRecords(folder);
  const packed = readFileSync(join(folder, "evtx", "EXPECTED_EVENTS.jsonl.gz"));
  const seen = new Set<string>();
  return gunzipSync(packed).toString().split("\n").flatMap((line) => {
    const { f, event } = line === "" ? {} : parse(line);
    const whole = member(member({ event }, "event"), "Event");
    const system = member(whole, "System");
    const time = member(system, "TimeCreated");
    const at = text(member(time, "#attributes"), "SystemTime") ?? text(time, "SystemTime") ?? "";
    const [host, record] = [text(system, "Computer"), text(system, "EventRecordID")];
    const channel = text(system, "Channel") ?? "";
    // Several files have the same events.
    const key = [host, channel, record, at].join(" ");
    if (Number.isNaN(Date.parse(at)) || host === null || seen.has(key)) return [];
    seen.add(key);
    const fields = member(whole, "EventData");
    const id = text(system, "EventID") ?? text(member(system, "EventID"), "#text") ?? "";
    return [{
      ...NOTHING,
      ms: Date.parse(at),
      entity: host,
      kind: `${channel} ${id}`,
      user: text(fields, "TargetUserName", "User"),
      peer: text(fields, "IpAddress"),
      image: text(fields, "Image", "NewProcessName"),
      isAttack: hits.has(`${String(f).replace(/\.evtx$/, "")} ${record ?? ""}`),
    }];
  });
}

/** `FILE RECORD` of what rules of level high and critical match. */
function attackRecords(folder: string): ReadonlySet<string> {
  const levels = levelsIn(join(folder, "sigma"));
  const matches = parse(readFileSync(join(folder, "evtx", "EXPECTED_MATCHES.json"), "utf8"));
  const files = member(matches, "files");
  const found = new Set<string>();
  for (const file of Object.keys(files)) {
    const rules = member(member(files, file), "event_record_ids");
    for (const [rule, records] of Object.entries(rules)) {
      if (!["high", "critical"].includes(levels.get(rule) ?? "")) continue;
      for (const record of Array.isArray(records) ? records : []) {
        found.add(`${file.replace(/\.evtx$/, "")} ${String(record)}`);
      }
    }
  }
  return found;
}

function levelsIn(folder: string): ReadonlyMap<string, string> {
  const levels = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".yml")) continue;
    const rule = readFileSync(join(folder, name), "utf8");
    const [, id] = /^id: *(\S+)/m.exec(rule) ?? [];
    const [, level] = /^level: *(\w+)/m.exec(rule) ?? [];
    if (id !== undefined && level !== undefined) levels.set(id, level);
  }
  return levels;
}

function linuxEvents(folder: string): readonly LoggedEvent[] {
  const file = join(folder, "loghub", "Linux", "Linux_2k.log_structured.csv");
  const [, ...rows] = readCsv(readFileSync(file, "utf8"));
  return rows.map(([, month, day, time, , component = "", , content = "", kind = ""]) => ({
    ...NOTHING,
    ms: Date.parse(`2005-${month === "Jun" ? "06" : "07"}-${day!.padStart(2, "0")}T${time}Z`),
    entity: component.replace(/\(.*/, ""),
    kind,
    peer: /(?:rhost=|from )(\S+)/.exec(content)?.[1] ?? null,
    isAttack: false,
  }));
}

function apacheEvents(folder: string): readonly LoggedEvent[] {
  const log = readFileSync(join(folder, "loghub", "Apache", "Apache_2k.log"), "utf8");
  const line = /^\[\w+ Dec (\d+) ([\d:]+) 2005\] \[\w+\] (?:\[client (\S+)\] )?(\w+)/gm;
  return [...log.matchAll(line)].map(([, day, time, peer = null, kind]) => ({
    ...NOTHING,
    ms: Date.parse(`2005-12-${day}T${time}Z`),
    entity: "web",
    kind: kind!,
    peer,
    isAttack: false,
  }));
}

function proxyEvents(folder: string): readonly LoggedEvent[] {
  const log = readFileSync(join(folder, "loghub", "Proxifier", "Proxifier_2k.log"), "utf8");
  const line = /^\[(\d\d)\.(\d\d) ([\d:]+)\] (\S+)(?: \*64)? - (\S+) (\w+)(.*)$/gm;
  return [...log.matchAll(line)].map(([, month, day, time, program, peer, kind, rest]) => {
    const bytes = /(\d+) bytes(?: \([^)]*\))? sent, (\d+) bytes/.exec(rest!);
    return {
      ...NOTHING,
      ms: Date.parse(`2016-${month}-${day}T${time}Z`),
      entity: program!,
      kind: kind!,
      peer: peer!,
      sent: bytes === null ? null : Number(bytes[1]),
      got: bytes === null ? null : Number(bytes[2]),
      isAttack: false,
    };
  });
}
