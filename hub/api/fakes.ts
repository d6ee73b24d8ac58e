/**
 * An application over fakes, for the tests of this folder and of the client.
 *
 * @module
 */
import type { AgentState } from "../../sdk/api/agents.ts";
import type { Alert, RuleRecord } from "../../sdk/api/alerts.ts";
import type { EventQuery, TableEntry } from "../../sdk/api/events.ts";
import type { LiveMessage } from "../../sdk/api/live.ts";
import type { FrameProof } from "../../sdk/api/proofs.ts";
import type { LegalHold } from "../../sdk/api/retention.ts";
import type { Grant } from "../../sdk/api/reveal.ts";
import { type Scope, SCOPES } from "../../sdk/api/scope.ts";
import type { HubStatus, Source } from "../../sdk/api/status.ts";
import { type Keys, openKeys } from "../access/keys.ts";
import { openSessions, type Sessions } from "../access/sessions.ts";
import { openControl } from "../control.ts";
import { tableAnswer } from "../query/kusto/answer.ts";
import type { KqlQuery, KustoParts, QueryRecord } from "../query/kusto/query_job.ts";
import { KustoFailure } from "../query/kusto/failure.ts";
import type { KustoColumn } from "../query/kusto/value.ts";
import { createRunning } from "../query/kusto/running.ts";
import { type ApiParts, createApp } from "./app.ts";
import type { Look } from "./look.ts";
import type { HubApp } from "./mount.ts";

/** An alert to look at. */
export const ALERT: Alert = {
  id: "a1",
  rule: "many-failures",
  title: "Many failed sign-ins",
  severity: "high",
  state: "open",
  entity: "ip:1:aaaaaaaaaaaaaaaaaaaaaaaaaa",
  summary: "12 failed sign-ins in 60 s",
  firstSeen: "2026-08-01T10:00:00.000Z",
  lastSeen: "2026-08-01T10:00:10.000Z",
  findings: 1,
  evidence: [{
    entry: 7,
    row: 3,
    table: "Syslog",
    agent: "00112233445566778899aabbccddeeff",
    source: "syslog",
    time: "2026-08-01T10:00:00.0000000Z",
    fields: { SyslogMessage: "Failed password" },
  }],
  changes: [],
};

const RECORD: RuleRecord = {
  rule: ALERT.rule,
  title: ALERT.title,
  alerts: 5,
  truePositives: 1,
  falsePositives: 3,
  benign: 0,
  precision: 0.25,
};

const alertOf = (id: string) => id === ALERT.id ? ALERT : undefined;

const ALERTS: ApiParts["alerts"] = {
  list: () => ({ alerts: [ALERT], next: null }),
  get: alertOf,
  setState: ({ id, state }) => Promise.resolve(alertOf(id) && { ...ALERT, state }),
  judge: ({ id, ...verdict }) =>
    Promise.resolve(alertOf(id) && { ...ALERT, verdict: { ...verdict, at: ALERT.lastSeen } }),
  rules: () => [RECORD],
};

const AGENT: AgentState = {
  agent: "00112233445566778899aabbccddeeff",
  host: "web-1",
  os: "linux x64",
  state: "active",
  revoked: null,
  certificate: { hash: "00".repeat(32), notAfter: "2026-08-08T10:00:00.000Z" },
  clock: { offsetMs: -12, boundMs: 3, at: "2026-08-01T10:00:00.000Z" },
  connected: { since: "2026-08-01T10:00:00.000Z", release: "0.2.0" },
};

const GRANT: Grant = {
  id: "a1",
  tokens: ["user:1:abcdefghijklmnopqrstuvwxyz"],
  why: "ticket",
  state: "waiting",
  requestedBy: "key:1 one",
  requestedAt: "2026-08-01T10:00:00.000Z",
  approvedBy: null,
  expiresAt: "2026-08-02T10:00:00.000Z",
};

const GRANTS: ApiParts["reveal"] = {
  request: () => Promise.resolve(GRANT),
  list: () => [GRANT],
  approve: () => Promise.resolve(GRANT),
  take: () => Promise.resolve([]),
};

/** A table to query. */
export const TABLE: TableEntry = {
  name: "Syslog",
  time: "TimeGenerated",
  columns: [
    { name: "TimeGenerated", type: "datetime", class: "public", kind: "", unit: null },
    { name: "HostIP", type: "string", class: "network", kind: "ip", unit: null },
    { name: "Facility", type: "string", class: "public", kind: "", unit: null },
  ],
};

const STATUS: HubStatus = {
  version: "0.1.0",
  startedAt: "2026-08-01T00:00:00.000Z",
  ledger: { logId: "0011223344556677", size: 3, durable: 3, checkpoint: "custos/00\n" },
  followers: [{ name: "store", next: 3, behind: 0, error: null }],
  health: {
    problems: [],
    store: { rows: 3, files: 1, bytes: 900, refusedFrames: 0, failedFlushes: 0, trouble: null },
    detect: { events: 3, findings: 0, unreadable: 0 },
  },
  agents: 1,
  link: { refused: {} },
  sources: 1,
  eventsPerSecond: 2,
};

const SOURCE: Source = {
  agent: "00112233445566778899aabbccddeeff",
  host: "web-1",
  source: "syslog",
  plugin: "syslog",
  tables: ["Syslog"],
  events: 3,
  eventsPerSecond: 2,
  lastEvent: null,
  lastSeen: null,
  lagMs: null,
  epoch: 1,
  lastSeq: 2,
  gaps: 0,
  conservation: null,
};

const HASH = Buffer.alloc(32).toString("base64");
const FRAME_PROOF: FrameProof = {
  index: 7,
  kind: "frame",
  hubTime: "2026-08-01T10:00:00.000Z",
  head: "0101",
  leaf: HASH,
  frameHash: HASH,
  size: 9,
  hashes: [HASH],
  checkpoint: "custos/00\n",
  proof: "c2sp.org/tlog-proof@v1\n",
};

const PROOFS: ApiParts["proofs"] = {
  checkpoint: () => "custos/00\n",
  tile: ({ width }) => Promise.resolve(new Uint8Array(width * 32)),
  consistency: ({ from, to = 9 }) =>
    Promise.resolve({ from, to, hashes: [], checkpoint: "custos/00\n" }),
  frame: () => Promise.resolve(FRAME_PROOF),
  row: ({ row }) =>
    Promise.resolve({ index: 7, row, table: "Syslog", bundle: new TextEncoder().encode("CUSB") }),
};

/** An application and all that a test turns or reads. */
export interface Fake {
  readonly app: HubApp;
  readonly clock: { now: number };
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly looks: Look[];
  /** Queries in KQL that were recorded. */
  readonly records: QueryRecord[];
  /** Queries in KQL that were run. */
  readonly asked: KqlQuery[];
  readonly queries: EventQuery[];
  readonly failures: unknown[];
  /** What the live feed gives, then it ends. */
  readonly messages: LiveMessage[];
  /** Makes a key with `scopes`, default all; gives its secret. */
  key(...scopes: readonly Scope[]): string;
}

/** The host under which the fake may be reached. */
export const HOST = "127.0.0.1:4310";

/** Builds a fake; `change` replaces parts. */
export function createFake(change: (parts: ApiParts, fake: Omit<Fake, "app">) => ApiParts): Fake {
  const clock = { now: Date.parse("2026-08-01T12:00:00Z") };
  const now = () => clock.now;
  const control = openControl(":memory:");
  let serial = 0;
  const random = (bytes: number) => new Uint8Array(bytes).fill(++serial);
  const keys = openKeys(control, { now, random });
  const sessions = openSessions(control, { now, random });
  const fake: Omit<Fake, "app"> = {
    clock,
    keys,
    sessions,
    looks: [],
    records: [],
    asked: [],
    queries: [],
    failures: [],
    messages: [],
    key: (...scopes) =>
      keys.create({ name: "test", scopes: scopes.length > 0 ? scopes : SCOPES }).secret,
  };
  return { ...fake, app: createApp(change(partsOf(fake, now), fake)) };
}

/** Answers `Syslog` with two rows, and refuses every other text. */
function fakeKusto({ records, asked, failures }: Omit<Fake, "app">, now: () => number): KustoParts {
  const columns = TABLE.columns.map(({ name, type }): KustoColumn => {
    return { name, type: type === "datetime" ? "datetime" : "string" };
  });
  let ids = 0;
  return {
    now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    version: "0.1.0",
    startedAt: 0,
    running: createRunning(now),
    catalog: () => ({
      tables: [{ ...TABLE, columns, doc: "", rows: 2, bytes: 100, files: 1 }],
      functions: [],
    }),
    functions: {
      put: ({ definition: { name, text } }) =>
        Promise.resolve({ name, parameters: "()", body: text, doc: "", folder: "" }),
      drop: () => Promise.resolve(),
    },
    run(query) {
      const { text } = query;
      asked.push(query);
      if (!text.startsWith("Syslog")) {
        const place = { line: 1, column: 1, expected: "a table" };
        throw new KustoFailure("semantic", "SEM0100: there is no such table", { place });
      }
      const rows = [[17_855_832_000_000_000n, "", "auth"], [null, "", "cron"]];
      const { tables } = tableAnswer(columns, rows, "PrimaryResult");
      return Promise.resolve({
        tables,
        sources: ["Syslog"],
        options: new Map(),
        close: () => undefined,
      });
    },
    record: (record) => {
      records.push(record);
      return Promise.resolve();
    },
    onFailure: (error) => failures.push(error),
  };
}

const HOLD: LegalHold = {
  name: "case-42",
  table: "Syslog",
  from: null,
  to: "2026-08-01T10:00:00.000Z",
  agent: null,
  reason: "a court asks",
  by: "key:ada",
  at: "2026-08-01T10:00:00.000Z",
  entry: 11,
};

const RETENTION: ApiParts["retention"] = {
  status: () => ({
    policy: { frames: 90, parquet: 180, tables: { Syslog: { frames: 30, parquet: 60 } } },
    lastRun: null,
    holds: 1,
    waiting: { tombstones: 0, rows: 0, bytes: 0, oldest: null },
    deleted: { tombstones: 0, rows: 0, bytes: 0 },
    problems: [],
  }),
  plan: () => Promise.resolve({ tables: [], heldFrames: 0, heldFiles: 2 }),
  run: () =>
    Promise.resolve({ written: 1, deleted: 0, withdrawn: 0, rows: 0, bytes: 0, waiting: 1 }),
  holds: () => [HOLD],
  addHold: () => Promise.resolve(HOLD),
  releaseHold: () => Promise.resolve(),
  receipts: () => ({ receipts: [], next: null }),
};

function partsOf(fake: Omit<Fake, "app">, now: () => number): ApiParts {
  const { keys, sessions } = fake;
  return {
    version: "0.1.0",
    guard: { hosts: () => new Set([HOST]), keys },
    session: { now, secure: false, sessions },
    status: { status: () => STATUS, sources: () => [SOURCE], tables: () => [TABLE] },
    events: {
      query(query) {
        fake.queries.push(query);
        const columns = [{ name: "Facility", type: "string" }];
        return Promise.resolve({
          columns,
          rows: [{ Facility: "auth" }, { Facility: "cron" }],
          more: false,
        });
      },
    },
    kusto: fakeKusto(fake, now),
    retention: RETENTION,
    alerts: ALERTS,
    live: {
      open: () => ({
        next: () => Promise.resolve(fake.messages.splice(0, 1)),
        close: () => undefined,
      }),
    },
    agents: {
      createToken: ({ ttlMs }) =>
        Promise.resolve({
          token: "t",
          expiresAt: now() + ttlMs,
          link: "wss://hub:4311",
          ca: "PEM",
        }),
      list: () => [AGENT],
      revoke: ({ agent }) => Promise.resolve(agent === AGENT.agent || agent === "a1"),
    },
    keys: {
      list: () => [],
      put: () => Promise.resolve(false),
      recordLookup: () => Promise.resolve(),
    },
    reveal: GRANTS,
    proofs: PROOFS,
    page: new Map([
      ["/", { bytes: new TextEncoder().encode("<!doctype html>"), type: "text/html" }],
      ["/assets/page-1.js", { bytes: new Uint8Array([59]), type: "text/javascript" }],
    ]),
    recordLook: (look) => {
      fake.looks.push(look);
      return Promise.resolve();
    },
    onFailure: (error) => fake.failures.push(error),
  };
}
