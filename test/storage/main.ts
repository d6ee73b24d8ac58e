/**
 * `npm run fault:storage -- [--seeds N] [--from S] [--small]`: histories of a storage that is asked
 * while it writes, compacts and is killed. A seed is its own history; what other processes do
 * meanwhile is not in it.
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { openHistories } from "./ground.ts";
import { HISTORIES, type History } from "./simulate.ts";

const HELP = `Usage: npm run fault:storage -- [OPTIONS]

  --seeds N  how many (default 200)
  --from S   the first (default 1)
  --small    makes the first history that fails smaller, and prints it
`;
/** Between two lines about how far it is. */
const TELL_EVERY = 100;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "200" },
      from: { type: "string", default: "1" },
      small: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(HELP, 0);
  const [seeds, from] = [values.seeds, values.from].map(Number);
  if (![seeds, from].every((n) => Number.isSafeInteger(n) && n! >= 1)) {
    return say(`--seeds and --from must be whole numbers from 1 on\n${HELP}`, 2);
  }
  await using histories = openHistories();
  const failed: number[] = [];
  for (let seed = from!; seed < from! + seeds!; seed++) {
    const [history] = fc.sample(HISTORIES, { seed, numRuns: 1 });
    try {
      await histories.run(history!);
    } catch (error) {
      failed.push(seed);
      say(`seed ${seed}: ${String(error)}\n`, 1);
      if (values.small) return await shrink(seed, (one) => histories.run(one));
    }
    if ((seed - from! + 1) % TELL_EVERY === 0) say(`${seed - from! + 1} of ${seeds}\n`, 0);
  }
  const { answers, kills, compactions, killedCompactions } = histories.happened;
  say(
    `${seeds} histories: ${answers} answers, ${kills} kills, ${compactions} compactions, ` +
      `${killedCompactions} more that were killed\n`,
    0,
  );
  if (failed.length === 0) return say("none failed\n", 0);
  return say(`${failed.length} failed: ${failed.join(" ")}\n`, 1);
}

async function shrink(
  seed: number,
  run: (history: History) => Promise<void>,
): Promise<number> {
  const found = await fc.check(fc.asyncProperty(HISTORIES, run), { seed, numRuns: 1 });
  return say(
    `${JSON.stringify(found.counterexample, undefined, 1)}\n${String(found.errorInstance)}\n`,
    1,
  );
}

function say(words: string, code: number): number {
  process.stdout.write(words);
  return code;
}
