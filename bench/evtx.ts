/**
 * Events per second of CPU that EVTX files are read with: ours, into columns as the agent does, and
 * `evtxexport` of libevtx, which prints them as text. Same files, one after the other, in one run.
 *
 * `npm run bench:evtx -- [FOLDER] [--passes N]`; without FOLDER `evtx` in that of `CUSTOS_CORPORA`.
 * Linux only. `evtxexport` takes one file a process, so what it costs to start is measured and taken
 * off; what ours costs to start, and to compile, is not. Ends with 1 below three times.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { passes: { type: "string", default: "5" } },
  allowPositionals: true,
});
const folder = positionals[0] ?? join(process.env["CUSTOS_CORPORA"] ?? "", "evtx");
const passes = Number(values.passes);
const LEAST_RATIO = 3;

/** CPU time of all children that have ended, in seconds, from Linux' /proc (proc(5), `cutime`). */
function childSeconds(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function costOf(run: () => void): number {
  const before = childSeconds();
  run();
  return childSeconds() - before;
}

function evtxExport(words: readonly string[]): string {
  const { stdout, error } = spawnSync("evtxexport", words, {
    encoding: "latin1",
    maxBuffer: 1 << 30,
  });
  if (error !== undefined) {
    throw new Error("evtxexport is not there: bash compile/install_peers.sh");
  }
  return stdout;
}

let files: string[] = [];
try {
  files = readdirSync(folder).filter((name) => name.endsWith(".evtx")).map((name) =>
    join(folder, name)
  );
} catch {
  // Told below.
}
if (files.length === 0) {
  console.error(`not run: "${folder}" has no EVTX files; name their folder as an argument`);
  process.exit(2);
}

let theirEvents = 0;
const theirs = costOf(() => {
  for (let pass = 0; pass < passes; pass++) {
    for (const file of files) theirEvents += evtxExport([file]).split("Event number").length - 1;
  }
});
const starts = costOf(() => {
  for (let start = 0; start < files.length * passes; start++) evtxExport(["-V"]);
});
let ourEvents = 0;
const ours = costOf(() => {
  const words = [join(import.meta.dirname, "evtx_reader.ts"), String(passes), ...files];
  const { stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  ourEvents = Number(/"events":(\d+)/.exec(stdout)?.[1]);
});

const rate = (events: number, seconds: number): number => Math.round(events / seconds);
const [their, our] = [rate(theirEvents, theirs - starts), rate(ourEvents, ours)];
console.log(`${files.length} files, ${passes} passes`);
console.log(
  `evtxexport  ${theirEvents} events  ${theirs.toFixed(2)} s CPU, ${
    starts.toFixed(2)
  } s of it to start  ${their} events/s`,
);
console.log(
  `custos      ${ourEvents} events  ${ours.toFixed(2)} s CPU, start included  ${our} events/s`,
);
console.log(`${(our / their).toFixed(1)} times`);
process.exitCode = our < LEAST_RATIO * their ? 1 : 0;
