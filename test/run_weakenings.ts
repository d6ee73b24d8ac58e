/**
 * Takes guards out of a copy of the source, one at a time, and runs the tests that should notice.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openWeakenedTree, type WeakenedTree, type Weakening } from "./weakened_tree.ts";

/** One guard that is gone. */
export interface Unguarded extends Weakening {
  /** Test files, in the order in which they are run until one fails. */
  readonly tests: readonly string[];
}

/** A weakened test may hang: that is noticed, too. */
const TEST_MS = 170_000;
const RUN_MS = 300_000;

/** `edits`: what is there, and what it becomes, by the name of the weakening. */
export function takenOut(
  file: string,
  tests: readonly string[],
  edits: Readonly<Record<string, readonly [string, string]>>,
): Unguarded[] {
  return Object.entries(edits).map(([name, [from, to]]) => ({ name, file, from, to, tests }));
}

/** Runs those that `--name WORD` names, or all; gives the exit code. */
export async function runWeakenings(weakenings: readonly Unguarded[]): Promise<number> {
  const { values } = parseArgs({ options: { name: { type: "string", default: "" } } });
  const wanted = weakenings.filter(({ name }) => name.includes(values.name));
  using tree = openWeakenedTree();
  for (const one of wanted) tree.weaken(one)();
  const tests = new Set(wanted.flatMap((one) => one.tests));
  for (const file of tests) {
    process.stderr.write(`before: ${file}\n`);
    if (await fails(tree, file)) throw new Error(`${file} fails before anything is weakened`);
  }
  process.stdout.write("| weakening | file | noticed by |\n|---|---|---|\n");
  let survivors = 0;
  for (const one of wanted) {
    const by = await noticedBy(tree, one);
    if (by === undefined) survivors++;
    process.stdout.write(`| ${one.name} | ${one.file} | ${by ?? "NOT NOTICED"} |\n`);
  }
  process.stdout.write(
    `\n${wanted.length - survivors} of ${wanted.length} weakenings noticed, ${survivors} not\n`,
  );
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
