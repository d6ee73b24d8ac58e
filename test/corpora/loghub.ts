/**
 * Templates of Loghub's log samples: grouping accuracy with one setting for all, beside what Drain is
 * published with, whose settings were chosen for each log; and which new templates of a second half
 * are found when the first one is learned. Ends with code 1 below a mean accuracy of 0.7.
 *
 * `npm run corpora:loghub -- [FOLDER]`; without FOLDER `loghub` in that of `CUSTOS_CORPORA`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { accuracy, type Novelty, noveltyOf, readLoghub, takenOf } from "./loghub_logs.ts";

/** Zhu et al., Tools and Benchmarks for Automated Log Parsing, ICSE-SEIP 2019, table 2. */
const DRAIN: Readonly<Record<string, number>> = {
  Android: 0.911,
  Apache: 1,
  BGL: 0.963,
  HDFS: 0.998,
  HPC: 0.887,
  Hadoop: 0.948,
  HealthApp: 0.78,
  Linux: 0.69,
  Mac: 0.787,
  OpenSSH: 0.788,
  OpenStack: 0.733,
  Proxifier: 0.527,
  Spark: 0.92,
  Thunderbird: 0.955,
  Windows: 0.997,
  Zookeeper: 0.967,
};
const LEAST = 0.7;

const folder = process.argv[2] ?? join(process.env["CUSTOS_CORPORA"] ?? "", "loghub");
if (!existsSync(folder)) {
  console.error(`not run: there is no "${folder}"; name the folder as an argument`);
  process.exit(2);
}

const logs = readLoghub(folder);
const cpu = process.cpuUsage().user;
const taken = logs.map(takenOf);
const micros = process.cpuUsage().user - cpu;
const groups = taken.map((messages) => messages.map(({ number }) => number));
const found = logs.map(({ truth }, i) => accuracy(groups[i]!, truth));
for (const [i, { name, truth }] of logs.entries()) {
  const counts = `${new Set(groups[i]).size} templates, people have ${new Set(truth).size}`;
  const other = DRAIN[name]?.toFixed(3) ?? "unknown";
  console.log(`${name.padEnd(12)} ${found[i]!.toFixed(3)}  Drain ${other}  ${counts}`);
}
const messages = logs.reduce((sum, log) => sum + log.messages.length, 0);
console.log(`\n${messages} messages, ${(micros / messages).toFixed(1)} µs of CPU per message`);
const novelties = logs.map(({ truth }, i) => noveltyOf(taken[i]!, truth));
const total = (of: (one: Novelty) => number) => novelties.reduce((sum, one) => sum + of(one), 0);
console.log(
  `new templates of the second halves: ${total((one) => one.found)} found, ` +
    `${total((one) => one.missed)} missed, ${total((one) => one.wrong)} wrong`,
);
const mean = found.reduce((sum, one) => sum + one, 0) / found.length;
const published = logs.map(({ name }) => DRAIN[name] ?? NaN);
const others = published.reduce((sum, one) => sum + one, 0) / published.length;
console.log(`mean grouping accuracy ${mean.toFixed(3)}, Drain ${others.toFixed(3)}`);
process.exitCode = mean > LEAST ? 0 : 1;
