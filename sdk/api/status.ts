/**
 * `/v1/status` and `/v1/sources`: how the hub and what it hears are doing.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant } from "./values.ts";

/** One consumer of the ledger. */
export const FollowerStatus = v.object({
  name: v.string(),
  /** First ledger entry it has not taken. */
  next: Count,
  /** Durable entries it has not taken. */
  behind: Count,
  /** Why its last attempt failed; null while it goes on. */
  error: v.nullable(v.string()),
});

/** What the hub does with what it has recorded. Counts are since its start. */
export const HubHealth = v.object({
  /** In words, what somebody should look at; none where all is well. */
  problems: v.array(v.string()),
  store: v.object({
    rows: Count,
    files: Count,
    bytes: Count,
    /** Frames that no table has: the ledger has them. */
    refusedFrames: Count,
    /** Writes that failed and are tried again. */
    failedFlushes: Count,
    /** Why the last write failed; null once one has succeeded. */
    trouble: v.nullable(v.string()),
  }),
  /** Cold files at their target; absent where they stay in the hub's folder. */
  cold: v.optional(v.object({
    /** Where they go. */
    place: v.string(),
    thereFiles: Count,
    thereBytes: Count,
    /** Those that have yet to move. */
    waitingFiles: Count,
    waitingBytes: Count,
    /** Files at the target that nobody needs, and that are still to be removed. */
    strays: Count,
    /** Why the last move failed; null once one has succeeded. */
    trouble: v.nullable(v.string()),
    /** Files that are not at the target and must be, when it was looked through. */
    missing: Count,
    /** Files at the target that this hub has not put there. */
    unknown: Count,
    /** Copies of files of the target on the hub's disk. */
    copyBytes: Count,
    fetchedFiles: Count,
    fetchedBytes: Count,
    /** Fetched files that had other bytes than the ledger has sealed. */
    tampered: Count,
  })),
  detect: v.object({
    events: Count,
    findings: Count,
    /** Frames that no rule could see. */
    unreadable: Count,
  }),
});
export type HubHealth = v.InferOutput<typeof HubHealth>;

/** The disk of the hub's data folder. */
const Disk = v.object({
  freeBytes: Count,
  /** Null where nobody can tell. */
  totalBytes: v.nullable(Count),
  /** Median of what the last days took; null until there are some, negative where it was given back. */
  bytesPerDay: v.nullable(v.number()),
  /** Until no frame is taken any more; null where it is not known or the disk does not fill up. */
  daysLeft: v.nullable(v.number()),
});
export type DiskStatus = v.InferOutput<typeof Disk>;

/** One witness that the hub shows its checkpoints to. */
const Witness = v.object({
  name: v.string(),
  /** Entries of the last tree that it has cosigned since the hub's start. */
  size: v.nullable(Count),
  /** Why it did not cosign the last time, a stable code; null where it did. */
  trouble: v.nullable(v.string()),
});
export type WitnessStatus = v.InferOutput<typeof Witness>;

/** The log went on under a new id from an older one, by a statement that operators have signed. */
const Rollback = v.object({
  oldLogId: v.string(),
  newLogId: v.string(),
  /** Entries that were kept. */
  size: Count,
  /** Of the last entry that was kept. */
  lastEntryAt: Instant,
  madeAt: Instant,
  reason: v.string(),
  signers: v.array(v.string()),
});

export const HubStatus = v.object({
  version: v.string(),
  startedAt: Instant,
  ledger: v.object({
    logId: v.string(),
    /** Entries appended. */
    size: Count,
    /** Entries on disk. */
    durable: Count,
    /** The signed note over the durable ones. */
    checkpoint: v.string(),
    /** Restores from a backup that this log has gone through, oldest first. */
    rollbacks: v.optional(v.array(Rollback)),
    /** Those of the config; none where it names none. */
    witnesses: v.optional(v.array(Witness)),
  }),
  followers: v.array(FollowerStatus),
  health: HubHealth,
  disk: v.optional(Disk),
  /** Connected agents. */
  agents: Count,
  link: v.object({
    /** Connections, handshakes and requests that were refused, by code, since the hub's start. */
    refused: v.record(v.string(), Count),
  }),
  sources: Count,
  eventsPerSecond: v.number(),
});
export type HubStatus = v.InferOutput<typeof HubStatus>;

/**
 * Where each event has gone that a source gave since its agent started:
 * read = stored + inFlight + shed + quarantined + filtered + unknown.
 */
export const Conservation = v.object({
  /** When the agent counted. */
  at: Instant,
  read: Count,
  /** In the hub's ledger, by the hub's own count. */
  stored: Count,
  inFlight: Count,
  shed: Count,
  quarantined: Count,
  filtered: Count,
  /** The same by the policy that left them out. */
  filteredBy: v.optional(v.record(v.string(), Count), {}),
  /** Acknowledged and not in the ledger, or lost without a word: 0 unless something is wrong. */
  unknown: Count,
  /** Whether the two sides are equal. */
  holds: v.boolean(),
});

export const Source = v.object({
  /** 32 hexadecimal digits. */
  agent: v.string(),
  /** The host's name as the agent gave it when it enrolled; absent names are "". */
  host: v.string(),
  source: v.string(),
  plugin: v.string(),
  /** Tables it has sent. */
  tables: v.array(v.string()),
  /** Events in the ledger. */
  events: Count,
  eventsPerSecond: v.number(),
  /** Newest event's own time. */
  lastEvent: v.nullable(Instant),
  /** When its newest frame reached the hub. */
  lastSeen: v.nullable(Instant),
  /** From sealed on the agent to received by the hub, of the newest frame, by both clocks. */
  lagMs: v.nullable(v.number()),
  epoch: v.nullable(Count),
  lastSeq: v.nullable(Count),
  /** Signed losses and the events they name. */
  gaps: Count,
  /** Null until the agent has sent its own counters. */
  conservation: v.nullable(Conservation),
});
export type Source = v.InferOutput<typeof Source>;

export const getStatus = defineRoute({
  method: "GET",
  path: "/v1/status",
  summary: "Show how the hub is doing",
  scope: "status:read",
  reply: HubStatus,
});

export const listSources = defineRoute({
  method: "GET",
  path: "/v1/sources",
  summary: "List sources with what they sent and where each event has gone",
  scope: "status:read",
  reply: v.object({ sources: v.array(Source) }),
});
