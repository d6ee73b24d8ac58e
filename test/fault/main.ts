/**
 * `npm run fault -- [--seeds N] [--from S] [--jobs J] [--trace]`: agent and hub in a simulated world.
 *
 * Prints seeds a second, the first seed that fails, and how often each fault has hit each stage. A
 * seed is its own replay: `--from S --seeds 1 --trace`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { CELLS, STAGES } from "./plan.ts";
import { runInProcesses } from "./in_processes.ts";
import { runSeeds, type Tally } from "./run_seeds.ts";

const HELP = `Usage: npm run fault -- [OPTIONS]

  --seeds N  how many (default 2000)
  --from S   the first (default 1)
  --jobs J   processes (default 2)
  --trace    tells what happens
  --stop     at the first that fails; with --jobs 1
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "2000" },
      from: { type: "string", default: "1" },
      jobs: { type: "string", default: "2" },
      stop: { type: "boolean", default: false },
      trace: { type: "boolean", default: false },
      child: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(HELP, 0);
  const [seeds, from, jobs] = [values.seeds, values.from, values.jobs].map(Number);
  if (![seeds, from, jobs].every((n) => Number.isSafeInteger(n) && n! >= 1)) {
    return say(`--seeds, --from and --jobs must be whole numbers from 1 on\n${HELP}`, 2);
  }
  const range = { from: from!, seeds: seeds!, stops: values.stop };
  if (values.child) return say(`${JSON.stringify(await runSeeds(range))}\n`, 0);
  const began = performance.now();
  const trace = values.trace ? (line: string) => void say(`${line}\n`, 0) : undefined;
  const tally = trace !== undefined || jobs === 1
    ? await runSeeds(range, trace)
    : await runInProcesses(range, jobs!);
  return report(tally, (performance.now() - began) / 1000);
}

function report(tally: Tally, seconds: number): number {
  const { seeds, events, faults, hits, foundOut, failed } = tally;
  say(`${tableOf(new Map(hits))}\n`, 0);
  say(
    `${seeds} seeds, ${
      (seeds / seconds).toFixed(0)
    } a second, ${events} events, ${faults} faults\n`,
    0,
  );
  say(
    `${foundOut} ended with a hub that a bit flip had cost an entry, found out by the agent\n`,
    0,
  );
  const [first, ...others] = failed.toSorted((a, b) => a.seed - b.seed);
  if (first === undefined) return say("none failed\n", 0);
  const told = first.wrongs.map((wrong) => `  ${wrong}`).join("\n");
  const again = `npm run fault -- --from ${first.seed} --seeds 1 --trace`;
  return say(
    `${failed.length} failed, first seed ${first.seed}:\n${told}\n  again: ${again}\nothers: ${
      others.map(({ seed }) => seed).join(" ") || "none"
    }\n`,
    1,
  );
}

/** `-`: the fault cannot hit the stage, see `docs/fault.md`. */
function tableOf(hits: ReadonlyMap<string, number>): string {
  const head = `| fault | ${STAGES.join(" | ")} |\n|---|${STAGES.map(() => "--:|").join("")}`;
  const rows = Object.entries(CELLS).map(([fault, stages]) => {
    const cells = STAGES.map((stage) =>
      (stages as readonly string[]).includes(stage) ? `${hits.get(`${fault}/${stage}`) ?? 0}` : "-"
    );
    return `| ${fault} | ${cells.join(" | ")} |`;
  });
  return [head, ...rows].join("\n");
}

function say(words: string, code: number): number {
  process.stdout.write(words);
  return code;
}
