/**
 * Frames as a real agent seals them: hub and agent run over generated input, and what the hub's
 * ledger holds afterwards is what the hub's benchmark feeds again.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadIdentity } from "../agent/identity.ts";
import { type Child, runToEnd, startChild } from "../compile/demo/child.ts";
import type { LedgerEntry } from "../hub/ledger/ledger.ts";
import { ledgerEntries } from "../hub/ledger/stopped.ts";

/** What an agent has sent, in the order of the ledger, and the key it has signed it with. */
export interface RecordedFrames {
  /** Seed of the agent's key, 32 bytes. */
  readonly seed: Uint8Array;
  /** Without ticks and the hub's notes. */
  readonly entries: readonly LedgerEntry[];
}

export interface RecordOptions {
  readonly root: string;
  readonly bun: string;
  readonly folder: string;
  /** Input files. */
  readonly syslog: string;
  readonly iis: string;
  /** Events of both. */
  readonly events: number;
}

const WAIT_MS = 60_000;
const HUB_OPTIONS = ["--page", "127.0.0.1:0", "--link", "127.0.0.1:0", "--output", "json"];

/** Runs hub and agent until the hub has acknowledged all events. */
export async function recordFrames(options: RecordOptions): Promise<RecordedFrames> {
  const { root, bun, folder } = options;
  mkdirSync(folder, { recursive: true });
  const hubData = join(folder, "hub");
  await runBoth(options, hubData, [bun, join(root, "agent/main.ts")]);
  const { seed } = await loadIdentity(join(folder, "agent"));
  return { seed, entries: await entriesOf(join(hubData, "ledger")) };
}

async function runBoth(
  options: RecordOptions,
  hubData: string,
  agent: readonly string[],
): Promise<void> {
  const { root, bun, folder } = options;
  await using hub = startChild({
    name: "hub",
    command: [bun, join(root, "hub/main.ts"), "serve", "--data", hubData, ...HUB_OPTIONS],
    cwd: root,
    errorLog: join(folder, "hub.log"),
  });
  const ready = await readyOf(hub);
  const config = join(folder, "custos.yaml");
  writeFileSync(config, configOf(options));
  const call = ["--hub", ready.link, "--token", ready.enrollToken, "-c", config];
  await runToEnd({
    name: "enroll",
    command: [...agent, "enroll", ...call],
    cwd: folder,
    errorLog: join(folder, "enroll.log"),
  });
  await using running = startChild({
    name: "agent",
    command: [...agent, "run", "-c", config, "--output", "json"],
    cwd: folder,
    errorLog: join(folder, "agent.log"),
  });
  await untilAcked(running, options.events);
}

interface Ready {
  readonly event?: string;
  readonly link: string;
  readonly enrollToken: string;
}

async function readyOf(hub: Child): Promise<Ready> {
  for await (const line of hub.lines) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own hub's output
    const told = line as Ready;
    if (told.event === "ready") return told;
  }
  throw new Error(`Cannot measure: the hub ended\n${hub.errors()}`);
}

async function untilAcked(agent: Child, events: number): Promise<void> {
  const started = performance.now();
  for await (const line of agent.lines) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own agent's status line
    const { sources = [] } = line as {
      readonly sources?: readonly { readonly source: string; readonly acked: number }[];
    };
    const own = sources.filter(({ source }) => source !== "custos");
    if (own.reduce((sum, { acked }) => sum + acked, 0) >= events) return;
    if (performance.now() - started > WAIT_MS) break;
  }
  throw new Error(`Cannot measure: the agent has not finished\n${agent.errors()}`);
}

async function entriesOf(folder: string): Promise<readonly LedgerEntry[]> {
  const kept: LedgerEntry[] = [];
  for await (const entry of ledgerEntries(folder)) if (SENT.has(entry.kind)) kept.push(entry);
  return kept;
}

const SENT = new Set<string>(["agent", "schema", "epoch", "frame"]);

function configOf({ folder, syslog, iis }: RecordOptions): string {
  return `version: 1
agent: {data_dir: "${join(folder, "agent")}"}
scrub: {columns: {Syslog.HostName: token, Syslog.ProcessName: token}}
sources:
  syslog: {plugin: syslog, config: {files: ["${syslog}"], timezone: UTC}}
  web: {plugin: iis, config: {files: ["${iis}"]}}
`;
}
