/**
 * `npm run fault:mutants -- [--seeds N] [--name WORD]`: weakens the real source, one way at a time,
 * in a copy of the tree, and runs seeds until one fails. A seed that fails without the weakening too
 * does not count. Where seeds hardly get there, a unit test must fail.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openWeakenedTree, type WeakenedTree } from "../weakened_tree.ts";
import { type Mutation, MUTATIONS } from "./mutations.ts";

/** A mutant may hang: that is noticed, too. */
const MOST_MS = 1_200_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "2000" },
      name: { type: "string", default: "" },
    },
  });
  using tree = openWeakenedTree();
  process.stdout.write("| weakening | seeds | noticed by |\n|---|--:|---|\n");
  let survivors = 0;
  for (const mutation of MUTATIONS.filter(({ name }) => name.includes(values.name))) {
    if (!await isKilled(tree, mutation, Number(values.seeds))) survivors++;
  }
  process.stdout.write(`\n${survivors} not noticed\n`);
  return survivors === 0 ? 0 : 1;
}

async function isKilled(tree: WeakenedTree, mutation: Mutation, seeds: number): Promise<boolean> {
  const { name, elsewhere } = mutation;
  let mend = tree.weaken(mutation);
  let noticed = await firstFailure(tree, 1, seeds);
  while (noticed !== undefined) {
    mend();
    const isOurs = await firstFailure(tree, noticed.seed, 1) === undefined;
    mend = tree.weaken(mutation);
    if (isOurs) break;
    process.stderr.write(`seed ${noticed.seed} fails without "${name}" as well\n`);
    noticed = await firstFailure(tree, noticed.seed + 1, seeds - noticed.seed);
  }
  const isTold = noticed === undefined && elsewhere !== undefined &&
    (await tree.bun(["test", `./${elsewhere}`], MOST_MS)).code !== 0;
  mend();
  process.stdout.write(`| ${name} | ${toldOf(mutation, { noticed, isTold, seeds })} |\n`);
  return noticed !== undefined || isTold || mutation.equivalent !== undefined;
}

function toldOf(
  { elsewhere, equivalent }: Mutation,
  { noticed, isTold, seeds }: {
    readonly noticed: Failure | undefined;
    readonly isTold: boolean;
    readonly seeds: number;
  },
): string {
  if (noticed !== undefined) return `${noticed.seed} | ${noticed.why}`;
  if (isTold) return `- | ${elsewhere}`;
  return equivalent === undefined ? `${seeds} | NOT NOTICED` : `- | equivalent: ${equivalent}`;
}

/** A seed that a weakening makes fail. */
interface Failure {
  readonly seed: number;
  readonly why: string;
}

async function firstFailure(
  tree: WeakenedTree,
  from: number,
  seeds: number,
): Promise<Failure | undefined> {
  const range = ["--from", `${from}`, "--seeds", `${seeds}`, "--jobs", "1", "--stop"];
  const main = join(tree.folder, "test/fault/main.ts");
  const { code, out } = await tree.bun([main, ...range], MOST_MS);
  if (code === 0) return undefined;
  const told = /first seed (\d+):\n {2}(.*)/.exec(out);
  return { seed: Number(told?.[1] ?? from), why: told?.[2] ?? "it hangs or dies" };
}
