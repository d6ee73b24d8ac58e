/**
 * What share of the agent's CPU its guarantees take, at several speeds: the agent runs from source
 * under the profiler, and samples are counted by what stands on their stacks. Their share of all
 * samples is that of the main thread's CPU; other threads (the just-in-time compiler, the collector)
 * do none of it.
 *
 * `npm run bench:shares -- [--rates 200,2000] [--seconds N] [--lines N]`
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { type Scene, startScene, untilAcked } from "./custos_peer.ts";
import { type Kind, makeInput } from "./input.ts";
import { writerOf } from "./paced_writer.ts";
import { costOf } from "./process_cost.ts";

const HOUR_MS = 3_600_000;
const DRAIN_MS = 1_000;
const TICKS_PER_SECOND = 100;

/** The first one that a frame of the stack, from the innermost on, belongs to. */
const PARTS = [
  ["chain and signature", /^(sealFrame|frameHash)$|sdk\/proof\/sign\.ts/],
  ["tokens of typed columns", /^(toTokens|toAddresses)$/],
  ["free text and carry-over", /sdk\/scrub\/|agent\/scrub\.ts/],
] as const;

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
}

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "200,2000" },
    seconds: { type: "string", default: "60" },
    lines: { type: "string", default: "1000000" },
  },
});
const root = resolve(import.meta.dir, "..");
const tokenKey = new Uint8Array(randomBytes(32));
for (const kind of ["syslog", "iis"] as const) {
  const lines = Number(values.lines);
  await tell(`${kind}, ${lines} lines at full speed`, kind, async (file) => {
    const startMs = Date.now() - 2 * HOUR_MS;
    await makeInput(kind, file, { lines, key: tokenKey, startMs });
    return (scene: Scene) => untilAcked(scene, lines);
  });
}
for (const rate of values.rates.split(",").map(Number)) {
  await tell(`syslog, ${rate} events/s`, "syslog", (file) => {
    writeFileSync(file, "");
    const writer = writerOf(file, rate);
    return async () => {
      await writer.writeFor(Number(values.seconds) * 1000);
      await new Promise((done) => void setTimeout(done, DRAIN_MS));
    };
  });
}

type Work = (scene: Scene) => Promise<unknown>;

/** Runs the agent over what `prepare` has laid in a file until its result is done. */
async function tell(
  name: string,
  kind: Kind,
  prepare: (file: string) => Work | Promise<Work>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "custos-shares-"));
  const file = join(folder, "input.log");
  const profiles = join(folder, "profiles");
  mkdirSync(profiles);
  try {
    const work = await prepare(file);
    const main = join(root, "agent/main.ts");
    let cost: Spent;
    {
      await using scene = await startScene({
        root,
        bun: process.execPath,
        agent: [process.execPath, main],
        runner: [process.execPath, "--cpu-prof", `--cpu-prof-dir=${profiles}`, main],
        folder,
        tokenKey,
        inputs: [{ kind, file }],
      });
      await work(scene);
      cost = { all: costOf(scene.agentPid).cpuSeconds, main: mainThreadOf(scene.agentPid) };
    }
    print(name, cost, readdirSync(profiles).map((path) => join(profiles, path)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds of CPU: of all threads, and of the main one. */
interface Spent {
  readonly all: number;
  readonly main: number;
}

function mainThreadOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function print(name: string, { all, main }: Spent, paths: readonly string[]): void {
  const [path] = paths;
  if (path === undefined) throw new Error("Cannot measure: the agent has left no profile");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our own runtime has written
  const profile = JSON.parse(readFileSync(path, "utf8")) as Profile;
  const { length } = profile.samples;
  console.log(`${name}: ${all.toFixed(2)} s of CPU, ${length} samples`);
  for (const [part, count] of countsOf(profile)) {
    const share = (100 * count * main) / (length * all);
    console.log(`  ${part.padEnd(26)} ${share.toFixed(2).padStart(6)} %`);
  }
}

/** Samples in each part. */
function countsOf({ nodes, samples }: Profile): ReadonlyMap<string, number> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const partOf = (node: number): string | undefined => {
    for (let id: number | undefined = node; id !== undefined; id = parents.get(id)) {
      const frame = frames.get(id);
      const found = PARTS.find(([, of]) =>
        frame !== undefined && (of.test(frame.functionName) || of.test(frame.url))
      );
      if (found !== undefined) return found[0];
    }
    return undefined;
  };
  const counts = new Map<string, number>(PARTS.map(([part]) => [part, 0]));
  for (const sample of samples) {
    const part = partOf(sample);
    if (part !== undefined) counts.set(part, counts.get(part)! + 1);
  }
  return counts;
}
