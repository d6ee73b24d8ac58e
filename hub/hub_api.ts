/**
 * What the API needs, taken from the running stages.
 *
 * @module
 */
import type { Source } from "../sdk/api/status.ts";
import type { Keys } from "./access/keys.ts";
import type { Sessions } from "./access/sessions.ts";
import { AlertError } from "./alert/alerts.ts";
import type { SignedRollback } from "./backup/rollbacks.ts";
import type { EnrolToken } from "./api/agents.ts";
import type { ApiParts } from "./api/app.ts";
import type { Asset } from "./api/page.ts";
import { ApiError } from "./api/refusal.ts";
import type { HubEnv } from "./env.ts";
import { healthOf } from "./health.ts";
import { CarrierError } from "./keys/carrier.ts";
import { listAgents, revoke } from "./ingest/agents.ts";
import { isFull } from "./ingest/ingest.ts";
import type { StreamIndex } from "./ingest/stream_index.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { conservationOf, sourceOf } from "./live/source_status.ts";
import type { ModelKeeper } from "./models/keep_models.ts";
import type { RecordNote } from "./notes.ts";
import { diskProblems } from "./disk_forecast.ts";
import { behind, type Pipeline } from "./pipeline.ts";
import { kustoParts } from "./hub_kusto.ts";
import { proofParts } from "./prove/prove.ts";
import { retentionRefusal } from "./api/retention.ts";
import { grantRefusal } from "./api/reveal.ts";
import { type Retention, RetentionError } from "./retention/retention.ts";
import { GrantError } from "./reveal/grants.ts";
import { QueryError } from "./query/plan.ts";
import { RELEASE } from "./release.ts";
import { HUB_SCHEMAS } from "./store/hub_tables.ts";
import { EngineError } from "./store/engine_error.ts";
import { TargetError } from "./store/target/cold_target.ts";
import { tableEntries } from "./tables.ts";
import type { Witnessing } from "./witness/witnessing.ts";

/** Seconds after which a call that met a full disk may be made again. */
const FULL_RETRY_S = 10;

/** The running hub, as its API sees it. */
export interface ApiContext {
  readonly env: HubEnv;
  /** The hub's data folder. */
  readonly folder: string;
  readonly ledger: Ledger;
  /** The hub's public key, 32 bytes. */
  readonly hubKey: Uint8Array;
  readonly pipeline: Pipeline;
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly recordNote: RecordNote;
  readonly rollbacks: readonly SignedRollback[];
  readonly witnessing: Witnessing;
  readonly keeper: Pick<ModelKeeper, "problems">;
  readonly createToken: (ttlMs: number, by: string) => Promise<EnrolToken>;
  /** ms since the Unix epoch. */
  readonly startedAt: number;
}

/** Puts the parts together. */
export function apiParts(
  context: ApiContext,
  own: { readonly hosts: ReadonlySet<string>; readonly page: ReadonlyMap<string, Asset> },
): ApiParts {
  const { env, ledger, pipeline, keys, sessions, recordNote, createToken } = context;
  const { witnessing } = context;
  const { alerts, grants, live, query, index } = pipeline;
  const log = env.log("hub/api");
  return {
    version: RELEASE,
    guard: { hosts: () => own.hosts, keys },
    session: { now: env.now, secure: false, sessions },
    status: {
      status: () => statusOf(context),
      sources: () => sourcesOf(pipeline),
      tables: () => tableEntries(query.tables(), [...index.schemas.values(), ...HUB_SCHEMAS]),
    },
    events: { query: (wanted, signal) => answered(() => query.events(wanted, signal)) },
    kusto: kustoParts(context),
    alerts: {
      list: (wanted) => alerts.list(wanted),
      get: (id) => alerts.get(id),
      setState: (change) => answered(() => alerts.setState(change)),
      judge: (change) => answered(() => alerts.judge(change)),
      rules: () => alerts.records(),
    },
    live: { open: (wanted) => live.open(wanted) },
    agents: {
      createToken: ({ ttlMs, by }) => answered(() => createToken(ttlMs, by)),
      list: () => listAgents(pipeline.ingest),
      revoke: (revoked) => answered(() => revoke(pipeline.ingest, revoked)),
    },
    keys: {
      list: () => pipeline.keys.list(),
      put: (agent, bytes) => answered(() => pipeline.keys.put(agent, bytes)),
      recordLookup: (lookup) => answered(() => recordNote({ note: "token-lookup", ...lookup })),
    },
    reveal: {
      request: (wanted, by) => answered(() => grants.request(wanted, by)),
      list: () => grants.list(),
      approve: (id, by, why) => answered(() => grants.approve(id, by, why)),
      take: (id, by, signal) => answered(() => grants.take(id, by, signal)),
    },
    retention: retentionParts(pipeline.retention),
    proofs: proofParts({
      ledger,
      places: pipeline.places,
      witnessed: () => witnessing.newest,
      hubKey: context.hubKey,
      findStored: pipeline.findStored,
    }),
    page: own.page,
    recordLook: (look) => answered(() => recordNote({ note: "look", ...look })),
    onFailure: (error) => log.error("Cannot answer", { why: String(error) }),
  };
}

function retentionParts(retention: Retention): ApiParts["retention"] {
  return {
    status: () => retention.status(),
    plan: (signal) => answered(() => retention.plan(signal)),
    run: (asked, signal) => answered(() => retention.run(asked, signal)),
    holds: () => retention.holds(),
    addHold: (wanted) => answered(() => retention.addHold(wanted)),
    releaseHold: (released) => answered(() => retention.releaseHold(released)),
    receipts: (page) => retention.receipts(page),
  };
}

/** Tells the caller what is theirs to mend; the rest is the hub's own failure. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof QueryError) throw new ApiError("input", error.message, { cause: error });
    if (error instanceof AlertError || error instanceof CarrierError) {
      throw new ApiError("conflict", error.message, { cause: error });
    }
    if (error instanceof GrantError) throw grantRefusal(error);
    if (error instanceof RetentionError) throw retentionRefusal(error);
    if (isFull(error)) {
      const why = "Cannot answer: the hub's disk is full, and what it does must be recorded first";
      throw new ApiError("unavailable", why, { cause: error, retryAfter: FULL_RETRY_S });
    }
    if (error instanceof TargetError && error.code === "limit") {
      throw new ApiError("input", error.message, { cause: error });
    }
    if (error instanceof EngineError || error instanceof TargetError) {
      throw new ApiError("unavailable", error.message, { cause: error });
    }
    throw error;
  }
}

function statusOf(
  { env, ledger, pipeline, folder, startedAt, rollbacks, witnessing, keeper }: ApiContext,
): ReturnType<ApiParts["status"]["status"]> {
  const { size, durable, checkpoint } = ledger;
  const sources = pipeline.sources.list();
  return {
    version: RELEASE,
    startedAt: new Date(startedAt).toISOString(),
    ledger: {
      logId: Buffer.from(ledger.logId).toString("hex"),
      size,
      durable,
      checkpoint: checkpoint.note,
      rollbacks: rollbacks.map(rollbackOf),
      witnesses: [...witnessing.states],
    },
    followers: pipeline.followers.map(({ name, next }) => ({
      name,
      next,
      behind: Math.max(0, durable - next),
      error: pipeline.troubles.get(name) ?? null,
    })),
    health: healthOf({
      ...pipeline,
      cold: pipeline.coldState(),
      models: [
        ...keeper.problems(),
        ...pipeline.retention.status().problems,
        ...diskProblems(pipeline.disk.status()),
      ],
      witnesses: witnessing.states,
      behind: behind(ledger, pipeline.followers),
      freeBytes: env.files.freeBytes(folder),
      unaccounted: sources.filter((totals) => conservationOf(totals)?.holds === false).length,
    }),
    disk: pipeline.disk.status(),
    agents: pipeline.connected.size,
    link: { refused: pipeline.refusals.counts() },
    sources: sources.length,
    eventsPerSecond: pipeline.live.eventsPerSecond,
  };
}

function rollbackOf(rollback: SignedRollback) {
  const { oldLogId, newLogId, newHead, lastEntryAt, madeAt, reason, signers } = rollback;
  return {
    oldLogId: Buffer.from(oldLogId).toString("hex"),
    newLogId: Buffer.from(newLogId).toString("hex"),
    size: newHead.size,
    lastEntryAt,
    madeAt,
    reason,
    signers: [...signers],
  };
}

function sourcesOf({ sources, live, index }: Pipeline): readonly Source[] {
  return sources.list().map((totals) => {
    const { agent, source } = totals;
    const host = index.agents.get(agent)?.entry.host ?? "";
    const eventsPerSecond = live.rates.of(agent, source);
    const known = sourceOf(totals, { eventsPerSecond, host });
    return known.plugin === "" ? { ...known, plugin: pluginOf(index, agent, source) } : known;
  });
}

/** As the agent named it when it opened the stream. */
function pluginOf(index: StreamIndex, agent: string, source: string): string {
  for (const key of index.streamsOf.get(agent) ?? []) {
    const stream = index.streams.get(key);
    if (stream?.name === source) return stream.plugin;
  }
  return "";
}
