/**
 * One frame's way through the hub, stage by stage:
 *
 * 1. accept  (`ingest/accept.ts`) TLS, who connects
 * 2. admit   (`ingest/admit.ts`)  chain, signature, quota
 * 3. record  (`ledger/`)          durable and in the Merkle tree; then it is acknowledged
 * 4. fan out (`fanout/`)          each follower at its own pace, from its own offset
 * 5. detect  (`detect/`)          rules look at columns, or ask in KQL
 *    store   (`store/`)           hot files, then Parquet: what queries read
 *    live    (`live/`)            rates and samples for who watches, totals of each source
 * 6. alert   (`alert/`)           findings become alerts, webhooks are told
 *
 * @module
 */
import type { Authority } from "./access/authority.ts";
import type { Operators } from "./access/operators.ts";
import { type Alerts, openAlerts } from "./alert/alerts.ts";
import { httpPost } from "./alert/http_post.ts";
import { type Notifier, openNotifier } from "./alert/notifier.ts";
import type { Webhook } from "./alert/webhook.ts";
import { limitsFor } from "./back_pressure.ts";
import type { SignedRollback } from "./backup/rollbacks.ts";
import type { HubConfig } from "./config.ts";
import type { Control } from "./control.ts";
import { type Detect, type DetectOptions, openDetect } from "./detect/detect.ts";
import type { Rule } from "./detect/rule.ts";
import { recordRules } from "./detect/rule_entries.ts";
import { openScheduled } from "./detect/scheduled/open_scheduled.ts";
import type { Scheduler } from "./detect/scheduled/scheduler.ts";
import { shedding } from "./detect/sigma/run/shed_note.ts";
import { type DiskWatch, watchDisk } from "./disk_watch.ts";
import { every, type HubEnv, sleep } from "./env.ts";
import { fanOut } from "./fanout/fanout.ts";
import type { Follower, FollowerHealth } from "./fanout/follower.ts";
import { createHandover, type Handover } from "./fanout/handover.ts";
import { type LinkListener, listenLink } from "./ingest/accept.ts";
import { enrollRoutes } from "./ingest/enroll.ts";
import type { Connected, Ingest } from "./ingest/ingest.ts";
import { loadIndex, openSnapshots } from "./ingest/load_index.ts";
import { createRefusals, type Refusals } from "./ingest/refusals.ts";
import { type StreamIndex, streamKey } from "./ingest/stream_index.ts";
import type { EnrollTokens } from "./ingest/tokens.ts";
import { type Keyring, openKeyring } from "./keys/carrier.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { LedgerError } from "./ledger/ledger_error.ts";
import { createLive, type Live } from "./live/live.ts";
import { openSources, type Sources } from "./live/sources.ts";
import { alertNote, appendNote, type RecordNote } from "./notes.ts";
import { type FramePlaces, openFramePlaces } from "./prove/frame_places.ts";
import { findBoxes } from "./reveal/boxes.ts";
import { type Grants, openGrants } from "./reveal/grants.ts";
import { RELEASE } from "./release.ts";
import { keepRetention } from "./retention/keep_retention.ts";
import type { Retention } from "./retention/retention.ts";
import type { StoreFiles } from "./retention/store_files.ts";
import { runUntilClosed } from "./run_until_closed.ts";
import type { Query } from "./query/query.ts";
import type { KqlQueries } from "./query/run/kql_queries.ts";
import { type ColdStorage, openStorage, type Storage } from "./storage.ts";
import type { Store } from "./store/store.ts";

/** What the stages are built on. */
export interface PipelineOptions {
  readonly env: HubEnv;
  /** The hub's data folder. */
  readonly folder: string;
  readonly control: Control;
  readonly ledger: Ledger;
  readonly authority: Authority;
  readonly tokens: EnrollTokens;
  /** The key of the hub's checkpoints, 32 bytes. */
  readonly hubKey: Uint8Array;
  readonly rules: readonly Rule[];
  readonly sigma?: DetectOptions["sigma"] | undefined;
  readonly scheduled?: DetectOptions["scheduled"];
  readonly webhooks: readonly Webhook[];
  /** Where agents come. */
  readonly link: Pick<HubConfig["link"], "listen" | "require_certificate" | "clock_limit_ms">;
  readonly recordNote: RecordNote;
  /** Restores that the log has gone through, oldest first. */
  readonly rollbacks: readonly SignedRollback[];
  readonly operators: Operators;
  readonly cold?: ColdStorage | undefined;
  readonly retention: HubConfig["retention"];
  /** Entries that every witness has cosigned; without witnesses, all that are durable. */
  readonly witnessed: () => number;
  /** The stages cannot go on: the process must stop, and recover at its next start. */
  readonly onFatal: (error: unknown) => void;
}

/** What follows the ledger, and what it is followed by. */
interface Consumers {
  readonly index: StreamIndex;
  readonly detect: Detect;
  readonly scheduler: Scheduler;
  readonly alerts: Alerts;
  readonly store: Store;
  readonly storeFiles: StoreFiles;
  readonly query: Query;
  readonly coldState: Storage["coldState"];
  readonly findStored: Storage["findStored"];
  /** Queries in KQL. */
  readonly kql: KqlQueries;
  readonly live: Live;
  readonly sources: Sources;
  readonly places: FramePlaces;
}

/** The running stages. */
export interface Pipeline extends Consumers, AsyncDisposable {
  readonly ingest: Ingest;
  readonly linkPort: number;
  /** Connected agents, by id. */
  readonly connected: ReadonlyMap<string, Connected>;
  /** What the link has refused. */
  readonly refusals: Refusals;
  /** Box keys of agents and the key holder's packages for them. */
  readonly keys: Keyring;
  readonly followers: readonly Follower[];
  /** Why a follower failed last, by its name; it is tried again. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Who may have sealed values. */
  readonly grants: Grants;
  readonly retention: Retention;
  readonly disk: DiskWatch;
}

/** Opens the stages from the last to the first, so that each has somewhere to put what it gets. */
export async function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  await using opened = new AsyncDisposableStack();
  const { ledger, control, env } = options;
  const consumers = await openConsumers(options, opened);
  const { detect, scheduler, store, live, sources, places, index, query } = consumers;
  const readers = [detect, store, live.follower, sources.follower, places.follower, scheduler];
  const retention = keepRetention({
    ...options,
    ...consumers,
    section: options.retention,
    store: consumers.storeFiles,
    needed: () => Math.min(store.stored, ...readers.map(({ next }) => next)),
  }, opened);
  const followers = [...readers, retention.follower];
  const handover = createHandover();
  const troubles = openFanOut(options, opened, { followers, index, handover });
  const connected = new Map<string, Connected>();
  const refusals = createRefusals();
  const keys = openKeyring({
    control,
    index,
    connected,
    append: (note) => appendNote(ledger, note),
    commit: () => ledger.commit(),
    now: env.now,
  });
  const between = { followers, index, handover, connected, refusals, keys };
  const { ingest, listening } = openIngest(options, between);
  const link = opened.use(await listening);
  keepCertificate(options, link, opened);
  const grants = openGrants({
    control,
    record: options.recordNote,
    boxesOf: (tokens, signal) => findBoxes(query, tokens, signal),
    random: env.random,
    now: env.now,
  });
  const disk = watchDisk(options, opened);
  const running = opened.move();
  return {
    ...consumers,
    ingest,
    linkPort: link.port,
    connected,
    refusals,
    keys,
    followers,
    troubles,
    grants,
    retention,
    disk,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Stages 5 and 6, and the state that frames are admitted against. */
async function openConsumers(
  options: PipelineOptions,
  opened: AsyncDisposableStack,
): Promise<Consumers> {
  const { ledger, control, env } = options;
  const notifier = openAlerting(options, opened);
  const { detect, alerts } = openDetection(options, notifier);
  opened.use(detect);
  await recordRules(ledger, control, { ...options, release: RELEASE, from: detect.next });
  const { store, storeFiles, query, openKql, coldState, findStored } = await openStorage(
    { ...options, cold: options.cold },
    opened,
  );
  const live = createLive(ledger.durable, env.now);
  opened.defer(() => live.close());
  alerts.onChange(({ alert }) => live.alert(alert));
  const sources = openSources(control, env.now);
  opened.defer(() => sources.save());
  const places = openFramePlaces(control, ledger);
  const index = await openIndex(options, opened);
  const kql = openKql(() => index.schemas.values());
  const scheduler = opened.use(
    openScheduled({ ...options, rules: options.scheduled ?? [], store, kql, alerts }),
  );
  const stored = { store, storeFiles, query, coldState, findStored, kql };
  return { index, detect, scheduler, alerts, ...stored, live, sources, places };
}

/** Stage 6, its outer half: tells webhooks, for as long as the hub runs. */
function openAlerting(options: PipelineOptions, opened: AsyncDisposableStack): Notifier {
  const { env, control, webhooks } = options;
  const notifier = openNotifier(control, webhooks, {
    clock: { now: env.now, sleep: (ms, signal) => sleep(env, ms, signal) },
    post: httpPost(env.resolve),
    random: () => env.random(4).reduce((sum, byte) => sum / 256 + byte / 256, 0),
  });
  runUntilClosed(options, opened, (signal) => notifier.run(signal));
  return notifier;
}

/** Stages 5 and 6, rules and what becomes of their findings. */
function openDetection(
  { control, rules, sigma, env, recordNote }: PipelineOptions,
  notifier: Notifier,
): { readonly detect: Detect; readonly alerts: Alerts } {
  const detect = openDetect({
    control,
    rules,
    ...(sigma && { sigma }),
    onSlow: shedding({ log: env.log("hub/detect"), record: recordNote }),
    onFindings: () => alerts.takeFindings(),
  });
  const alerts = openAlerts({
    control,
    findings: (after, limit) => detect.findings(after, limit),
    now: env.now,
    record: (change) => recordNote(alertNote(change)),
    enqueue: (event) => notifier.enqueue(event),
  });
  // Findings that were durable when the hub died, and were not taken.
  alerts.takeFindings();
  return { detect, alerts };
}

interface Between {
  readonly followers: readonly Follower[];
  readonly index: StreamIndex;
  readonly handover: Handover;
}

/** Stage 4; gives the followers that fail, as they do. */
function openFanOut(
  options: PipelineOptions,
  opened: AsyncDisposableStack,
  { followers, index, handover }: Between,
): ReadonlyMap<string, string> {
  const troubles = new Map<string, string>();
  const log = options.env.log("hub/fanout");
  const onHealth = ({ name, state, failures, error = "" }: FollowerHealth) => {
    if (state === "following") troubles.delete(name);
    else troubles.set(name, error);
    if (failures <= 1) log.warning(`Follower is ${state}`, { follower: name, why: error });
  };
  const sourceName = (agent: string, stream: string) =>
    index.streams.get(streamKey(agent, stream))?.name;
  runUntilClosed(
    options,
    opened,
    (signal) =>
      fanOut(options.ledger, followers, signal, { onHealth, sourceName, decoded: handover.take }),
  );
  return troubles;
}

const SNAPSHOT_EVERY_MS = 60_000;

/** What the ledger says of agents and streams; snapshots shorten the next start. */
async function openIndex(
  options: PipelineOptions,
  opened: AsyncDisposableStack,
): Promise<StreamIndex> {
  const { control, ledger, env } = options;
  const logId = Buffer.from(ledger.logId).toString("hex");
  const snapshots = openSnapshots(control, ledger, logId);
  const index = await loadIndex(ledger, logId, snapshots.text);
  const log = env.log("hub/ingest");
  const save = async (): Promise<void> => {
    try {
      await snapshots.save(index);
    } catch (error) {
      if (error instanceof LedgerError && error.permanent) throw error;
      // The last one counts: the next start reads more of the ledger.
      log.warning("Cannot save a snapshot of the streams", { why: String(error) });
    }
  };
  opened.defer(save);
  runUntilClosed(
    options,
    opened,
    (signal) => every(env, { ms: SNAPSHOT_EVERY_MS, signal }, save),
  );
  return index;
}

/** Stages 1 to 3. */
function openIngest(
  options: PipelineOptions,
  { followers, index, handover, connected, refusals, keys }:
    & Between
    & Pick<Ingest, "connected" | "refusals" | "keys">,
): { readonly ingest: Ingest; readonly listening: Promise<LinkListener> } {
  const { env, ledger, authority, tokens, hubKey } = options;
  const log = env.log("hub/ingest");
  const ingest: Ingest = {
    ledger,
    index,
    logId: ledger.logId,
    limits: () =>
      limitsFor({
        freeBytes: env.files.freeBytes(options.folder),
        behind: behind(ledger, followers),
      }),
    events: {
      recorded: handover.put,
      refused: ({ agent, code }) => log.warning("Frame refused", { agent, code }),
      equivocation: ({ agent }) => log.error("Agent signed two frames for one place", { agent }),
      succession: ({ agent, code }) => log.error("Keys do not follow one another", { agent, code }),
      unproven: (error) => log.error("Cannot prove the ledger to an agent", { why: String(error) }),
      fatal: options.onFatal,
    },
    now: env.now,
    random: (size) => env.random(size),
    connected,
    refusals,
    rollbacks: options.rollbacks,
    operators: () => options.operators.list(),
    keys,
    mustShow: options.link.require_certificate,
    clockLimitMs: options.link.clock_limit_ms,
  };
  const routes = enrollRoutes({ ingest, tokens, hubKey, authority });
  const listening = listenLink({
    ...options.link.listen,
    certificate: authority.server(),
    ca: authority.ca,
    ingest,
    fetch: (request) => routes.fetch(request),
    clock: env,
  });
  return { ingest, listening };
}

/** Of those whose work must not pile up: live views and totals catch up by themselves. */
export function behind(ledger: Ledger, followers: readonly Follower[]): number {
  const slow = followers.filter(({ name }) => name === "detect" || name === "store");
  return ledger.durable - Math.min(ledger.durable, ...slow.map(({ next }) => next));
}

const CERTIFICATE_EVERY_MS = 3_600_000;

/** The authority makes a new certificate when the old one is due. */
function keepCertificate(
  options: PipelineOptions,
  link: LinkListener,
  opened: AsyncDisposableStack,
): void {
  const log = options.env.log("hub/link");
  let shown = options.authority.server().cert;
  runUntilClosed(
    options,
    opened,
    (signal) =>
      every(options.env, { ms: CERTIFICATE_EVERY_MS, signal }, () => {
        try {
          const certificate = options.authority.server();
          if (certificate.cert === shown) return;
          shown = certificate.cert;
          link.renew(certificate);
        } catch (error) {
          // The old one is good for some time yet.
          log.warning("Cannot renew the link's certificate", { why: String(error) });
        }
      }),
  );
}
