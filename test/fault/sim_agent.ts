/**
 * The simulated agent: wired as `agent/agent.ts` wires the real one, over a disk and a link that
 * are not there.
 *
 * @module
 */
import * as v from "valibot";
import { Batcher } from "../../agent/batch.ts";
import { openCursorBox } from "../../agent/cursor_box.ts";
import { linkEvents, recoveryGap } from "../../agent/link_events.ts";
import { Pipeline } from "../../agent/pipeline.ts";
import type { Sealer } from "../../agent/seal.ts";
import { witnessedOf } from "../../agent/hub_trust.ts";
import type { LinkContext } from "../../agent/send/link_state.ts";
import { Sender } from "../../agent/send/sender.ts";
import { runSource } from "../../agent/source.ts";
import { openSpool, type Spool, type SpoolStream } from "../../agent/spool/spool.ts";
import type { Priority } from "../../sdk/table.ts";
import { GAP_SCHEMA } from "../../sdk/gap.ts";
import { column, definePlugin, table } from "../../sdk/mod.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { openCheckpoint, originOf } from "../../sdk/proof/checkpoint.ts";
import { keyHash, keyId, signer, verifier } from "../../sdk/proof/sign.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import { schemaHash, schemaJson, schemaOf } from "../../sdk/table.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import type { Proc } from "./proc.ts";
import type { Simulation } from "./simulation.ts";

const declared = table({
  doc: "Test",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    N: column.int({ class: "public" }),
  },
});
const schemas = new Map(
  [schemaOf("T", declared), GAP_SCHEMA].map((
    schema,
  ) => [Buffer.from(schemaHash(schema)).toString("hex"), schemaJson(schema)]),
);
const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32) },
});
const about = { version: "1.0.0", summary: "Test", config: v.object({}), needs: {} } as const;

/** Events of the source that can be asked again, of the one that cannot, and losses alone. */
export const SOURCES = ["log", "net", "custos"] as const;

/** A running agent. */
export interface SimAgent {
  readonly proc: Proc;
  readonly boot: string;
  readonly spool: Spool;
  readonly sender: Sender;
  readonly pipelines: readonly Pipeline[];
}

/** Starts it; rejects, or never settles, if it dies meanwhile. */
export async function startAgent(sim: Simulation, proc: Proc): Promise<SimAgent> {
  const { keys } = sim.agentKeys;
  const agent = keyHash(keys.publicKey).slice(0, 16);
  const boot = sim.world.chance.bytes(16);
  const late: { sender?: Sender } = {};
  const spool = await proc.live(openSpool({
    folder: "/spool",
    files: proc.files(),
    agent,
    now: () => proc.wall(),
    schemaJson: (hash) => schemas.get(hash),
    isExpected: sim.starts++ > 0,
    onChange: () => proc.isAlive && proc.run(() => late.sender?.wake()),
    limits: {
      segmentBytes: 4_000,
      reserveBytes: 4_096,
      cacheBytes: 1_500,
      retainAckedBytes: 3_000,
      floorBytes: 0,
    },
  }));
  proc.started();
  const context = contextOf(sim, { proc, agent, boot, spool });
  const sealer: Sealer = {
    agent,
    boot,
    keyId: keyId(keys.publicKey),
    policy: scrubber.policyHash,
    sign: (message) => proc.within("seal", () => sim.agentKeys.sign(message)),
    now: () => proc.wall(),
    monotonic: () => BigInt(Math.floor(sim.world.now * 1e6)),
    witnessed: () => witnessedOf(context),
  };
  const pipelines = SOURCES.map((name) => pipelineOf(sim, { proc, name, spool, sealer }));
  const sender = senderOf(sim, { proc, context, spool, sealer, pipelines });
  late.sender = sender;
  const running: SimAgent = {
    proc,
    boot: Buffer.from(boot).toString("hex"),
    spool,
    sender,
    pipelines,
  };
  sim.lives.set(running.boot, { from: sim.emitted, to: undefined });
  const gap = recoveryGap(spool.report);
  if (gap !== undefined) sim.damaged = true;
  sender.start();
  if (gap !== undefined) pipelines.at(-1)!.gap(gap);
  tickEach(proc, spool);
  for (const pipeline of pipelines) runOne(sim, proc, pipeline);
  return running;
}

function tickEach(proc: Proc, spool: Spool): void {
  const again = (): void =>
    void proc.after(1_000, () => {
      spool.tick();
      again();
    });
  again();
}

function runOne(sim: Simulation, proc: Proc, pipeline: Pipeline): void {
  const { source: name, plugin, signal } = pipeline.options;
  const ended = runSource({
    name,
    plugin,
    config: {},
    pipeline,
    signal,
    now: () => proc.wall(),
    random: () => sim.world.chance.unit(),
    after: proc.after,
  });
  ended.catch((error: unknown) => proc.end("error", error));
}

function contextOf(sim: Simulation, { proc, agent, boot, spool }: {
  readonly proc: Proc;
  readonly agent: Uint8Array;
  readonly boot: Uint8Array;
  readonly spool: Spool;
}): LinkContext {
  const { publicKey } = sim.hubKeys.keys;
  const verify = verifier(publicKey);
  const context: LinkContext = {
    agent,
    boot,
    release: "0.0.0",
    host: "host",
    os: "none",
    sign: (message) => proc.within("accept", () => sim.agentKeys.sign(message)),
    logId: sim.logId,
    operators: [],
    source: spool,
    readCheckpoint: (note) =>
      openCheckpoint(note, { origin: originOf(sim.logId), publicKey, verify }),
    ...sim.heads,
  };
  return context;
}

function senderOf(sim: Simulation, { proc, context, spool, sealer, pipelines }: {
  readonly proc: Proc;
  readonly context: LinkContext;
  readonly spool: Spool;
  readonly sealer: Sealer;
  readonly pipelines: readonly Pipeline[];
}): Sender {
  const { world } = sim;
  const pipelineAt = (stream: string): Pipeline | undefined =>
    pipelines.find(({ options }) => Buffer.from(options.stream).toString("hex") === stream);
  const answers = linkEvents({
    spool,
    sealer,
    log: { error: (line) => sim.trace(line), warning: (line) => sim.trace(line) },
    wake: () => proc.run(() => sender.wake()),
    tryAgain: () => proc.run(() => sender.tryAgain()),
    acked: ({ stream, epoch, seq }) => {
      sim.frames.heard(`${stream}/${epoch}`, seq + 1);
      pipelineAt(stream)?.acked(epoch, seq);
    },
    agreed: (stream) => pipelineAt(stream)?.agreed(),
    keep: () => {},
  });
  const sender: Sender = new Sender({
    hub: { urls: ["wss://hub"], ca: "" },
    context,
    clock: { now: () => world.now, after: proc.after },
    random: { bytes: (n) => world.chance.bytes(n), unit: () => world.chance.unit() },
    open: (_, events) => sim.network.connect(proc, events),
    events: {
      acked: (acked, checkpoint) => proc.within("send", () => answers.acked(acked, checkpoint)),
      refused: answers.refused,
      epoch(needed) {
        if (needed.reason === "hub-lost") sim.hubLost(needed.stream);
        answers.epoch(needed);
      },
      agreed: answers.agreed,
      doubt: (doubt) => sim.doubted(doubt),
      witnessed: () => sim.heads = { witnessed: context.witnessed, seen: context.seen },
    },
  });
  return sender;
}

function pipelineOf(sim: Simulation, { proc, name, spool, sealer }: {
  readonly proc: Proc;
  readonly name: (typeof SOURCES)[number];
  readonly spool: Spool;
  readonly sealer: Sealer;
}): Pipeline {
  const id = streamIdOf(name);
  const priority: Priority = name === "custos" ? "bulk" : "normal";
  const plugin = pluginOf(sim, proc, name);
  const stream = spool.stream({ id, name, plugin: name, priority });
  const box = openCursorBox(sim.agentKeys.keys.privateKey, (n) => sim.world.chance.bytes(n));
  const sealed = stream.cursor();
  const spooled: SpoolStream = {
    ...stream,
    append: (frames) => {
      sim.frames.sealed(frames);
      return proc.within("spool", () => proc.live(stream.append(frames)));
    },
    roomAgain: (signal) => proc.live(stream.roomAgain(signal)),
  };
  return new Pipeline({
    source: name,
    stream: id,
    plugin,
    priority,
    lossy: name !== "log",
    limits: { rows: 20, bytes: 4_096, ms: 160, level: 1 },
    stamp: { host: "host", now: () => proc.wall() },
    scrubber,
    batcher: sim.batcher,
    sealer,
    box,
    spool: spooled,
    signal: new AbortController().signal,
    cursor: sealed === undefined ? undefined : box.open(sealed, id),
    after: proc.after,
    quarantine: () => false,
  });
}

function pluginOf(sim: Simulation, proc: Proc, name: (typeof SOURCES)[number]): Plugin {
  const { world } = sim;
  const tables = { T: declared };
  const sleep = (ms: number): Promise<void> => proc.live(world.sleep(ms));
  if (name === "log") {
    return definePlugin.stream({
      ...about,
      name,
      tables,
      start: () => 0,
      async *stream({ emit, signal }, cursor: number) {
        for (let n = cursor;;) {
          while (n >= sim.logged && !signal.aborted) await sleep(50);
          if (signal.aborted) return;
          const until = Math.min(sim.logged, n + world.chance.between(1, 6));
          proc.within("read", () => {
            while (n < until) emit.T({ TimeGenerated: proc.wall(), N: ++n });
          });
          yield n;
          await sleep(world.chance.between(1, 60));
        }
      },
    });
  }
  return definePlugin.listen({
    ...about,
    name,
    tables,
    lossy: true,
    async listen({ emit }) {
      for (;;) {
        await sleep(world.chance.between(20, 160));
        if (name === "custos" || sim.isQuiet) continue;
        proc.within("read", () => emit.T({ TimeGenerated: proc.wall(), N: ++sim.emitted }));
      }
    },
  });
}

/** Signs as the agent or the hub does. */
export function signs(keys: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array }) {
  return { keys, sign: signer(keys.privateKey) };
}

/** One for all: it keeps nothing between two parts. */
export const newBatcher = (): Batcher => new Batcher(1);
