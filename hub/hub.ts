/**
 * The hub: opens its data folder, wires the stages to the API and the page, and keeps its clock.
 *
 * @module
 */
import { join } from "node:path";
import type { Alert } from "../sdk/api/alerts.ts";
import { formatVerifierKey, NOTE_TYPE } from "../sdk/proof/checkpoint.ts";
import { loadOrCreateKeys } from "../sdk/proof/key_file.ts";
import { signer, verifier } from "../sdk/proof/sign.ts";
import { formatToken } from "../sdk/wire/enroll.ts";
import { type Authority, openAuthority } from "./access/authority.ts";
import { openKeys } from "./access/keys.ts";
import { openOperators } from "./access/operators.ts";
import { openSessions } from "./access/sessions.ts";
import type { AlertEvent } from "./alert/alert.ts";
import type { Webhook } from "./alert/webhook.ts";
import type { EnrolToken } from "./api/agents.ts";
import { type PageServer, servePage } from "./api/serve.ts";
import { createApp } from "./api/app.ts";
import { acceptRollbacks, operatorNotes } from "./backup/accept_rollbacks.ts";
import { loginLink } from "./commands/login.ts";
import type { HubConfig } from "./config.ts";
import { type Control, openControl } from "./control.ts";
import type { Scheduler } from "./detect/scheduled/scheduler.ts";
import type { Detect, RuleSet } from "./detect/detect.ts";
import { recordRules } from "./detect/rule_entries.ts";
import { every, type HubEnv } from "./env.ts";
import { type ApiContext, apiParts } from "./hub_api.ts";
import { isFull } from "./ingest/ingest.ts";
import { type EnrollTokens, openTokens } from "./ingest/tokens.ts";
import { type Ledger, openLedger } from "./ledger/ledger.ts";
import { CONTROL_FILE, saveListening } from "./listening.ts";
import { keepModels, type ModelKeeper } from "./models/keep_models.ts";
import { noteRecorder, type RecordNote } from "./notes.ts";
import { openPipeline, type Pipeline } from "./pipeline.ts";
import { RELEASE } from "./release.ts";
import type { ColdStorage } from "./storage.ts";
import { COPY_LIMITS } from "./store/target/cold_files.ts";
import type { OpenTarget } from "./store/target/open_target.ts";
import { buildPage } from "./web/build.ts";
import { openWitnessing, type Witnessing } from "./witness/witnessing.ts";

/** What a hub runs with. */
export interface HubOptions {
  readonly env: HubEnv;
  /** The data folder; made if it is missing. */
  readonly folder: string;
  readonly config: HubConfig;
  readonly rules: RuleSet["rules"];
  readonly sigma?: RuleSet["sigma"];
  readonly scheduled?: RuleSet["scheduled"];
  readonly webhooks: readonly Webhook[];
  /** Opens the target of cold files; undefined where they stay in the data folder. */
  readonly openTarget?: OpenTarget | undefined;
}

/** What a second has brought. */
export interface SecondCount {
  readonly eventsPerSecond: number;
  /** Connected agents, by the names of their hosts. */
  readonly agents: readonly string[];
  /** Events per second of each source, over the last ten seconds. */
  readonly sources: Readonly<Record<string, number>>;
}

/** A running hub. */
export interface Hub extends AsyncDisposable {
  /** URL of the page. */
  readonly page: string;
  /** URL of the agents' link. */
  readonly link: string;
  /** File of the certificate that agents pin. */
  readonly caFile: string;
  /** A one-time link to the page, with every scope. */
  login(): string;
  /** A token that lets one agent in within the hour. */
  enrolToken(): Promise<string>;
  /** Alerts that are open now, newest first; at most `limit`. */
  openAlerts(limit: number): readonly Alert[];
  onAlert(listener: (event: AlertEvent) => void): void;
  /**
   * Goes on with other rules; those that stay as they are keep their state.
   *
   * @throws {RangeError} If two rules have one id; the old ones go on then.
   */
  reloadRules(set: RuleSet): Promise<void>;
  /** Called each second. */
  onSecond(listener: (count: SecondCount) => void): void;
  /** Resolves with the reason when the hub cannot go on: close it and let it recover at a start. */
  readonly failed: Promise<unknown>;
}

const TICKS_PER_MS = 10_000n;
const SECOND_MS = 1000;
const ENROL_MS = 3_600_000;

/** Opens the hub. */
export async function openHub(options: HubOptions): Promise<Hub> {
  await using opened = new AsyncDisposableStack();
  const { env, folder, config } = options;
  const failed = Promise.withResolvers<unknown>();
  const { ledger, publicKey } = await openLog(options);
  opened.use(ledger);
  const control = opened.use(openControl(join(folder, CONTROL_FILE)));
  const authorityFolder = join(folder, "authority");
  const authority = openAuthority({ folder: authorityFolder, names: config.link.names, ...env });
  const tokens = openTokens(control, env.random);
  const recordNote = noteRecorder(ledger);
  const operators = openOperators(control);
  const rollbacks = await acceptRollbacks({ env, folder, ledger, operators, recordNote });
  const witnessing = opened.use(await startWitnessing(options, { ledger, publicKey }));
  const pipeline = opened.use(
    await openPipeline({
      ...options,
      control,
      retention: config.retention,
      witnessed: () => witnessedBy(ledger, witnessing),
      ledger,
      authority,
      tokens,
      hubKey: publicKey,
      link: config.link,
      recordNote,
      rollbacks,
      operators,
      cold: coldStorage(options, ledger),
      onFatal: failed.resolve,
    }),
  );
  const keeper = openKeeper(options, { control, ledger, publicKey });
  const link = linkUrl(options, pipeline.linkPort);
  const createToken = tokenMaker({ env, tokens, authority, recordNote, link });
  const [sessions, keys] = [openSessions(control, env), openKeys(control, env)];
  const parts = { env, folder, ledger, pipeline, keys, sessions, rollbacks, witnessing, keeper };
  const context = { ...parts, recordNote, createToken, hubKey: publicKey };
  const server = opened.use(await openPage(config, { ...context, startedAt: env.now() }));
  saveListening(control, { page: server.url, link });
  const listeners: ((count: SecondCount) => void)[] = [];
  const note = changesNoter(operatorNotes(operators, recordNote), keeper);
  const clock = { env, ledger, pipeline, listeners, note, onFatal: failed.resolve };
  opened.defer(keepClock(clock));
  const running = opened.move();
  return {
    page: server.url,
    link,
    caFile: join(authorityFolder, "authority.crt"),
    login: () => loginLink(server.url, sessions),
    enrolToken: async () => (await createToken(ENROL_MS, "start")).token,
    openAlerts: (limit) => pipeline.alerts.list({ state: "open", limit }).alerts,
    onAlert: (listener) => void pipeline.alerts.onChange(listener),
    reloadRules: rulesTaker({ ledger, control, ...pipeline, keeper }),
    onSecond: (listener) => void listeners.push(listener),
    failed: failed.promise,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Each log has a folder of its own at a target: a restored hub is another, as its log is. */
function coldStorage(
  { openTarget, config: { store: { cold } } }: HubOptions,
  { logId }: Ledger,
): ColdStorage | undefined {
  if (openTarget === undefined) return undefined;
  return {
    target: openTarget(Buffer.from(logId).toString("hex")),
    limits: { ...COPY_LIMITS, cacheBytes: cold.cache, queryBytes: cold.query },
    isBack: cold.bring_back,
  };
}

/** From the entry on that comes next; written down before it is said. */
function rulesTaker({ ledger, control, detect, scheduler, keeper }: {
  readonly ledger: Ledger;
  readonly control: Control;
  readonly detect: Detect;
  readonly scheduler: Scheduler;
  readonly keeper: ModelKeeper;
}): Hub["reloadRules"] {
  return async (set) => {
    detect.reload(set);
    scheduler.reload(set.scheduled ?? []);
    await recordRules(ledger, control, { ...set, release: RELEASE, from: detect.next });
    await keeper.keep(set.rules);
  };
}

function openKeeper(
  { env, rules }: Pick<HubOptions, "env" | "rules">,
  { control, ledger, publicKey }: Log & { readonly control: Control },
): ModelKeeper {
  const log = env.log("hub/models");
  return keepModels({
    control,
    ledger,
    rules,
    verify: verifier(publicKey),
    refused: ({ rule, number }, error) =>
      log.error("A model cannot be used", { rule, number, why: error.message }),
  });
}

/** Notes what commands beside the hub have changed. */
function changesNoter(noteOperators: () => Promise<void>, keeper: ModelKeeper): Clock["note"] {
  return async () => {
    await noteOperators();
    await keeper.keep();
  };
}

interface Log {
  readonly ledger: Ledger;
  readonly publicKey: Uint8Array;
}

async function startWitnessing(
  { env, folder, config: { witnesses } }: HubOptions,
  log: Log,
): Promise<Witnessing> {
  const witnessing = await openWitnessing({ env, folder, witnesses, ...log });
  witnessing.start();
  return witnessing;
}

/** Entries that all of them have signed; without witnesses the hub's own checkpoint counts. */
function witnessedBy({ durable }: Ledger, { states }: Witnessing): number {
  return Math.min(durable, ...states.map(({ size }) => size ?? 0));
}

async function openLog(
  { env, folder }: HubOptions,
): Promise<Log> {
  const { files } = env;
  files.makeFolder(folder);
  const log = env.log("hub/ledger");
  const keys = await loadOrCreateKeys(files, join(folder, "ledger.key"));
  const ledger = await openLedger({
    folder: join(folder, "ledger"),
    files,
    keys,
    sign: signer(keys.privateKey),
    now: () => BigInt(env.now()) * TICKS_PER_MS,
    newLogId: () => env.random(8),
    tileRepaired: (tile) => log.error("A tile of the tree was damaged and is made again", tile),
    tilesStopped: (error) => log.warning("Cannot fill in tiles yet", { why: String(error) }),
  });
  const { origin } = ledger.checkpoint;
  const key = formatVerifierKey({ name: origin, publicKey: keys.publicKey }, NOTE_TYPE.ed25519);
  log.info("The ledger is open", { key });
  return { ledger, publicKey: keys.publicKey };
}

/** Makes enrolment tokens, and notes who has. */
function tokenMaker({ env, tokens, authority, recordNote, link }: {
  readonly env: HubEnv;
  readonly tokens: EnrollTokens;
  readonly authority: Authority;
  readonly recordNote: RecordNote;
  readonly link: string;
}): (ttlMs: number, by: string) => Promise<EnrolToken> {
  return async (ttlMs, by) => {
    const { secret, expiresAt } = tokens.create({ by, now: env.now(), ttlMs });
    await recordNote({ note: "enrol-token", by, expiresAt: new Date(expiresAt).toISOString() });
    const token = formatToken({ secret, fingerprint: authority.fingerprint });
    return { token, expiresAt, link, ca: authority.ca };
  };
}

async function openPage(config: HubConfig, context: ApiContext): Promise<PageServer> {
  const page = await buildPage();
  return servePage(config.page, (hosts) => createApp(apiParts(context, { hosts, page })));
}

/** What agents are told: the first name that was configured, else this machine's loopback. */
function linkUrl({ config }: HubOptions, port: number): string {
  const { listen, names } = config.link;
  const isAny = listen.host === "0.0.0.0" || listen.host === "::";
  const name = names[0] ?? (isAny ? "localhost" : listen.host);
  return `wss://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

interface Clock {
  readonly env: HubEnv;
  readonly ledger: Ledger;
  readonly pipeline: Pipeline;
  readonly listeners: readonly ((count: SecondCount) => void)[];
  /** Writes down what changed beside the hub. */
  readonly note: () => Promise<void>;
  readonly onFatal: (error: unknown) => void;
}

/** Once a second: a tick for the ledger where it was idle, rates for the live view. */
function keepClock(clock: Clock): () => Promise<void> {
  const { env, ledger, pipeline, listeners, note, onFatal } = clock;
  const stop = new AbortController();
  const ended = every(env, { ms: SECOND_MS, signal: stop.signal }, async () => {
    try {
      await note();
      if (ledger.tick()) await ledger.commit();
    } catch (error) {
      // Nothing was written: the next second tries again, and nothing is acknowledged until then.
      if (!isFull(error)) throw error;
    }
    pipeline.live.tick();
    const { eventsPerSecond, rates } = pipeline.live;
    const sources: Record<string, number> = {};
    for (const one of rates.list()) {
      sources[one.source] = (sources[one.source] ?? 0) + one.eventsPerSecond;
    }
    const agents = [...pipeline.connected.values()].map(({ host }) => host);
    for (const listener of listeners) listener({ eventsPerSecond, agents, sources });
  }).catch(onFatal);
  return async () => {
    stop.abort();
    await ended;
  };
}
