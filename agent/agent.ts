/**
 * Wires an agent: identity, spool, sources, link and the answers to commands on this host.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { logOf } from "../sdk/log.ts";
import { openCheckpoint, originOf } from "../sdk/proof/checkpoint.ts";
import { signer, verifier } from "../sdk/proof/sign.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import type { Scrubber } from "../sdk/scrub/scrubber.ts";
import { streamIdOf } from "../sdk/wire/link.ts";
import { Batcher, type BatchLimits } from "./batch.ts";
import { hubUrls } from "./config/config.ts";
import { keepTrust, trustIn } from "./kept_trust.ts";
import type { LoadedConfig, SourceConfig } from "./config/load.ts";
import { type LinkParts, type Running, statusOfAgent } from "./agent_status.ts";
import type { Status } from "./control/protocol.ts";
import { type ControlServer, openControl } from "./control/server.ts";
import { openCursorBox } from "./cursor_box.ts";
import { type HubTrust, openHubTrust } from "./hub_trust.ts";
import { type Enrolment, type Identity, loadEnrolment, loadIdentity } from "./identity.ts";
import { nextInstance } from "./instance.ts";
import { openKeyedScrubber } from "./keyed_scrubber.ts";
import { linkEvents, recoveryGap } from "./link_events.ts";
import { keepCertificate, type LinkCertificates } from "./link_certificate.ts";
import { ownCounters } from "./own_counters.ts";
import { openKeys, takeKeys } from "./open_keys.ts";
import { Pipeline } from "./pipeline.ts";
import { openKept } from "./kept_files.ts";
import { openQuarantineBox } from "./quarantine_box.ts";
import { RELEASE } from "./release.ts";
import { schemasOf } from "./schemas.ts";
import type { Sealer } from "./seal.ts";
import type { LinkContext } from "./send/link_state.ts";
import { createRevealPairs, type RevealPairs } from "./reveal_pairs.ts";
import { revealSource } from "./reveal_source.ts";
import { Sender } from "./send/sender.ts";
import { type Reloaded, reloaderOf, RunningSources } from "./running_sources.ts";
import { openSigning, sealerOf, type Signing } from "./signing.ts";
import { openSpool, type Spool } from "./spool/spool.ts";
import { Tallies } from "./tally.ts";
import { tellChanges } from "./tell_changes.ts";
import type { TokenKeys } from "./token_keys.ts";
import { after, every, untilAborted } from "./wait.ts";

/** How long a stopping agent waits for the hub to acknowledge what is in the spool, in ms. */
const DRAIN_MS = 3_000;
const REVEAL_SOURCE = "custos_reveal";
/** The spool looks for room, and status for the oldest frame, this often. */
const TICK_MS = 1_000;

export interface AgentOptions {
  readonly loaded: LoadedConfig;
  readonly signal: AbortSignal;
  /** Reads the config anew, for a reload; absent: this agent takes none. */
  load?(): Promise<LoadedConfig>;
  /** Told once all sources run and the control socket answers. */
  ready?(status: () => Status, reload: () => Promise<Reloaded>): void;
}

/** Runs an agent until `signal` aborts; then all that was read is durable. */
export async function runAgent({ loaded, signal, load, ready }: AgentOptions): Promise<void> {
  const { config } = loaded;
  const folder = config.agent.data_dir;
  const identity = await loadIdentity(folder);
  const enrolment = await loadEnrolment(folder);
  const keys = await openKeys(config, identity);
  const [boot, instance] = [new Uint8Array(randomBytes(16)), await nextInstance(folder)];
  const link: LinkParts = {};
  const schemas = new Map(schemasOf(loaded));
  const isExpected = instance > 1;
  await using spool = await openSpoolOf({ loaded, identity, schemas, isExpected, link });
  const pairs = pairsOf(config);
  const scrubber = openKeyedScrubber({ policy: loaded.policy, keys, pairs, now: Date.now });
  await using signing = await openSigning({ config, identity, spool, link });
  const sealer = sealerOf({ identity, boot, scrubber, link, signing });
  const started = performance.now();
  const running: Running[] = [];
  const tallies = new Tallies();
  const known = { config, identity, enrolment, keys, running, tallies, spool, link, signing };
  const status = (): Status => statusOfAgent({ ...known, started });
  const shared: Shared = {
    host: config.agent.host ?? hostname(),
    limits: limitsOf(loaded),
    batcher: new Batcher(config.batch.level),
    box: openCursorBox(identity.seed, (n) => new Uint8Array(randomBytes(n))),
    kept: keptOf(folder, identity),
    quarantine: quarantineOf(folder, keys),
    ...{ keys, scrubber, sealer, spool, tallies, signal },
  };
  const held: { sources?: RunningSources } = {};
  const reload = reloaderOf({ load, schemas, sources: () => held.sources });
  await using control = await openControl(folder, { status, reload });
  const sources = held.sources = new RunningSources({
    ...{ loaded, all: running, own: ownSources({ status, keys, pairs }), last: REVEAL_SOURCE },
    pipelineOf: (source, stop) => pipelineOf(source, { ...shared, stop }, control),
  });
  const own = { config, identity, boot, instance, shared, running, signing };
  if (enrolment !== undefined) await startLink(link, { ...own, enrolment });
  const tell = tellChanges(logOf);
  tell(status());
  const stopTicks = every(TICK_MS, () => {
    spool.tick();
    signing.change.tick();
    if (!signal.aborted) tell(status());
  });
  signing.change.tick();
  ready?.(status, reload);
  await keys.ready(signal);
  reportRecovery(spool, running);
  // Where no key is in force any more, nothing can be sealed: the next start finds out which one is.
  const stopped = sources.run(signal).then(() => untilAborted(signal));
  await Promise.race([stopped, signing.change.broken]);
  if (link.sender !== undefined && link.trust?.isForked !== true) await drain(spool);
  stopTicks();
  await closeLink(link);
}

async function startLink(link: LinkParts, parts: {
  readonly config: LoadedConfig["config"];
  readonly identity: Identity;
  readonly enrolment: Enrolment;
  readonly boot: Uint8Array;
  readonly instance: number;
  readonly shared: Shared;
  readonly running: readonly Running[];
  readonly signing: Signing;
}): Promise<void> {
  const { config, identity, enrolment } = parts;
  const folder = config.agent.data_dir;
  const context = link.context = contextOf(parts);
  const trust = link.trust = await trustOf(folder, context);
  const urls = addressesOf(config, enrolment);
  const certificates = link.certificates = await keepCertificate({
    ...{ folder, identity, ca: enrolment.ca, log: logOf("send") },
    url: () => link.sender?.status.url ?? urls[0] ?? enrolment.url,
    clock: { now: Date.now, after },
    onNew: () => link.sender?.renew(),
  });
  link.sender = senderOf({ ...parts, context, trust, certificates, folder, urls });
  if (!trust.isForked) link.sender.start();
}

async function closeLink({ certificates, sender, context, trust }: LinkParts): Promise<void> {
  certificates?.[Symbol.dispose]();
  await sender?.[Symbol.asyncDispose]();
  if (context !== undefined) await trust?.close(context);
}

function openSpoolOf(
  { loaded, identity, schemas, isExpected, link }: {
    readonly loaded: LoadedConfig;
    readonly identity: Identity;
    readonly schemas: ReadonlyMap<string, string>;
    readonly isExpected: boolean;
    readonly link: LinkParts;
  },
): Promise<Spool> {
  const { agent, spool } = loaded.config;
  return openSpool({
    folder: join(agent.data_dir, "spool"),
    files: nodeFiles(),
    agent: identity.agent,
    now: Date.now,
    schemaJson: (hash) => schemas.get(hash),
    isExpected,
    onChange: () => link.sender?.wake(),
    limits: { maxBytes: spool.max_bytes, floorBytes: spool.free_space_floor },
  });
}

/** The agent's own; its counters last. */
function ownSources({ status, keys, pairs }: {
  readonly status: () => Status;
  readonly keys: TokenKeys;
  readonly pairs: RevealPairs | undefined;
}): readonly SourceConfig[] {
  const own = { priority: "bulk", lossy: true, config: {} } as const;
  const counters = { ...own, name: "custos", plugin: ownCounters(status) };
  if (pairs === undefined) return [counters];
  const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
  const plugin = revealSource({ pairs, to: () => keys.reveal, random });
  return [{ ...own, name: REVEAL_SOURCE, plugin, priority: "normal" }, counters];
}

function reportRecovery(spool: Spool, running: readonly Running[]): void {
  const gap = recoveryGap(spool.report);
  if (gap === undefined) return;
  const { damages, droppedFrames } = spool.report;
  logOf("spool").error("The spool was damaged", { places: damages.length, droppedFrames });
  running.at(-1)?.pipeline.gap(gap);
}

function pairsOf({ scrub }: LoadedConfig["config"]): RevealPairs | undefined {
  return scrub.holder !== undefined && scrub.reveal ? createRevealPairs() : undefined;
}

function quarantineOf(folder: string, keys: TokenKeys): ReturnType<typeof openQuarantineBox> {
  return openQuarantineBox({
    folder: join(folder, "quarantine"),
    to: () => keys.reveal ?? keys.boxKey.key,
    now: Date.now,
  });
}

function keptOf(folder: string, { seed }: Identity): ReturnType<typeof openKept> {
  return openKept({
    folder: join(folder, "kept"),
    files: nodeFiles(),
    seed,
    randomBytes: (n) => new Uint8Array(randomBytes(n)),
  });
}

interface Shared {
  readonly host: string;
  readonly limits: BatchLimits;
  readonly batcher: Batcher;
  readonly box: ReturnType<typeof openCursorBox>;
  readonly kept: ReturnType<typeof openKept>;
  readonly quarantine: ReturnType<typeof openQuarantineBox>;
  readonly keys: TokenKeys;
  readonly scrubber: Scrubber;
  readonly sealer: Sealer;
  readonly spool: Spool;
  readonly tallies: Tallies;
  readonly signal: AbortSignal;
}

function pipelineOf(
  source: SourceConfig,
  shared: Shared & { readonly stop: AbortSignal },
  control: ControlServer,
): Pipeline {
  const stream = streamIdOf(source.name);
  const { name, plugin, priority, lossy } = source;
  const spooled = shared.spool.stream({ id: stream, name, plugin: plugin.name, priority });
  const sealed = spooled.cursor();
  return new Pipeline({
    source: name,
    stream,
    plugin,
    priority,
    lossy,
    limits: shared.limits,
    stamp: { host: shared.host, now: Date.now },
    scrubber: shared.scrubber,
    batcher: shared.batcher,
    sealer: shared.sealer,
    box: shared.box,
    spool: spooled,
    tally: shared.tallies.of(Buffer.from(stream).toString("hex")),
    signal: AbortSignal.any([shared.signal, shared.stop]),
    cursor: sealed === undefined ? undefined : shared.box.open(sealed, stream),
    after,
    ...(source.rowProofs === true && { rowSeed: () => new Uint8Array(randomBytes(32)) }),
    kept: shared.kept(stream),
    tap: (batch) => control.tap(name, batch),
    quarantine: (batch) => shared.quarantine.keep(name, batch),
  });
}

function contextOf(parts: {
  readonly identity: Identity;
  readonly enrolment: Enrolment;
  readonly boot: Uint8Array;
  readonly instance: number;
  readonly shared: Shared;
  readonly signing: Signing;
}): LinkContext {
  const { identity, enrolment, boot, signing } = parts;
  const { host, keys, spool } = parts.shared;
  const publicKey = new Uint8Array(Buffer.from(enrolment.hubPublicKey, "hex"));
  const verify = verifier(publicKey);
  const context: LinkContext = {
    agent: identity.agent,
    boot,
    instance: parts.instance,
    clock: Date.now,
    release: RELEASE,
    host,
    os: `${process.platform} ${process.arch}`,
    sign: signer(identity.seed),
    ...trustIn(enrolment),
    source: spool,
    statements: signing.keys,
    boxKey: keys.boxKey,
    readCheckpoint: (note) =>
      openCheckpoint(note, { origin: originOf(context.logId), publicKey, verify }),
    witnessed: undefined,
  };
  return context;
}

/** What was proved to this agent before it stopped, the hub must prove to continue. */
async function trustOf(folder: string, context: LinkContext): Promise<HubTrust> {
  const read = context.readCheckpoint;
  const trust = await openHubTrust({ folder, read, log: logOf("send"), now: Date.now });
  Object.assign(context, trust.known);
  return trust;
}

function senderOf(parts: {
  readonly context: LinkContext;
  readonly trust: HubTrust;
  readonly enrolment: Enrolment;
  readonly certificates: LinkCertificates;
  /** The agent's data folder. */
  readonly folder: string;
  /** The hub's addresses. */
  readonly urls: readonly string[];
  readonly running: readonly Running[];
  readonly shared: Shared;
}): Sender {
  const { context, trust, enrolment, certificates, folder, running } = parts;
  const { spool, sealer, quarantine, keys, tallies } = parts.shared;
  const log = logOf("send");
  const pipelineAt = (stream: string): Pipeline | undefined =>
    running.find(({ pipeline }) => Buffer.from(pipeline.options.stream).toString("hex") === stream)
      ?.pipeline;
  const sender = new Sender({
    hub: { urls: parts.urls, ca: enrolment.ca, certificate: () => certificates.now },
    context,
    clock: { now: () => performance.now(), after },
    random: { bytes: (n) => new Uint8Array(randomBytes(n)), unit: Math.random },
    events: {
      ...linkEvents({
        spool,
        sealer,
        log,
        wake: () => sender.wake(),
        tryAgain: () => sender.tryAgain(),
        acked: ({ stream, epoch, seq }) => tallies.of(stream).acked(epoch, seq),
        agreed: (stream) => pipelineAt(stream)?.agreed(),
        keep: (name, frame) => void quarantine.keepFrame(name, frame),
      }),
      trust: keepTrust({ folder, enrolment, log }),
      keys: (bytes, answer) => void takeKeys(keys, bytes).then(answer),
      doubt: (doubt) => trust.doubted(doubt),
      witnessed: () => trust.proved(context),
      ended: (code) => certificates.ended(code),
    },
  });
  return sender;
}

/** Of the config, where the hub has moved since enrolment: its authority is the same. */
function addressesOf(config: LoadedConfig["config"], { url }: Enrolment): readonly string[] {
  const urls = hubUrls(config);
  return urls.length === 0 ? [url] : urls;
}

function limitsOf({ config }: LoadedConfig): BatchLimits {
  const { rows, bytes, flush, level } = config.batch;
  return { rows, bytes, ms: flush, level };
}

/** Waits until the hub has all, but not for a hub that is away. */
async function drain(spool: Spool): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while (spool.status().unackedFrames > 0 && performance.now() < end) {
    await new Promise<void>((resolve) => void setTimeout(resolve, 20));
  }
}
