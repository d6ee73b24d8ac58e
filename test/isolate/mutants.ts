/**
 * `npm run isolate:mutants -- [--name WORD]`: takes the guards of what runs plugins out of a copy of
 * the source, one at a time, and runs the tests that should notice.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openWeakenedTree, type WeakenedTree } from "../weakened_tree.ts";
import { type Unguarded, WEAKENINGS } from "./weakenings.ts";

/** A weakened test may hang: that is noticed, too. */
const TEST_MS = 60_000;
const RUN_MS = 120_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { name: { type: "string", default: "" } } });
  const wanted = WEAKENINGS.filter(({ name }) => name.includes(values.name));
  using tree = openWeakenedTree();
  const tests = new Set(wanted.flatMap((one) => one.tests));
  for (const file of tests) {
    if (await fails(tree, file)) throw new Error(`${file} fails before anything is weakened`);
  }
  process.stdout.write("| weakening | file | noticed by |\n|---|---|---|\n");
  let survivors = 0;
  for (const one of wanted) {
    const by = await noticedBy(tree, one);
    if (by === undefined) survivors++;
    process.stdout.write(`| ${one.name} | ${one.file} | ${by ?? "NOT NOTICED"} |\n`);
  }
  process.stdout.write(`\n${wanted.length} weakenings, ${survivors} not noticed\n`);
  return survivors === 0 ? 0 : 1;
}

async function noticedBy(tree: WeakenedTree, one: Unguarded): Promise<string | undefined> {
  const mend = tree.weaken(one);
  try {
    for (const file of one.tests) if (await fails(tree, file)) return file;
    return undefined;
  } finally {
    mend();
  }
}

async function fails(tree: WeakenedTree, file: string): Promise<boolean> {
  const words = ["test", "--bail", `--timeout=${TEST_MS}`, `./${file}`];
  return (await tree.bun(words, RUN_MS)).code !== 0;
}
