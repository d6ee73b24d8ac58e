/**
 * Takes guards out of a copy of the source, one at a time, and runs the tests that should notice.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openWeakenedTree, type WeakenedTree, type Weakening } from "./weakened_tree.ts";

/** One guard that is gone. */
export interface Unguarded extends Weakening {
  /**
   * Test files, in the order in which they are run until one fails; behind a `#` what the names of
   * the tests that are run have.
   */
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
  process.stdout.write("| weakening | file | noticed by |\n|---|---|---|\n");
  const judge = { tree, isSound: new Map<string, boolean>() };
  const told = new Map<string, number>();
  for (const one of wanted) {
    const by = await noticedBy(judge, one);
    const kind = [NOBODY, NOTHING].includes(by) ? by : "noticed";
    told.set(kind, (told.get(kind) ?? 0) + 1);
    process.stdout.write(`| ${one.name} | ${one.file} | ${by} |\n`);
  }
  const noticed = told.get("noticed") ?? 0;
  process.stdout.write(`\n${noticed} of ${wanted.length} weakenings noticed\n`);
  return noticed === wanted.length ? 0 : 1;
}

/** Whose tests pass until something is weakened, by test: they are run once before. */
interface Judge {
  readonly tree: WeakenedTree;
  readonly isSound: Map<string, boolean>;
}

const NOBODY = "NOT NOTICED";
const NOTHING = "NOT JUDGED: its tests fail before it is weakened";

async function noticedBy({ tree, isSound }: Judge, one: Unguarded): Promise<string> {
  for (const test of one.tests) {
    if (!isSound.has(test)) isSound.set(test, !await fails(tree, test));
  }
  const tests = one.tests.filter((test) => isSound.get(test) === true);
  const mend = tree.weaken(one);
  try {
    for (const test of tests) if (await fails(tree, test)) return test;
    return tests.length === 0 ? NOTHING : NOBODY;
  } finally {
    mend();
  }
}

async function fails(tree: WeakenedTree, test: string): Promise<boolean> {
  const [file, name] = test.split("#");
  const only = name === undefined ? [] : ["-t", name];
  const words = ["test", "--bail", `--timeout=${TEST_MS}`, ...only, `./${file}`];
  return (await tree.bun(words, RUN_MS)).code !== 0;
}
