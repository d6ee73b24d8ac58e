/**
 * The compiled agent over an input, with everything on: scrubbing, durable spool, signatures, TLS;
 * and the hub that it sends to.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, runToEnd, startChild } from "../compile/demo/child.ts";
import { arrivedOf } from "./arrived.ts";
import { openProxy } from "./counting_proxy.ts";
import type { Input, Kind } from "./input.ts";
import { type LedgerFrame, ledgerFrames } from "../hub/ledger/stopped.ts";
import type { Measured } from "./measured.ts";
import { costOf } from "./process_cost.ts";

const WAIT_MS = 5 * 60_000;
const HUB_OPTIONS = ["--page", "127.0.0.1:0", "--link", "127.0.0.1:0", "--output", "json"];

export interface SceneOptions {
  readonly root: string;
  readonly bun: string;
  /** Words that start the agent, before its verb. */
  readonly agent: readonly string[];
  /** Where it runs otherwise than it enrols. */
  readonly runner?: readonly string[];
  readonly folder: string;
  /** 32 bytes. */
  readonly tokenKey: Uint8Array;
  /** Each is a source of its own, named by its kind. */
  readonly inputs: readonly SceneInput[];
  /** How long the agent gathers events, such as `100ms`; default: its own. */
  readonly flush?: string | undefined;
  /** Called with the hub's data folder before it starts. */
  readonly prepareHub?: (folder: string) => void;
}

/** A file that the agent follows. */
export interface SceneInput {
  readonly kind: Kind;
  readonly file: string;
}

/** A hub and an agent at work, with a proxy in between that counts bytes. */
export interface Scene extends AsyncDisposable {
  readonly agentPid: number;
  readonly hubPid: number;
  /** The agent's status lines. */
  readonly lines: AsyncIterable<unknown>;
  /** Bytes from the agent to the hub. */
  sent(): number;
  errors(): string;
  /** Stops both, and gives the frames in the hub's ledger. */
  stop(): AsyncGenerator<LedgerFrame>;
}

export interface CustosMeasured extends Measured {
  readonly hubCpuSeconds: number;
}

/** Runs hub and agent over `input`; the rows in the hub's ledger must be the expected ones. */
export async function measureCustos(
  input: Input,
  options: Omit<SceneOptions, "inputs">,
): Promise<CustosMeasured> {
  await using scene = await startScene({ ...options, inputs: [input] });
  const hubBefore = costOf(scene.hubPid).cpuSeconds;
  const started = performance.now();
  const cost = await untilAcked(scene, input.lines);
  const wallSeconds = (performance.now() - started) / 1000;
  const wireBytes = scene.sent();
  const hubCpuSeconds = costOf(scene.hubPid).cpuSeconds - hubBefore;
  const arrived = await arrivedOf(input.kind, scene.stop());
  const isComplete = arrived.count === input.lines && arrived.hash === input.expected.hash;
  const { kind } = input;
  const events = arrived.count;
  return {
    peer: "custos",
    kind,
    events,
    isComplete,
    ...cost,
    wallSeconds,
    wireBytes,
    hubCpuSeconds,
  };
}

/** Starts a hub, enrols an agent with it and starts that. */
export async function startScene(options: SceneOptions): Promise<Scene> {
  const { root, bun, agent, runner = agent, folder } = options;
  mkdirSync(folder, { recursive: true });
  const hubData = join(folder, "hub");
  mkdirSync(hubData, { recursive: true });
  options.prepareHub?.(hubData);
  await using opened = new AsyncDisposableStack();
  const hub = opened.use(startChild({
    name: "hub",
    command: [bun, join(root, "hub/main.ts"), "serve", "--data", hubData, ...HUB_OPTIONS],
    cwd: root,
    errorLog: join(folder, "hub.log"),
  }));
  const ready = await firstEvent(hub, "ready");
  const proxy = opened.use(await openProxy(Number(new URL(String(ready["link"])).port)));
  const url = `wss://127.0.0.1:${proxy.port}`;
  const config = writeConfig(options);
  const token = String(ready["enrollToken"]);
  await runToEnd({
    name: "enroll",
    command: [...agent, "enroll", "--hub", url, "--token", token, "-c", config, "--output", "json"],
    cwd: folder,
    errorLog: join(folder, "enroll.log"),
  });
  const sentBefore = proxy.sent();
  const running = opened.use(startChild({
    name: "agent",
    command: [...runner, "run", "-c", config, "--output", "json"],
    cwd: folder,
    errorLog: join(folder, "agent.log"),
  }));
  const all = opened.move();
  return {
    agentPid: running.pid,
    hubPid: hub.pid,
    lines: running.lines,
    sent: () => proxy.sent() - sentBefore,
    errors: () => `${running.errors()}\n${hub.errors()}`,
    async *stop() {
      await all.disposeAsync();
      yield* ledgerFrames(join(hubData, "ledger"));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function writeConfig(options: SceneOptions): string {
  const { folder, tokenKey, inputs, flush } = options;
  const sources = inputs.map(({ kind, file }) => {
    const timezone = kind === "syslog" ? ", timezone: UTC" : "";
    return `  ${kind}: {plugin: ${kind}, config: {files: ["${file}"]${timezone}}}`;
  });
  const strict = inputs.some(({ kind }) => kind === "syslog")
    ? "columns: {Syslog.HostName: token, Syslog.ProcessName: token}, "
    : "";
  const key = join(folder, "token.key");
  writeFileSync(key, `${Buffer.from(tokenKey).toString("hex")}\n`, { mode: 0o600 });
  const config = join(folder, "custos.yaml");
  writeFileSync(
    config,
    `version: 1
agent: {data_dir: "${join(folder, "agent")}"}
batch: {${flush === undefined ? "" : `flush: ${flush}`}}
scrub: {${strict}key_file: "${key}"}
sources:
${sources.join("\n")}
`,
  );
  return config;
}

/** Reads status lines until the hub has acknowledged all; what the agent has cost by then. */
export async function untilAcked(scene: Scene, events: number) {
  const started = performance.now();
  for await (const line of scene.lines) {
    const { cpuSeconds, peakBytes } = costOf(scene.agentPid);
    if (ackedOf(line) >= events) return { cpuSeconds, peakBytes };
    if (performance.now() - started > WAIT_MS) break;
  }
  throw new Error(`Cannot measure: the agent has not finished\n${scene.errors()}`);
}

/** Events of all sources but the agent's own. */
function ackedOf(line: unknown): number {
  return sourcesIn(line).reduce((sum, { acked }) => sum + acked, 0);
}

/** What a status line tells of the sources that read inputs. */
export function sourcesIn(line: unknown): readonly SourceStatus[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own agent's status line
  const { sources = [] } = line as { readonly sources?: readonly SourceStatus[] };
  return sources.filter(({ source }) => source !== "custos");
}

interface SourceStatus {
  readonly source: string;
  readonly read: number;
  readonly acked: number;
}

async function firstEvent(child: Child, event: string): Promise<Readonly<Record<string, unknown>>> {
  for await (const line of child.lines) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own hub's output
    const told = line as Readonly<Record<string, unknown>>;
    if (told["event"] === event) return told;
  }
  throw new Error(`Cannot measure: the hub ended\n${child.errors()}`);
}
