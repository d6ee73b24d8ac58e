/**
 * `npm start`: builds the agent, starts a hub and an agent that reads this host and sample logs.
 *
 * Everything is on 127.0.0.1 and in one temporary folder, which is removed at the end; with
 * `--keep DIR` that folder is DIR and stays. Ctrl-C stops the agent, then the hub, and waits.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAgent } from "./build.ts";
import { agentConfig, type DemoSource } from "./demo/agent_config.ts";
import { type Child, runToEnd, startChild } from "./demo/child.ts";
import { messageOf, type Ready, type Status } from "./demo/messages.ts";
import { sampleLogs } from "./demo/sample_logs.ts";
import { alertLines, fact, rateLine, sourceLines } from "./demo/screen.ts";
import { demoSources, freePort } from "./demo/sources.ts";
import { hostTarget } from "./targets.ts";

const ROOT = dirname(import.meta.dirname);
/** How much of the past the sample logs tell, in ms. */
const PAST_MS = 3 * 60_000;
/** Pause between two writes to the sample logs, in ms. */
const WRITE_MS = 250;
/** Time between two lines of events per second, in ms. */
const RATE_MS = 5_000;
/** Time between two looks whether who started us is there, in ms. */
const PARENT_MS = 500;
/** Where the syslog listener binds, if nobody else does. */
const SYSLOG_PORT = 5514;

const tell = (text: string): void => void process.stdout.write(text);

/** What a step needs of the ones before it. */
interface Demo {
  readonly folder: string;
  readonly program: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: "string" } } });
  const stopped = stopSignal();
  const program = await buildAgent(hostTarget(), (line) => tell(fact("build", line)));
  const folder = values.keep === undefined
    ? mkdtempSync(join(tmpdir(), "custos-demo-"))
    : resolve(values.keep);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    await run({ folder, program }, stopped);
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
  tell(fact("stopped", values.keep === undefined ? "all, nothing is left" : `all, see ${folder}`));
}

/** Resolves at the first signal to stop; later ones change nothing. */
function stopSignal(): Promise<"stop"> {
  return new Promise((stop) => {
    const onSignal = (): void => stop("stop");
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
    // Who started us was killed.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && onSignal(), PARENT_MS).unref();
    // The reader of our output is gone, such as in `npm start | head`.
    process.stdout.on("error", onSignal);
  });
}

async function run(demo: Demo, stopped: Promise<"stop">): Promise<void> {
  await using hub = startHub(demo);
  const hubLines = hub.lines[Symbol.asyncIterator]();
  const first = await Promise.race([nextReady(hubLines), hub.ended, stopped]);
  if (first === "stop") return;
  if (typeof first !== "object") throw new Error(`Cannot start the hub\n${hub.errors()}`);
  tell(fact("hub", `hears agents on ${first.link}`));
  tell(fact("page", first.page));
  tell(fact("login", `${first.login} (works once)`));

  using logs = keepWriting(join(demo.folder, "logs"));
  const sources = demoSources(logs.globs, await freePort(SYSLOG_PORT));
  await using agent = await startAgent(demo, first, sources);
  tell(fact("agent", `runs as ${relative(ROOT, demo.program)}, process ${agent.pid}`));
  tell(sourceLines(sources));

  const ended = await Promise.race([
    stopped,
    showAlerts(hubLines).then(() => "hub" as const),
    showRates(agent).then(() => "agent" as const),
  ]);
  if (ended === "stop") return tell(fact("stopping", "the agent, then the hub"));
  const child = ended === "hub" ? hub : agent;
  throw new Error(`Cannot go on: the ${ended} ended by itself\n${child.errors()}`);
}

function startHub({ folder }: Demo): Child {
  return startChild({
    name: "hub",
    command: [
      process.execPath,
      "hub/main.ts",
      ..."serve --page 127.0.0.1:0 --link 127.0.0.1:0 --output json --data".split(" "),
      join(folder, "hub"),
    ],
    cwd: ROOT,
    errorLog: join(folder, "hub.err"),
  });
}

async function nextReady(lines: AsyncIterator<unknown>): Promise<Ready | undefined> {
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const message = messageOf(next.value);
    if (message?.event === "ready") return message;
  }
  return undefined;
}

/** Writes sample logs, the past at once and then what happens, until it is disposed of. */
function keepWriting(
  folder: string,
): Disposable & { readonly globs: ReturnType<typeof sampleLogs>["globs"] } {
  const now = Date.now();
  const logs = sampleLogs({ folder, seed: 1, from: now - PAST_MS, liveFrom: now });
  logs.writeUntil(now);
  const timer = setInterval(() => logs.writeUntil(Date.now()), WRITE_MS);
  return { globs: logs.globs, [Symbol.dispose]: () => clearInterval(timer) };
}

async function startAgent(
  { folder, program }: Demo,
  hub: Ready,
  sources: readonly DemoSource[],
): Promise<Child> {
  const config = join(folder, "custos.yaml");
  const dataDir = join(folder, "agent");
  writeFileSync(config, agentConfig({ dataDir, sources }), { mode: 0o600 });
  const shared = { cwd: folder, errorLog: join(folder, "agent.err") };
  const enroll = ["enroll", "--hub", hub.link, "--token", hub.enrollToken];
  await runToEnd({ ...shared, name: "enroll", command: [program, ...enroll, "-c", config] });
  const command = [program, "run", "-c", config, "--output", "json"];
  return startChild({ ...shared, name: "agent", command });
}

/** Shows each alert once: when it opens, or was open before this start; ends with the hub. */
async function showAlerts(lines: AsyncIterator<unknown>): Promise<void> {
  const shown = new Set<string>();
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const message = messageOf(next.value);
    if (message?.event !== "alert" || message.change === "changed") continue;
    const { alert, change } = message;
    if (!shown.has(alert.id)) tell(alertLines(alert, change === "opened"));
    shown.add(alert.id);
  }
}

/** Shows events per second: the first rate at once, then one each `RATE_MS`; ends with the agent. */
async function showRates(agent: Child): Promise<void> {
  let before: { readonly status: Status; readonly at: number } | undefined;
  let isFirst = true;
  for await (const line of agent.lines) {
    const status = messageOf(line);
    if (status?.event !== "status") continue;
    const at = performance.now();
    before ??= { status, at };
    const elapsed = at - before.at;
    if (elapsed === 0 || (!isFirst && elapsed < RATE_MS)) continue;
    tell(rateLine(status, before.status, elapsed / 1000));
    before = { status, at };
    isFirst = false;
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
// The children are gone; what is left are timers and pipes.
process.exit();
