/**
 * What the boundary to a plugin's process costs: a packed plugin reads a million lines of syslog in
 * a confined process of the compiled program, and hands its batches over.
 *
 * `npm run bench:boundary`. Nothing is scrubbed or sealed here: `bench:placement` does that.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { bundlePlugin } from "../agent/isolate/bundle.ts";
import { grantsFor } from "../agent/isolate/grants.ts";
import { describeIn, type HandOver, isolate } from "../agent/isolate/isolated_plugin.ts";
import { PluginProcess } from "../agent/isolate/plugin_process.ts";
import { ProcessNote } from "../agent/isolate/process_note.ts";
import { headOf } from "../agent/isolate/boundary.ts";
import { CONFINE, PLUGIN_PROCESS } from "../agent/isolate/plugin_words.ts";
import { buildProgram } from "../compile/program.ts";
import { hostTarget } from "../compile/targets.ts";
import type { Needs } from "../sdk/plugin.ts";
import { makeInput } from "./input.ts";
import { costOf } from "./process_cost.ts";

const LINES = 1_000_000;
const RUNS = 3;
/** Processes that wait, to see what one more of them costs. */
const WAITING = 4;
/** Plugins that loop, on one CPU with a loop of the agent's. */
const LOOPING = 3;
const LOOP_MS = 4_000;
const ROOT = dirname(import.meta.dirname);

const folder = mkdtempSync(join(tmpdir(), "custos-boundary-"));
try {
  const log = join(folder, "messages.log");
  const program = join(folder, "custos");
  const key = new Uint8Array(32);
  await makeInput("syslog", log, { lines: LINES, key, startMs: Date.now() - 3_600_000 });
  await buildProgram({
    ...{ entry: join(ROOT, "agent", "main.ts"), outfile: program },
    ...{ target: hostTarget(), root: ROOT },
  });
  const code = await bundlePlugin(join(ROOT, "plugins", "syslog"));
  const command = (needs: Needs) => {
    const granted = JSON.stringify(grantsFor(needs, 1024 ** 3));
    return [program, PLUGIN_PROCESS, CONFINE, granted];
  };
  await measureSpeed({ code, command, log });
  await measureMemory(code, command({}));
  await measureShare(command({}));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Measured {
  readonly code: Uint8Array;
  readonly command: (needs: Needs) => readonly string[];
  readonly log: string;
}

async function measureSpeed({ code, command, log }: Measured): Promise<void> {
  await using process = new PluginProcess({ command: command({}) });
  const described = await describeIn(process, code);
  const isolated = isolate({ described, code }, { maker: { command }, judge: () => undefined });
  const checked = await isolated.plugin.config["~standard"].validate({
    ...{ files: [log], timezone: "UTC" },
  });
  if (checked.issues !== undefined) throw new TypeError("Cannot measure: the config is refused");
  for (let run = 0; run < RUNS; run++) await measureOnce(isolated.bind, checked.value);
}

async function measureOnce(
  bind: (to: HandOver) => ReturnType<ReturnType<typeof isolate>["bind"]>,
  config: unknown,
): Promise<void> {
  let rows = 0;
  const nothing = (): void => {};
  const note = new ProcessNote();
  const plugin = bind({
    batch: (batch) => void (rows += batch.rows),
    ...{ flush: nothing, gap: nothing, filtered: nothing, log: nothing, scrubbed: (text) => text },
    note,
    limits: { rows: 8192, bytes: 4 * 1024 * 1024, ms: 200 },
    once: true,
  });
  if (plugin.kind !== "stream") throw new TypeError("Cannot measure: it is no stream");
  const context = { config, signal: new AbortController().signal };
  const started = performance.now();
  const { user, system } = process.cpuUsage();
  let child = 0;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a process of its own is given
  const read = plugin.stream(context as Parameters<typeof plugin.stream>[0], null);
  for await (const _ of read) child = note.status().cpuMs / 1000;
  const cpu = process.cpuUsage({ user, system });
  const seconds = (performance.now() - started) / 1000;
  const own = ((cpu.user + cpu.system) * 1000) / rows;
  console.log(
    `${rows} events, ${Math.round(rows / seconds)} events/s; CPU an event: agent ` +
      `${Math.round(own)} ns, plugin's process ${Math.round((child / rows) * 1e9)} ns`,
  );
}

/** What a process that waits adds to the proportional memory of all. */
async function measureMemory(code: Uint8Array, command: readonly string[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const sizes: number[] = [];
  for (let n = 0; n < WAITING; n++) {
    const child = stack.use(new PluginProcess({ command }));
    await describeIn(child, code);
    // Until it has tidied up after its start.
    await wait(2_000);
    sizes.push(costOf(process.pid).pssBytes);
  }
  const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);
  const steps = sizes.slice(1).map((size, i) => mib(size - (sizes[i] ?? 0)));
  console.log(`one more process: ${steps.join(", ")} MiB of proportional memory`);
}

/** How much of one CPU is left to the agent by plugins that take what they get. */
async function measureShare(command: readonly string[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const loop = new TextEncoder().encode("for (;;);");
  const pids: number[] = [];
  for (let n = 0; n < LOOPING; n++) {
    const child = stack.use(new PluginProcess({ command }));
    stack.defer(() => void child.refuse("silent", "the measurement is over"));
    await child.reply("hello");
    child.sendBytes(headOf("load", loop.length));
    child.sendBytes(loop);
    pids.push(child.pid ?? 0);
  }
  await wait(500);
  for (const pid of [process.pid, ...pids]) {
    if (spawnSync("taskset", ["-a", "-c", "-p", "0", String(pid)]).status !== 0) {
      return console.log("shares of a CPU: not measured, there is no taskset");
    }
  }
  const now = (): readonly number[] => [ownSeconds(), ...pids.map((pid) => costOf(pid).cpuSeconds)];
  const before = now();
  for (const end = performance.now() + LOOP_MS; performance.now() < end;) Math.sqrt(end);
  const used = now().map((seconds, i) => seconds - (before[i] ?? 0));
  const total = used.reduce((sum, one) => sum + one, 0);
  const shares = used.map((one) => `${Math.round((one / total) * 100)} %`);
  console.log(`one CPU, wanted by the agent and ${LOOPING} looping plugins: ${shares.join(", ")}`);
}

/** CPU of this process without its children. */
function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
