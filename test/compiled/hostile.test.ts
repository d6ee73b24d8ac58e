/**
 * A program that we build is deaf to the folder and to the environment that it is started in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { buildProgram } from "../../compile/program.ts";
import { hostTarget } from "../../compile/targets.ts";
import { hostileFolder } from "./hostile_folder.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const SCRIPT = `
console.log(JSON.stringify([process.argv.slice(2), process.env.CUSTOS_FROM_DOTENV ?? "deaf"]));
`;
const work = mkdtempSync(join(tmpdir(), "custos-compiled-"));
const hostile = hostileFolder();
/** Built as we build, and as Bun builds when nothing is said. */
const ours = join(work, "ours");
const plain = join(work, "plain");

before(async () => {
  const entry = join(work, "main.ts");
  writeFileSync(entry, SCRIPT);
  await buildProgram({ entry, outfile: ours, target: hostTarget(), root: ROOT });
  await Bun.build({ entrypoints: [entry], compile: { outfile: plain } });
});

after(() => {
  hostile[Symbol.dispose]();
  rmSync(work, { recursive: true });
});

function run(program: string, env: Readonly<Record<string, string>> = {}): string {
  const { stdout } = spawnSync(program, ["-e", "1"], {
    cwd: hostile.path,
    env,
    encoding: "utf8",
    timeout: 20_000,
  });
  return stdout.trim();
}

const DEAF = '[["-e","1"],"deaf"]';

test("the hostile folder gets its code into a program that is built without our settings", () => {
  assert.equal(run(plain), '[["-e","1"],"obeyed"]');
  assert.equal(hostile.wasObeyed(), true);
});

test("a program of ours reads no .env and no bunfig.toml of its folder", () => {
  assert.equal(run(ours), DEAF);
  assert.equal(hostile.wasObeyed(), false);
});

const VARIABLES = [
  ["BUN_OPTIONS", `--preload=${hostile.script}`],
  ["BUN_INSPECT_PRELOAD", hostile.script],
  ["NODE_OPTIONS", `--require=${hostile.script}`],
] as const;

for (const [name, value] of VARIABLES) {
  test(`a program of ours loads no code because of ${name}`, () => {
    assert.equal(run(ours, { [name]: value }), DEAF);
    assert.equal(hostile.wasObeyed(), false);
  });
}

test("BUN_OPTIONS gets its code into a program that is built without our settings", () => {
  run(plain, { BUN_OPTIONS: `--preload=${hostile.script}` });
  assert.equal(hostile.wasObeyed(), true);
});

test("BUN_BE_BUN makes no script interpreter of a program of ours, as it does of others", () => {
  assert.equal(run(plain, { BUN_BE_BUN: "1" }), "");
  assert.equal(run(ours, { BUN_BE_BUN: "1" }), DEAF);
});
