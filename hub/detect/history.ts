/**
 * Detectors: history that an agent has sealed or announced and the ledger never got, and keys that
 * do not follow one another.
 *
 * An epoch may end for honest reasons, such as a spool that was cut by damage; what is missing is
 * missing all the same, so no reason that the agent gives keeps them quiet. Only where the hub
 * itself has refused the first missing frame, that refusal is the finding.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import { type EpochEntry, type Place, readEpochEntry, readIngestNote } from "../ingest/entries.ts";
import {
  type Detector,
  type Hit,
  type Moment,
  NOTHING,
  type PlainEntry,
  type Report,
} from "./detector.ts";
import { hubInstant } from "./evidence.ts";
import { NOTE_TABLE } from "./ingest_notes.ts";

/** A stream went on in a new epoch and had not come to where its agent had said that it was. */
export const CUT_RULE = {
  id: "history-cut",
  title: "Events that an agent had sealed never came",
  severity: "critical",
} as const;

/** All that was promised has come, and yet the agent does not know how far it was. */
export const STATE_RULE = {
  id: "state-lost",
  title: "A stream began again because state was lost",
  severity: "medium",
} as const;

/** A copy of an agent, or one whose disk went back in time, or somebody with its enrolled key. */
export const SUCCESSION_RULE = {
  id: "key-succession",
  title: "An agent's signing keys do not follow one another",
  severity: "critical",
} as const;

/** Reasons of an epoch after which agent and hub did not know the same of the one before. */
const LOST: ReadonlySet<string> = new Set([
  ...["first start", "spool lost", "agent-behind", "hub-lost", "tail"],
]);
/** Refusals that only a frame gets that was not sealed when it says. */
const FORGED: ReadonlySet<string> = new Set(["key", "head", "signature"]);

export const CUT_DETECTOR: Detector = detectorOf(({ kind, payload }, moment) => {
  if (kind === "epoch") {
    const opened = readEpochEntry(payload);
    return opened !== undefined && isCut(opened) ? cutHit(opened, moment) : undefined;
  }
  const note = kind === "note" ? readIngestNote(payload) : undefined;
  if (note?.note !== "cut") return undefined;
  const { agent, stream, stated, held } = note;
  const summary = `${missing(stated, held)}; a statement told so when the epoch was over`;
  const fields = fieldsOf({ stated, held, statement: note.statement });
  return hitOf({ agent, source: stream, summary, fields }, moment);
});

export const STATE_DETECTOR: Detector = detectorOf(({ kind, payload }, moment) => {
  const opened = kind === "epoch" ? readEpochEntry(payload) : undefined;
  if (opened === undefined || isCut(opened)) return undefined;
  const { agent, name, reason, before, epoch } = opened;
  if (before === undefined || before.next === 0 || !LOST.has(reason)) return undefined;
  const summary = `Epoch ${epoch} began where epoch ${before.epoch} had ${before.next} frames: ` +
    reason;
  const fields = { Reason: reason, Epoch: String(epoch), ...fieldsOf({ held: before }) };
  return hitOf({ agent, source: name, summary, fields }, moment);
});

export const SUCCESSION_DETECTOR: Detector = detectorOf(({ kind, payload }, moment) => {
  const note = kind === "note" ? readIngestNote(payload) : undefined;
  if (note?.note !== "succession") return undefined;
  const { agent, number, held, code, hash } = note;
  const what = number === 0 && code === "behind"
    ? "The agent no longer knows its keys"
    : `A statement naming key ${number} was refused`;
  const summary = `${what}, key ${held} is in force: ${code}`;
  const fields = { Number: String(number), Held: String(held), Code: code, StatementHash: hash };
  return hitOf({ agent, source: undefined, summary, fields }, moment);
});

/** Entries of hubs before 0.2.0 have what was announced even where it came. */
function isCut({ before, announced, epoch, refused }: EpochEntry): boolean {
  if (announced === undefined || announced.next === 0 || announced.epoch >= epoch) return false;
  if (refused !== undefined && !FORGED.has(refused)) return false;
  if (before === undefined || before.epoch < announced.epoch) return true;
  if (before.epoch > announced.epoch || before.next > announced.next) return false;
  return before.next < announced.next || before.tail !== announced.tail;
}

function cutHit(opened: EpochEntry, moment: Moment): Hit {
  const { agent, name, reason, before, announced, epoch, statement } = opened;
  const summary = `${missing(announced!, before)}; epoch ${epoch} was opened: ${reason}`;
  const fields = { Reason: reason, ...fieldsOf({ stated: announced, held: before, statement }) };
  return hitOf({ agent, source: name, summary, fields }, moment);
}

function missing(stated: Place, held: Place | undefined): string {
  const has = held?.epoch === stated.epoch ? held.next : 0;
  return has === stated.next
    ? `Epoch ${stated.epoch} does not end in the frame that was sealed as its ${has}th`
    : `Epoch ${stated.epoch} was sealed up to ${stated.next} frames, the ledger has ${has}`;
}

function fieldsOf(
  { stated, held, statement }: {
    readonly stated?: Place | undefined;
    readonly held?: Place | undefined;
    readonly statement?: number | undefined;
  },
): Record<string, string> {
  const named = (name: string, { epoch, next, tail }: Place) => ({
    [`${name}Epoch`]: String(epoch),
    [`${name}Next`]: String(next),
    [`${name}Tail`]: tail,
  });
  return {
    ...(stated === undefined ? {} : named("Stated", stated)),
    ...(held === undefined ? {} : named("Held", held)),
    ...(statement === undefined ? {} : { Statement: String(statement) }),
  };
}

function hitOf(
  { agent, source, summary, fields }: {
    readonly agent: string;
    readonly source: string | undefined;
    readonly summary: string;
    readonly fields: Readonly<Record<string, string>>;
  },
  { entry, hubMs }: Moment,
): Hit {
  const of = source ?? "";
  const evidence: Evidence[] = [
    { entry, row: 0, table: NOTE_TABLE, time: hubInstant(hubMs), agent, source: of, fields },
  ];
  const entity = source === undefined ? `_Agent=${agent}` : `_Agent=${agent}, _Source=${source}`;
  return { kind: "hit", entity, summary, events: 1, evidence };
}

/** Has no state: all that it says is in one entry. */
function detectorOf(look: (entry: PlainEntry, moment: Moment) => Hit | undefined): Detector {
  return {
    table: undefined,
    columns: [],
    batch: () => NOTHING,
    entry(entry, moment): Report {
      const hit = look(entry, moment);
      return hit === undefined ? NOTHING : { hits: [hit], forgotten: 0 };
    },
    tick: () => NOTHING,
    save: () => [],
    load: () => {},
  };
}
